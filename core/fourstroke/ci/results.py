"""What the steps of continuous integration find, and how each of them ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke.entities.facts import Check, Metric
from fourstroke.errors import ConfigError

if TYPE_CHECKING:
    from fourstroke.errors import FourstrokeError

Status = Literal["passed", "warned", "failed", "skipped"]
Level = Literal["error", "warning"]

PROJECT_FILE = "fourstroke.toml"

# As errors and own frames name a place: `fourstroke.toml:14: key` and `  steps.py:12, in ratio`.
_PLACE = re.compile(r"(?P<file>[^\s:'\"]+\.(?:toml|py|lock)):(?P<line>\d+)")


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that people have to know.

    Parameters
    ----------
    level : {"error", "warning"}
        Whether it makes its step fail.
    text : str
        What is wrong and what to do, in one line.
    file, line : str and int
        Where, relative to the project; empty and 0 if nowhere.
    """

    level: Level
    text: str
    file: str = ""
    line: int = 0


@attrs.frozen(kw_only=True)
class StepResult:
    """How one step ended.

    Parameters
    ----------
    name : str
        Of the step.
    status : {"passed", "warned", "failed", "skipped"}
        ``warned`` does not fail; ``skipped`` says in its summary why.
    summary : str
        What came of it, in a few words.
    exit_code : int
        0, or why it failed.
    findings : tuple of Finding
        What is wrong, the worst first.
    detail : str
        Lines to show below: what a program has printed, or where in the project's code it arose.
    seconds : float
        How long it took.
    """

    name: str
    status: Status
    summary: str = ""
    exit_code: int = 0
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    seconds: float = 0.0


@attrs.frozen(kw_only=True)
class Judged:
    """One check of the verdict, and whether it counts.

    Parameters
    ----------
    check : Check
        As the validator gave it.
    status : {"passed", "warned", "failed", "skipped"}
        What it means here: what a sample leaves open is ``warned``.
    """

    check: Check
    status: Status


@attrs.frozen(kw_only=True)
class Quality:
    """The figures of the chosen candidate, beside those of the champion where it can be asked.

    Parameters
    ----------
    candidate : str
        The step that trained it.
    metrics : tuple of Metric
        Its figures.
    champion : int, optional
        The version in production.
    champion_metrics : tuple of Metric
        The champion's figures, from its own run and on the rows of that run.
    note : str
        Why there is no champion to compare with.
    """

    candidate: str
    metrics: tuple[Metric, ...] = ()
    champion: int | None = None
    champion_metrics: tuple[Metric, ...] = ()
    note: str = ""


@attrs.frozen(kw_only=True)
class CiReport:
    """All that one call of ``fourstroke ci`` found.

    Parameters
    ----------
    project, environment : str
        The project's name, and the environment in force.
    steps : tuple of StepResult
        In order.
    checks : tuple of Judged
        The checks of the verdict.
    quality : Quality, optional
        Figures, if a model was trained.
    rows : int, optional
        How many rows the data set had that the verdict rests on.
    is_sample : bool
        Whether these are a sample of more.
    """

    project: str
    environment: str
    steps: tuple[StepResult, ...]
    checks: tuple[Judged, ...] = ()
    quality: Quality | None = None
    rows: int | None = None
    is_sample: bool = False

    @property
    def exit_code(self) -> int:
        """The highest code of all steps."""
        return max((step.exit_code for step in self.steps), default=0)

    @property
    def status(self) -> Status:
        """Whether all is well."""
        if self.exit_code:
            return "failed"
        has_warning = any(step.status == "warned" for step in self.steps)
        return "warned" if has_warning else "passed"


def finding_of(error: FourstrokeError, level: Level = "error") -> Finding:
    """Turn one error into a finding, with the place that it names."""
    for text in (error.where, *reversed(error.frames)):
        found = _PLACE.search(text)
        if found is not None:
            return Finding(
                level=level, text=error.line, file=found["file"], line=int(found["line"])
            )
    file = PROJECT_FILE if isinstance(error, ConfigError) else ""
    return Finding(level=level, text=error.line, file=file)


def failed(name: str, error: FourstrokeError) -> StepResult:
    """Give the result of a step that an error has ended."""
    findings = tuple(finding_of(each) for each in error.several)
    return StepResult(
        name=name,
        status="failed",
        summary=findings[0].text,
        exit_code=error.exit_code,
        findings=findings,
        detail="\n".join(error.frames),
    )


def skipped(name: str, why: str) -> StepResult:
    """Give the result of a step that did not run."""
    return StepResult(name=name, status="skipped", summary=why)
