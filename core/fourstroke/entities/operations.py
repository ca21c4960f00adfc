"""What is seen of a model at work: batches, windows, observations, alerts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, overload

import attrs

from fourstroke.entities.facts import LATER, Scalar, Severity
from fourstroke.entities.traffic import Traffic

ObservationStatus = Literal["ok", "alert", "unknown"]
Role = Literal["champion", "canary", "shadow"]
AlertStatus = Literal["raised", "resolved"]


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


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
    requests : table, optional
        Of what a service answered, row by row: ``request_id``, ``at`` (UTC) and ``latency_seconds`` of
        the request that a row came with; ``None`` for a batch that was scored as a whole.
    labels : array, optional
        What turned out to be true, row by row, missing where it is not known yet; ``None`` if nothing
        is known of any row.
    """

    at: datetime
    data: Any = attrs.field(repr=False, eq=False)
    predictions: Any = attrs.field(repr=False, eq=False)
    requests: Any = attrs.field(default=None, repr=False, eq=False)
    labels: Any = attrs.field(default=None, repr=False, eq=False)

    def leaves_out(self, column: str) -> bool:
        """Whether a service scored these rows and did not log a column: it logs what the model takes.

        In a batch that was scored as a whole a column that is not there is missing.
        """
        return self.requests is not None and column not in self.data.columns


@attrs.frozen(eq=False)
class LazyBatches(Sequence[Batch]):
    """Batches that are loaded when somebody comes to them, and not kept: windows may exceed memory.

    Parameters
    ----------
    load : callable
        Gives the batch of a number.
    count : int
        How many there are.
    """

    _load: Callable[[int], Batch] = attrs.field(repr=False)
    _count: int

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Batch]:
        return map(self._load, range(self._count))

    @overload
    def __getitem__(self, at: int) -> Batch: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Batch]: ...
    def __getitem__(self, at: int | slice) -> Batch | Sequence[Batch]:
        if isinstance(at, slice):
            return tuple(self._load(number) for number in range(self._count)[at])
        return self._load(range(self._count)[at])


@attrs.frozen(kw_only=True)
class Window:
    """The batches that a monitor looks at, all scored by one version.

    Parameters
    ----------
    model, version : str and int
        The version that scored them.
    batches : sequence of Batch
        The oldest first. Each is loaded when it is come to, so that going through them once needs the
        memory of one.
    name : str
        What people call it, such as ``2026-W20``; empty for all that was scored since the last look.
    starts, ends : datetime, optional
        From when, and until before when, in UTC; ``None`` if rows alone bound it.
    labelled : float, optional
        The share of rows whose outcome is known; ``None`` if nobody has brought any.
    is_mature : bool
        Whether outcomes had the time to come in that the project gives them.
    matures_at : datetime, optional
        Until when they have it, in UTC.
    traffic : Traffic, optional
        How many requests were answered, refused and failed in it, whatever ``[operations.log] sample``
        leaves out; ``None`` where nobody counts them: of files that were scored, and of logs of services
        that tell answered requests alone. With ``failed`` ones and no batch nothing was answered.
    """

    model: str
    version: int
    batches: Sequence[Batch]
    name: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    labelled: float | None = None
    is_mature: bool = True
    matures_at: datetime | None = None
    traffic: Traffic | None = None


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
    low, high : float, optional
        The confidence interval of the figure, of 95 %; ``None`` where it has no such end.
    monitor : str
        The monitor that took it, by its name in the project; the core fills it in.
    """

    name: str
    status: ObservationStatus
    value: Scalar = None
    threshold: float | None = None
    column: str = ""
    statistic: str = ""
    why: str = ""
    severity: Severity = "error"
    low: float | None = attrs.field(default=None, converter=_finite, metadata=LATER)
    high: float | None = attrs.field(default=None, converter=_finite, metadata=LATER)
    monitor: str = attrs.field(default="", metadata=LATER)

    @classmethod
    def of_left_out(cls, name: str, column: str) -> Observation:
        """Say that nothing is known of a column that all batches leave out, and why that is no fault.

        See `Batch.leaves_out`.
        """
        why = "the model does not take this column, and a service does not log it"
        return cls(name=name, column=column, status="unknown", why=why)


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
    window : str
        What people call the window in which it was seen.
    status : {"raised", "resolved"}
        Whether the matter is there, or over.
    since : datetime, optional
        When it was raised first, in UTC; ``None`` if that is now.
    count : int
        How many alerts of the matter there were with this one.
    runbook : str
        Where people read what to do; empty if the project names nothing.
    """

    key: str
    severity: Severity
    title: str
    text: str
    at: datetime
    model: str
    version: int
    observations: tuple[Observation, ...] = ()
    window: str = attrs.field(default="", metadata=LATER)
    status: AlertStatus = attrs.field(default="raised", metadata=LATER)
    since: datetime | None = attrs.field(default=None, metadata=LATER)
    count: int = attrs.field(default=1, metadata=LATER)
    runbook: str = attrs.field(default="", metadata=LATER)


@attrs.frozen(kw_only=True)
class Held:
    """Something that crossed its limits, and of which people were not told, or not again.

    Parameters
    ----------
    key : str
        Of the alert that it would have been.
    title : str
        What people would have read.
    why : str
        Why they were not told.
    """

    key: str
    title: str
    why: str


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
    window : str
        What people call it, such as ``2026-W20``.
    starts, ends : datetime, optional
        From when, and until before when, in UTC; ``None`` if rows alone bound it.
    labelled : float, optional
        The share of rows whose outcome is known; ``None`` if nobody has brought any.
    is_mature : bool
        Whether outcomes had the time to come in that the project gives them.
    crossed : tuple of str
        The keys of all that crossed its limits, whether people were told or not.
    held : tuple of Held
        What people were not told, and why.
    resolved : tuple of str
        The keys of what is over.
    traffic : Traffic, optional
        How the requests of the window were answered; ``None`` if nobody counted them.
    """

    model: str
    version: int
    rows: int
    observations: tuple[Observation, ...]
    alerts: tuple[Alert, ...] = ()
    window: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    labelled: float | None = None
    is_mature: bool = True
    crossed: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    resolved: tuple[str, ...] = ()
    traffic: Traffic | None = attrs.field(default=None, metadata=LATER)
