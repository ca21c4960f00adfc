"""What a turn, the scoring of a file, and monitoring come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.entities.model import Decision
    from fourstroke.entities.operations import MonitoringReport
    from fourstroke.entities.run import RunReport, RunState
    from fourstroke.errors import FourstrokeError


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
    rollback : Decision, optional
        Whether the version before came back by itself, and why; ``None`` if there was no reason.
    """

    run: str
    report: MonitoringReport
    decision: Decision | None
    messages: tuple[str, ...] = ()
    earlier: tuple[MonitorOutcome, ...] = ()
    rollback: Decision | None = None

    @property
    def is_rolled_back(self) -> bool:
        """Whether the version that was watched is not at work any more."""
        return self.rollback is not None and self.rollback.answer == "yes"
