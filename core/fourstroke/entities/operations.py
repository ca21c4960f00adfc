"""What is seen of a model at work: batches, windows, observations, alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import attrs

from fourstroke.entities.facts import Scalar, Severity

ObservationStatus = Literal["ok", "alert", "unknown"]


@attrs.frozen(kw_only=True)
class Batch:
    """Rows that a model scored at one time, and what it said.

    Parameters
    ----------
    at : datetime
        When it was scored, in UTC.
    data : table
        The rows.
    predictions : table
        As the hook ``predict`` gave it, row by row.
    """

    at: datetime
    data: Any = attrs.field(repr=False, eq=False)
    predictions: Any = attrs.field(repr=False, eq=False)


@attrs.frozen(kw_only=True)
class Window:
    """The batches that a monitor looks at, all scored by one version.

    Parameters
    ----------
    model, version : str and int
        The version that scored them.
    batches : tuple of Batch
        The oldest first.
    """

    model: str
    version: int
    batches: tuple[Batch, ...]


@attrs.frozen(kw_only=True)
class Observation:
    """One figure that a monitor took of a window.

    Parameters
    ----------
    name : str
        What was measured: ``drift``, ``missing``, ``volume``.
    status : {"ok", "alert", "unknown"}
        ``unknown`` if there is too little data to tell; ``why`` then says so.
    value : Scalar
        The figure; ``None`` if there is none.
    threshold : float, optional
        The limit that it is held to.
    column : str
        The column concerned; empty for the whole window.
    statistic : str
        The measure: ``jensen_shannon``, ``share``.
    why : str
        What makes it an alert, or why nothing is known.
    severity : {"error", "warning"}
        How much it matters if it is an alert.
    """

    name: str
    status: ObservationStatus
    value: Scalar = None
    threshold: float | None = None
    column: str = ""
    statistic: str = ""
    why: str = ""
    severity: Severity = "error"


@attrs.frozen(kw_only=True)
class Alert:
    """Something that people should know: what one monitor saw beyond its limits.

    Parameters
    ----------
    key : str
        The same for the same matter, window after window.
    severity : {"error", "warning"}
        How much it matters.
    title, text : str
        What to read first, and what then.
    at : datetime
        When it was raised, in UTC.
    model, version : str and int
        The version that was watched.
    observations : tuple of Observation
        What it rests on.
    """

    key: str
    severity: Severity
    title: str
    text: str
    at: datetime
    model: str
    version: int
    observations: tuple[Observation, ...] = ()


@attrs.frozen(kw_only=True)
class MonitoringReport:
    """All that the monitors saw in one window, and the alerts that came of it.

    Parameters
    ----------
    model, version : str and int
        The version that was watched.
    rows : int
        How many were scored in the window.
    observations : tuple of Observation
        All figures, whether they crossed a limit or not.
    alerts : tuple of Alert
        What people are told.
    """

    model: str
    version: int
    rows: int
    observations: tuple[Observation, ...]
    alerts: tuple[Alert, ...] = ()
