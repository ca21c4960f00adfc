"""What a turn, the scoring of a file, and monitoring come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.entities.model import Decision
    from fourstroke.entities.operations import MonitoringReport
    from fourstroke.entities.run import RunReport, RunState
    from fourstroke.errors import FourstrokeError

    LoopEnd = Literal["champion", "quiet", "unchanged", "held", "waiting", "data", "gate", "failed"]


@attrs.frozen(kw_only=True)
class RunOutcome:
    """What came of a run.

    Parameters
    ----------
    run : str
        Its id.
    state : {"succeeded", "blocked", "failed"}
        How it ended; ``blocked`` if a check or the verdict said no.
    report : RunReport
        Everything that the written report shows.
    files : tuple of Path
        The reports that were written.
    errors : tuple of FourstrokeError
        What went wrong, step by step; empty after a success.
    contained : tuple of FourstrokeError
        What went wrong in steps whose failure is a result: a check that raises says no.
    """

    run: str
    state: RunState
    report: RunReport
    files: tuple[Path, ...]
    errors: tuple[FourstrokeError, ...] = ()
    contained: tuple[FourstrokeError, ...] = ()


@attrs.frozen(kw_only=True)
class PredictOutcome:
    """What came of scoring one file.

    Parameters
    ----------
    run : str
        Its id.
    model, version : str and int
        The model version that scored it.
    rows : int
        How many rows the file had.
    output : Path, optional
        Where predictions were written, if that was asked for.
    predictions : table
        As the hook ``predict`` gives it, row by row.
    """

    run: str
    model: str
    version: int
    rows: int
    output: Path | None
    predictions: Any = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class MonitorOutcome:
    """What the monitors saw.

    Parameters
    ----------
    run : str
        The id of the monitoring run.
    report : MonitoringReport
        Observations and alerts.
    decision : Decision, optional
        Whether to turn the engine again; ``None`` if nothing decides on it.
    messages : tuple of str
        What the stages said besides.
    earlier : tuple of MonitorOutcome
        What was seen in the windows before this one that were due, too; the oldest first, each in a run of
        its own.
    files : tuple of Path
        The monitoring reports that were written, after the latest window.
    rollback : Decision, optional
        Whether the version before came back by itself, and why; ``None`` if there was no reason.
    """

    run: str
    report: MonitoringReport
    decision: Decision | None
    messages: tuple[str, ...] = ()
    earlier: tuple[MonitorOutcome, ...] = ()
    files: tuple[Path, ...] = ()
    rollback: Decision | None = None

    @property
    def is_rolled_back(self) -> bool:
        """Whether the version that was watched is not at work any more."""
        return self.rollback is not None and self.rollback.answer == "yes"


@attrs.frozen(kw_only=True)
class LoopOutcome:
    """What came of one turn of the whole loop.

    Parameters
    ----------
    end : str
        ``champion``: a new version is in production. ``quiet``: there was no reason to turn. ``unchanged``:
        there was one, and the data are those that are known. ``held``: budget or cool-down stood against
        it. ``waiting``: a version waits for people. ``data``: the data failed their contract. ``gate``: the
        candidate was refused. ``failed``: a step failed.
    why : str
        The reason, in one sentence.
    model, before, after : str, int and int
        The model, and its version in production before and after.
    decision : Decision
        Whether the engine turned, by which trigger, and why.
    monitoring : MonitorOutcome, optional
        What the monitors saw; ``None`` if the champion has not scored anything yet.
    turn : RunOutcome, optional
        The run that it led to.
    waits : int, optional
        The version that waits for people.
    """

    end: LoopEnd
    why: str
    model: str
    before: int
    after: int
    decision: Decision
    monitoring: MonitorOutcome | None = None
    turn: RunOutcome | None = None
    waits: int | None = None
