"""What a run comes to, in one line each: the verdict and why, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles.model import metric_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.entities.facts import Check
    from fourstroke.entities.model import Candidate, Verdict
    from fourstroke.entities.run import RunReport, RunState

EXIT_CODES: dict[RunState, int] = {
    "succeeded": 0,
    "failed": 1,
    "lost": 1,
    "running": 1,
    "blocked": 3,
    "cancelled": 130,
}

_SHOWN_REASONS = 3


@attrs.frozen(kw_only=True)
class Conclusion:
    """How a run ended, for people.

    Parameters
    ----------
    verdict : str
        What came of it and why, in one line.
    colour : str
        ``good``, ``doubt`` or ``bad``.
    command : str
        The words of the command that comes next, without the program's name.
    """

    verdict: str
    colour: str
    command: str


def conclude(report: RunReport) -> Conclusion:
    """Say in one line what a run came to."""
    if report.state == "blocked":
        return Conclusion(
            verdict=_blocked(report), colour="doubt", command=f"runs show {report.run}"
        )
    if report.state != "succeeded":
        return Conclusion(verdict=_ended(report), colour="bad", command=f"runs show {report.run}")
    if report.version is not None:
        return _registered(report)
    if report.dataset is not None:
        data = report.dataset
        rows = "" if data.rows is None else f", {data.rows:,} rows"
        return Conclusion(
            verdict=f"data set {data.name}@v{data.version} is published{rows}",
            colour="good",
            command=f"data show {data.name}",
        )
    return Conclusion(verdict="done", colour="good", command=f"runs show {report.run}")


def candidate_line(candidate: Candidate | None) -> str:
    """Tell a candidate's primary metric with its interval, or nothing.

    The first metric of an evaluation is the primary one.
    """
    metrics = candidate.evaluation.metrics if candidate is not None else ()
    return metric_in_words(metrics[0]) if metrics else ""


def figure(value: float) -> str:
    """Write a number as people read it: three decimals when small, none when large.

    Examples
    --------
    >>> figure(0.92731), figure(12.3456), figure(283.4), figure(48842.0), figure(0.00012)
    ('0.927', '12.3', '283', '48,842', '0.00012')
    """
    size = abs(value)
    if size >= 100:  # noqa: PLR2004 - three digits say enough
        return f"{value:,.0f}"
    if size >= 10:  # noqa: PLR2004
        return f"{value:.1f}"
    return f"{value:.3f}" if size >= 0.001 or value == 0 else f"{value:.2g}"  # noqa: PLR2004


def _registered(report: RunReport) -> Conclusion:
    version = report.version
    assert version is not None  # noqa: S101 - the caller has looked
    name = f"{version.model}@v{version.version}"
    quality = candidate_line(_chosen(report))
    told = f", {quality}" if quality else ""
    decision = report.decision
    if decision is not None and decision.answer == "waiting":
        return Conclusion(
            verdict=f"{name} passed and waits for people: {decision.why}{told}",
            colour="doubt",
            command=f"models approve {version.model} {version.version} --why '...'",
        )
    if decision is not None and decision.answer == "no":
        return Conclusion(
            verdict=f"{name} was not approved: {decision.why}{told}",
            colour="doubt",
            command=f"models show {version.model}",
        )
    if report.deployments:
        return Conclusion(
            verdict=f"{name} passed and is deployed{told}",
            colour="good",
            command="predict FILE",
        )
    return Conclusion(
        verdict=f"{name} passed{told}",
        colour="good",
        command=f"models deploy {version.model} {version.version}",
    )


def _chosen(report: RunReport) -> Candidate | None:
    return next((each for each in report.candidates if each.name == report.chosen), None)


def _blocked(report: RunReport) -> str:
    data = [check for check in report.checks if check.says_no]
    if data:
        return f"the data was refused: {_reasons(data)}"
    if report.verdict is not None and not report.verdict.passed:
        return _refused(report.verdict)
    return f"{_bad_step(report)} said no"


def _refused(verdict: Verdict) -> str:
    against = [check for check in verdict.checks if check.says_no]
    why = _reasons(against) if against else "nobody validated it"
    return f"candidate {verdict.candidate} was refused: {why}"


def _reasons(checks: Sequence[Check]) -> str:
    texts = [reason_line(check) for check in checks[:_SHOWN_REASONS]]
    more = len(checks) - len(texts)
    return "; ".join(texts) + (f"; and {more} more" if more > 0 else "")


def reason_line(check: Check) -> str:
    """Tell a check in a few words: its sentence, or what was found and what was asked for."""
    if check.why:
        return f"{check.name}: {check.why}"
    required = f", required {check.required}" if check.required else ""
    observed = figure(check.observed) if isinstance(check.observed, float) else check.observed
    return f"{check.name}: {check.status}, {observed}{required}"


def _ended(report: RunReport) -> str:
    words = {"cancelled": "it was interrupted", "lost": "its process died"}
    if report.state in words:
        return f"{words[report.state]}; what was finished is reused next time"
    return f"failed at {_bad_step(report)}; what was finished is reused next time"


def _bad_step(report: RunReport) -> str:
    bad = (step.name for step in report.steps if step.state in {"failed", "blocked"})
    return next(bad, "a step")
