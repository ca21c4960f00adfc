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
    errors : tuple of FourstrokeError
        What stopped it.
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
    """What came of scoring one file."""

    run: str
    model: str
    version: int
    rows: int
    output: Path | None
    predictions: Any = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class MonitorOutcome:
    """What the monitors saw."""

    run: str
    report: MonitoringReport
    decision: Decision | None
    messages: tuple[str, ...] = ()
