"""Cut the prediction log of a version into windows."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import attrs

from fourstroke.entities.traffic import Traffic
from fourstroke.windows.periods import Periods

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from fourstroke.records.operation_rows import PredictionRow, SegmentRow
    from fourstroke.windows.periods import Period
    from fourstroke.windows.settings import WindowSettings


@attrs.frozen
class Part:
    """Rows of one batch of the log, from ``start`` to before ``stop``."""

    row: PredictionRow
    start: int
    stop: int

    @classmethod
    def whole(cls, row: PredictionRow) -> Part:
        """Take all rows of a batch."""
        return cls(row, 0, row.rows)

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.stop - self.start


@attrs.frozen(kw_only=True)
class CutWindow:
    """Rows that belong together.

    Parameters
    ----------
    name : str
        What people call it: the same for the same rows.
    parts : tuple of Part
        Its rows, in the order of the log.
    starts, ends : datetime, optional
        From when, and until before when, in UTC; of windows by time and by calendar.
    season : CutWindow, optional
        The window of the season before, which it is compared with.
    segments : tuple of SegmentRow
        Files of journals whose requests belong to it, each to one window.
    """

    name: str
    parts: tuple[Part, ...]
    starts: dt.datetime | None = None
    ends: dt.datetime | None = None
    season: CutWindow | None = None
    segments: tuple[SegmentRow, ...] = ()

    @classmethod
    def of(cls, name: str, batches: Iterable[PredictionRow]) -> CutWindow:
        """Take all rows of some batches, whatever the project cuts its windows by."""
        return cls(name=name, parts=tuple(Part.whole(row) for row in batches))

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(part.rows for part in self.parts)

    @property
    def traffic(self) -> Traffic | None:
        """How its requests were answered; ``None`` if nobody counted them."""
        counted = [each.traffic for each in self.segments if each.traffic is not None]
        return Traffic.together(counted) if counted else None

    @property
    def has_failures(self) -> bool:
        """Whether a request of it got no predictions."""
        return self.traffic is not None and bool(self.traffic.statuses)

    @property
    def last_at(self) -> dt.datetime:
        """When its last row was scored, or its last request was told that it is not."""
        if not self.parts:
            return max(each.last_at for each in self.segments if each.last_at is not None)
        return max(part.row.last_at for part in self.parts)


def cut(
    log: Sequence[PredictionRow],
    settings: WindowSettings,
    segments: Sequence[SegmentRow] = (),
) -> tuple[CutWindow, ...]:
    """Cut the log of a version into windows, the oldest first.

    Parameters
    ----------
    log : sequence of PredictionRow
        All batches of the version, in the order in which they were logged.
    settings : WindowSettings
        How; by look every batch is a window of its own here, since the look decides.
    segments : sequence of SegmentRow
        Files of journals that hear of failures, taken in for it.

    Returns
    -------
    tuple of CutWindow
        Every row is in one of them, but for those at the end that do not fill a window by rows. A window by
        time or calendar in which every request failed has no rows.

    Notes
    -----
    A batch belongs to the period in which its first row was scored; a service ends a batch after a
    minute, or what ``operations.log.seconds_per_batch`` says. So do the requests of a journal's file, which
    lies within a quarter of an hour and so within a period. Of windows by rows they belong to the one whose
    rows came last when the file began.
    """
    if settings.by == "rows":
        return _with_requests(tuple(_by_rows(log, settings.rows)), log, segments)
    if settings.by == "look":
        return tuple(CutWindow.of(f"batch {row.id}", [row]) for row in log)
    return tuple(_by_period(log, Periods.of(settings), segments))


def together(windows: Iterable[CutWindow], segments: Iterable[SegmentRow] = ()) -> CutWindow:
    """Put what was scored since the last look into one window, or what was asked if nothing was."""
    parts = tuple(part for window in windows for part in window.parts)
    files = tuple(segments)
    if not parts:
        since = min(each.first_at for each in files if each.first_at is not None)
        return CutWindow(name=f"requests from {since:%Y-%m-%dT%H:%M:%SZ}", parts=(), segments=files)
    first, last = parts[0].row.id, parts[-1].row.id
    return CutWindow(
        name=f"batch {first}" if first == last else f"batches {first}-{last}",
        parts=parts,
        segments=files,
    )


def _by_rows(log: Iterable[PredictionRow], size: int) -> Iterator[CutWindow]:
    parts: list[Part] = []
    missing, begun = size, 0
    for row in log:
        at = 0
        while at < row.rows:
            stop = min(row.rows, at + missing)
            parts.append(Part(row, at, stop))
            missing -= stop - at
            at = stop
            if not missing:
                yield CutWindow(name=f"rows {begun}-{begun + size - 1}", parts=tuple(parts))
                parts, missing, begun = [], size, begun + size


def _with_requests(
    windows: tuple[CutWindow, ...], log: Sequence[PredictionRow], segments: Iterable[SegmentRow]
) -> tuple[CutWindow, ...]:
    """Give each file of a journal to the window whose rows came last when it began."""
    last_of = {part.row.id: place for place, window in enumerate(windows) for part in window.parts}
    if windows and windows[-1].parts[-1].stop < windows[-1].parts[-1].row.rows:
        # The rows at the end, which do not fill a window yet, have requests of their own.
        last_of[windows[-1].parts[-1].row.id] = len(windows)
    begun = sorted((row.first_at, last_of.get(row.id, len(windows))) for row in log if row.rows)
    moments = [at for at, _ in begun]
    found: dict[int, list[SegmentRow]] = {}
    for segment in segments:
        if segment.first_at is not None and begun:
            place = max(bisect_right(moments, segment.first_at) - 1, 0)
            found.setdefault(begun[place][1], []).append(segment)
    return tuple(
        attrs.evolve(window, segments=tuple(found.get(place, ())))
        for place, window in enumerate(windows)
    )


def _by_period(
    log: Iterable[PredictionRow], periods: Periods, segments: Iterable[SegmentRow]
) -> Iterator[CutWindow]:
    found: dict[Period, list[Part]] = {}
    for row in log:
        if row.rows:
            found.setdefault(periods.at(row.first_at), []).append(Part.whole(row))
    asked: dict[Period, list[SegmentRow]] = {}
    for segment in segments:
        if segment.first_at is not None:
            asked.setdefault(periods.at(segment.first_at), []).append(segment)
    made: dict[Period, CutWindow] = {}
    for period in sorted({*found, *asked}, key=lambda each: each.starts):
        before = periods.season_before(period)
        earlier = None if before is None else made.get(before)
        window = CutWindow(
            name=period.name,
            parts=tuple(found.get(period, ())),
            starts=period.starts,
            ends=period.ends,
            season=_alone(earlier) if earlier is not None and earlier.rows else None,
            segments=tuple(asked.get(period, ())),
        )
        # Where all that was answered was left out by sampling there is nothing to look at.
        if window.parts or window.has_failures:
            made[period] = window
    yield from made.values()


def _alone(window: CutWindow) -> CutWindow:
    return attrs.evolve(window, season=None)
