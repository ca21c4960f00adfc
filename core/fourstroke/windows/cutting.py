"""Cut the prediction log of a version into windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.windows.periods import Periods

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from fourstroke.records.operation_rows import PredictionRow
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
    """

    name: str
    parts: tuple[Part, ...]
    starts: dt.datetime | None = None
    ends: dt.datetime | None = None
    season: CutWindow | None = None

    @classmethod
    def of(cls, name: str, batches: Iterable[PredictionRow]) -> CutWindow:
        """Take all rows of some batches, whatever the project cuts its windows by."""
        return cls(name=name, parts=tuple(Part.whole(row) for row in batches))

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(part.rows for part in self.parts)

    @property
    def last_at(self) -> dt.datetime:
        """When its last row was scored."""
        return max(part.row.last_at for part in self.parts)


def cut(log: Sequence[PredictionRow], settings: WindowSettings) -> tuple[CutWindow, ...]:
    """Cut the log of a version into windows, the oldest first.

    Parameters
    ----------
    log : sequence of PredictionRow
        All batches of the version, in the order in which they were logged.
    settings : WindowSettings
        How; by look every batch is a window of its own here, since the look decides.

    Returns
    -------
    tuple of CutWindow
        Every row is in one of them, but for those at the end that do not fill a window by rows.

    Notes
    -----
    A batch belongs to the period in which its first row was scored; a service ends a batch after a
    minute, or what ``operations.log.seconds_per_batch`` says.
    """
    if settings.by == "rows":
        return tuple(_by_rows(log, settings.rows))
    if settings.by == "look":
        return tuple(CutWindow.of(f"batch {row.id}", [row]) for row in log)
    return tuple(_by_period(log, Periods.of(settings)))


def together(windows: Iterable[CutWindow]) -> CutWindow:
    """Put what was scored since the last look into one window."""
    parts = tuple(part for window in windows for part in window.parts)
    first, last = parts[0].row.id, parts[-1].row.id
    return CutWindow(
        name=f"batch {first}" if first == last else f"batches {first}-{last}", parts=parts
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


def _by_period(log: Iterable[PredictionRow], periods: Periods) -> Iterator[CutWindow]:
    found: dict[Period, list[Part]] = {}
    for row in log:
        if row.rows:
            found.setdefault(periods.at(row.first_at), []).append(Part.whole(row))
    made: dict[Period, CutWindow] = {}
    for period in sorted(found, key=lambda each: each.starts):
        before = periods.season_before(period)
        made[period] = CutWindow(
            name=period.name,
            parts=tuple(found[period]),
            starts=period.starts,
            ends=period.ends,
            season=None if before is None or before not in made else _alone(made[before]),
        )
    yield from made.values()


def _alone(window: CutWindow) -> CutWindow:
    return attrs.evolve(window, season=None)
