"""The steps `run` and `verdict`: one run apart from the project, and what its verdict means here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from fourstroke.ci.rehearsal import rehearsed
from fourstroke.ci.results import Finding, Judged, Status, StepResult, failed, finding_of, skipped
from fourstroke.config.secrets import UnsetVariableError
from fourstroke.errors import FourstrokeError
from fourstroke.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.config import Config
    from fourstroke.engine.listener import Listener
    from fourstroke.entities.facts import Check
    from fourstroke.outcomes import RunOutcome

RUN = "run"
VERDICT = "verdict"

_BLOCKED = 3
_BOUND = re.compile(r"\s*(?P<sign>[<>])=?\s*(?P<bound>[-+]?\d[\d.]*(?:[eE][-+]?\d+)?)")


@attrs.frozen(kw_only=True)
class Rehearsal:
    """One run that is no run of the project.

    Parameters
    ----------
    outcome : RunOutcome
        What came of it.
    is_sample : bool
        Whether it ran on a sample; a table that has no more rows is none.
    before : str
        Why all rows were asked after the sample; empty if they were not.
    """

    outcome: RunOutcome
    is_sample: bool
    before: str = ""

    @property
    def rows(self) -> int | None:
        """How many rows the published data set had."""
        data = self.outcome.report.dataset
        return None if data is None else data.rows

    def judged(self) -> tuple[Judged, ...]:
        """Say of each check of the verdict what it means here."""
        verdict = self.outcome.report.verdict
        checks = () if verdict is None else verdict.checks
        return tuple(
            Judged(check=each, status=_status(each, is_sample=self.is_sample)) for each in checks
        )


def rehearse(
    config: Config,
    home: Path,
    *,
    rows: int | None,
    asks_all: bool,
    listener: Listener | None,
    command: str,
) -> Rehearsal:
    """Run the project apart; what a sample refuses for certain is asked of all rows.

    A model of few rows is worse than one of all, and a check may count rows: a "no" on a sample may
    be the sample's. A "no" that more rows could turn is left open; it is a warning.

    Raises
    ------
    FourstrokeError
        If the run cannot begin.
    """

    def run(most: int | None) -> RunOutcome:
        with Project(config=rehearsed(config, home, most)) as project:
            return project.run(listener=listener, command=command, note="fourstroke ci")

    first = run(rows)
    is_sample = rows is not None and _was_sampled(first)
    found = Rehearsal(outcome=first, is_sample=is_sample)
    if first.state != "blocked" or not is_sample or not asks_all or _is_open(found):
        return found
    why = str(first.errors[0].message) if first.errors else "a check said no"
    return Rehearsal(outcome=run(None), is_sample=False, before=why)


def run_result(found: Rehearsal) -> StepResult:
    """Say how the run ended; a verdict that says no is for the next step to tell."""
    outcome, report = found.outcome, found.outcome.report
    rows = "" if found.rows is None else f", {found.rows:,} rows{' of a sample' * found.is_sample}"
    asked = (
        (Finding(level="warning", text=f"on the sample: {found.before}; all rows were asked"),)
        if found.before
        else ()
    )
    if outcome.state == "succeeded" or (outcome.state == "blocked" and report.verdict is not None):
        told = (*asked, *(finding_of(each, "warning") for each in outcome.contained))
        return StepResult(
            name=RUN,
            status="warned" if outcome.contained else "passed",
            summary=f"{len(report.steps)} steps{rows}",
            findings=told,
        )
    errors = outcome.errors or (FourstrokeError(f"the run is {outcome.state}"),)
    code = _BLOCKED if outcome.state == "blocked" else errors[0].exit_code
    ended = failed(RUN, FourstrokeError.join([*errors]))
    return attrs.evolve(ended, exit_code=code, findings=(*ended.findings, *asked))


def verdict_result(found: Rehearsal) -> StepResult:
    """Say what the verdict is, and what the sample leaves open."""
    verdict = found.outcome.report.verdict
    if verdict is None:
        is_over = found.outcome.state == "succeeded"
        return skipped(VERDICT, "no model is judged" if is_over else "the run did not get there")
    judged = found.judged()
    findings = [_told(each) for each in judged if each.status in {"failed", "warned"}]
    if not judged:
        findings = [Finding(level="error", text="nothing was checked, which is no pass")]
    findings.sort(key=lambda each: each.level)
    is_no = any(each.level == "error" for each in findings)
    counts = f"{sum(each.status == 'passed' for each in judged)} of {len(judged)} checks pass"
    sample = f", on a sample of {found.rows:,} rows" if found.is_sample and found.rows else ""
    sample = ", on all rows" if found.before else sample
    first = f"; {findings[0].text}" if findings else ""
    return StepResult(
        name=VERDICT,
        status="failed" if is_no else "warned" if findings else "passed",
        summary=f"{counts}{sample}{first}",
        exit_code=_BLOCKED if is_no else 0,
        findings=tuple(findings),
    )


def lacks_secrets(error: FourstrokeError) -> bool:
    """Whether nothing but variables that are not set kept a run from beginning."""
    return all(isinstance(each, UnsetVariableError) for each in error.several)


def _status(check: Check, *, is_sample: bool) -> Status:
    if check.status == "skipped":
        return "skipped"
    if check.says_no:
        return "warned" if is_sample and could_be_kept(check) else "failed"
    return "passed" if check.status == "pass" else "warned"


def could_be_kept(check: Check) -> bool:
    """Say whether a "no" is one of too few rows: its interval reaches to what was asked for.

    Examples
    --------
    >>> from fourstroke import Check
    >>> low = Check(name="auc", status="fail", required=">= 0.9", interval=(0.85, 0.91))
    >>> could_be_kept(low), could_be_kept(Check(name="auc", status="error"))
    (True, False)
    """
    if check.status == "inconclusive":
        return True
    found = _BOUND.match(check.required)
    if check.status != "fail" or check.interval is None or found is None:
        return False
    low, high = check.interval
    bound = float(found["bound"])
    return high >= bound if found["sign"] == ">" else low <= bound


def _is_open(found: Rehearsal) -> bool:
    """Whether a verdict was reached, and no check of it says no for certain."""
    judged = found.judged()
    return bool(judged) and not any(each.status == "failed" for each in judged)


def _was_sampled(outcome: RunOutcome) -> bool:
    """Whether the sample, the first preparation, left rows out: its summary then tells how many."""
    taken = next((step for step in outcome.report.steps if step.stage == "prepare"), None)
    return taken is None or "(-" in taken.summary


def _told(judged: Judged) -> Finding:
    check = judged.check
    what = check.why or f"{check.status}, {check.observed}"
    is_open = judged.status == "warned" and check.says_no
    if is_open and check.status == "fail" and check.interval is not None:
        what = f"{what} [{check.interval[0]:.4g}, {check.interval[1]:.4g}], too few rows to tell"
    hint = " (--full asks all rows)" if is_open else ""
    name = f"{check.name}: " if not what.startswith(check.name) else ""
    return Finding(
        level="error" if judged.status == "failed" else "warning", text=f"{name}{what}{hint}"
    )
