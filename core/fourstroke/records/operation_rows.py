"""Rows of models at work, as readers give them."""

from __future__ import annotations

from datetime import datetime

import attrs

from fourstroke.artifacts.artifact import Artifact
from fourstroke.entities.operations import Alert, Observation, Role
from fourstroke.entities.traffic import Traffic


@attrs.frozen(kw_only=True)
class PredictionRow:
    """One scored batch in the prediction log.

    Parameters
    ----------
    id : int
        Its number in the log.
    model, version : str and int
        The version that scored it.
    data, predictions : Artifact
        The rows, and what was said of them.
    rows : int
        How many.
    run : str
        The run that logged it.
    at : datetime
        When it was logged, in UTC.
    role : {"champion", "canary", "shadow"}
        As what the version was asked.
    requests : Artifact, optional
        Ids, moments and latencies of requests, row by row; of a service alone.
    first_at, last_at : datetime
        When its first and its last row were scored, in UTC.
    segment : str
        The file of a service's journal that it was made of; empty for others.
    sample : float
        The share of requests that was logged.
    """

    id: int
    model: str
    version: int
    data: Artifact
    predictions: Artifact
    rows: int
    run: str
    at: datetime
    role: Role = "champion"
    requests: Artifact | None = None
    first_at: datetime
    last_at: datetime
    segment: str = ""
    sample: float = 1.0


@attrs.frozen(kw_only=True)
class SegmentRow:
    """A file of a journal that was taken in.

    Parameters
    ----------
    segment : str
        Its name.
    model, version, role : str, int and str
        Who answered.
    day : str
        The day of UTC, as ``2026-05-01``.
    rows : int
        How many rows it held.
    left_out, dropped : int
        How many more were answered and not logged: by sampling, and for want of room.
    damaged : int
        How many of its records could not be read.
    traffic : Traffic, optional
        How the requests were answered; ``None`` if the journal was not told of those that failed.
    first_at, last_at : datetime, optional
        When the first and the last of them came, in UTC.
    id : int
        Its number in the records; 0 before it has one.
    """

    segment: str
    model: str
    version: int
    role: Role
    day: str
    rows: int = 0
    left_out: int = 0
    dropped: int = 0
    damaged: int = 0
    traffic: Traffic | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    id: int = 0


@attrs.frozen(kw_only=True)
class WindowFacts:
    """What a window is, as it is recorded with what monitors saw in it.

    Parameters
    ----------
    name : str
        What people call it; empty for all that was scored since the last look.
    starts, ends : datetime, optional
        From when, and until before when, in UTC.
    rows : int
        How many there are.
    labelled : int
        Of how many the outcome was known.
    report : Artifact, optional
        All that monitors saw.
    traffic : Traffic, optional
        How its requests were answered; ``None`` if nobody counted them.
    """

    name: str = ""
    starts: datetime | None = None
    ends: datetime | None = None
    rows: int = 0
    labelled: int = 0
    report: Artifact | None = None
    traffic: Traffic | None = None


@attrs.frozen(kw_only=True)
class SeenWindow:
    """A window that monitors looked at: what it was, its batches in the log, and when.

    ``segments`` are the files of journals whose requests were counted in it, if no period says so.
    """

    id: int
    facts: WindowFacts
    batches: tuple[int, ...]
    run: str
    at: datetime
    segments: tuple[int, ...] = ()


@attrs.frozen(kw_only=True)
class ObservationRow:
    """One figure that a monitor took of a window; ``batches`` are ids of the prediction log."""

    model: str
    version: int
    window: int
    batches: tuple[int, ...]
    observation: Observation
    run: str
    at: datetime
    facts: WindowFacts = attrs.field(factory=WindowFacts)


@attrs.frozen(kw_only=True)
class AlertRow:
    """An alert as it was raised, and its number."""

    id: int
    alert: Alert
    run: str
    at: datetime
