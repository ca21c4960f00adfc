"""What monitors saw of one model version, window after window: what a monitoring report shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from fourstroke.entities.facts import Severity
from fourstroke.entities.model import Decision
from fourstroke.entities.operations import Held, MonitoringReport, ObservationStatus


@attrs.frozen(kw_only=True)
class WatchedWindow:
    """One window that monitors looked at; of several looks the latest counts.

    Parameters
    ----------
    name : str
        What people call it.
    starts, ends : datetime, optional
        From when, and until before when, in UTC; ``None`` if rows alone bound it.
    rows : int
        How many were scored in it.
    labelled : float, optional
        The share of rows whose outcome is known; ``None`` if nobody has brought any.
    run : str
        The run that looked at it.
    at : datetime
        When that was, in UTC.
    alerts : tuple of str
        The keys of what people were told.
    held : tuple of Held
        What they were not told, and why.
    """

    name: str
    starts: datetime | None
    ends: datetime | None
    rows: int
    labelled: float | None
    run: str
    at: datetime
    alerts: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()


@attrs.frozen(kw_only=True)
class Trend:
    """One figure through the windows: each tuple has one place a window.

    Parameters
    ----------
    monitor, name, column, statistic : str
        Which figure it is, as its observations say it.
    statuses : tuple
        ``None`` in windows in which it was not taken.
    values, thresholds, lows, highs : tuple of float, optional
        The figure, the limit that it was held to, and its interval; ``None`` where there is none.
    """

    monitor: str
    name: str
    column: str
    statistic: str
    statuses: tuple[ObservationStatus | None, ...]
    values: tuple[float | None, ...]
    thresholds: tuple[float | None, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]


@attrs.frozen(kw_only=True)
class IncidentFact:
    """A matter that people were told of, as `fourstroke incidents show` has it.

    Parameters
    ----------
    number : int
        What people name it by.
    key : str
        The same for the same matter: model and monitor.
    state : {"open", "acknowledged", "resolved"}
        How it stands.
    severity : {"error", "warning"}
        How much it matters.
    title : str
        The title of its latest alert.
    since : datetime
        When it began, in UTC.
    times : int
        How many alerts of it there were.
    window : str
        The latest window in which it was seen.
    runbook : str
        Where people read what to do; empty if the project names nothing.
    muted : str
        Who mutes it and why; empty if nobody does.
    acknowledged_by : str
        Who sees to it; empty if nobody has said so.
    """

    number: int
    key: str
    state: str
    severity: Severity
    title: str
    since: datetime
    times: int
    window: str
    runbook: str = ""
    muted: str = ""
    acknowledged_by: str = ""


@attrs.frozen(kw_only=True)
class MonitoringHistory:
    """Everything that a monitoring report shows; a renderer turns it into a file.

    Parameters
    ----------
    project, model, version : str, str and int
        What was watched.
    is_champion : bool
        Whether the version is in production.
    trained_in : str
        The run that made it.
    dataset : str
        The data set that it was trained on, such as ``income@v3``; empty if its record is gone.
    season : str
        How far back the window lies that each is compared with; empty where that is the held-out rows.
    profiles : mapping of str to str
        Digests of what monitors compare with, by the monitor's name, as kept with the version.
    run, looked_at : str and datetime
        The run that looked at the latest window, and when, in UTC.
    latest : MonitoringReport
        All that was seen in the latest window.
    windows : tuple of WatchedWindow
        The oldest first; the last one is that of ``latest``.
    earlier : int
        How many windows before these are recorded, and not among them.
    unreadable : tuple of str
        Windows among them of which nothing is shown, since what was kept of them is damaged or gone.
    trends : tuple of Trend
        Each figure that the latest window or one before it has.
    importances : mapping of str to float
        How important each column is to the model, as its explanation has it; empty if that is not known.
    incidents : tuple of IncidentFact
        Those that are not over, and those that the latest window ended; the oldest first.
    decision : Decision, optional
        Whether the engine turns again; ``None`` if nothing decides on it.
    """

    project: str
    model: str
    version: int
    is_champion: bool
    trained_in: str
    dataset: str = ""
    season: str = ""
    profiles: Mapping[str, str] = attrs.field(factory=dict)
    run: str
    looked_at: datetime
    latest: MonitoringReport
    windows: tuple[WatchedWindow, ...]
    earlier: int = 0
    unreadable: tuple[str, ...] = ()
    trends: tuple[Trend, ...] = ()
    importances: Mapping[str, float] = attrs.field(factory=dict)
    incidents: tuple[IncidentFact, ...] = ()
    decision: Decision | None = None
