"""Which windows monitors have to look at now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs

from fourstroke.entities.age import hours_of
from fourstroke.windows.cutting import cut, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fourstroke.records.operation_rows import PredictionRow, SeenWindow, SegmentRow
    from fourstroke.windows.cutting import CutWindow
    from fourstroke.windows.settings import LabelSettings, WindowSettings


@attrs.frozen(kw_only=True)
class Looks:
    """What was looked at before, and how the log is cut.

    Parameters
    ----------
    settings : WindowSettings
        How the log is cut.
    labels : LabelSettings
        When labels are expected.
    seen : sequence of SeenWindow
        All windows of the version that monitors looked at, the oldest look first.
    labelled : frozenset of int
        The looks after which labels of their rows were brought, by id.
    now : datetime
        This moment.
    segments : sequence of SegmentRow
        Files of journals that tell how requests were answered, the earliest first.
    """

    settings: WindowSettings
    labels: LabelSettings
    seen: Sequence[SeenWindow]
    labelled: frozenset[int]
    now: dt.datetime
    segments: Sequence[SegmentRow] = ()

    def due(self, log: Sequence[PredictionRow]) -> tuple[CutWindow, ...]:
        """Give the windows to look at, the oldest first.

        A window is due when it is over and nobody looked at it, when rows or counts of requests of it came
        late, and when labels of its rows came, or had the time to come, since it was last looked at.

        Notes
        -----
        If more are due than ``catch_up``, none waits for good: first come windows whose outcomes had the
        time to come in and that nobody has judged by them, then the latest of those that nobody looked
        at, then those that were looked at longest ago.
        """
        windows = cut(log, self.settings, self.segments)
        if self.settings.by == "look":
            return self._first(self._since_last_look(windows))
        latest = {window.facts.name: window for window in self.seen}
        return self._first(
            (window, latest.get(window.name)) for window in windows if self._is_over(window)
        )

    def matures_at(self, window: CutWindow) -> dt.datetime:
        """Say until when labels have the time to come that the project gives them."""
        over = window.ends or window.last_at
        if not self.labels.mature:
            return over
        return over + dt.timedelta(hours=hours_of(self.labels.mature))

    def is_mature(self, window: CutWindow) -> bool:
        """Say whether labels had the time to come that the project gives them."""
        return self.matures_at(window) <= self.now

    def _first(
        self, windows: Iterable[tuple[CutWindow, SeenWindow | None]]
    ) -> tuple[CutWindow, ...]:
        """Take what is news, and of that no more than is looked at in one go."""
        due = [(window, seen) for window, seen in windows if self._is_news(window, seen)]
        places = sorted(range(len(due)), key=lambda place: (*self._turn(*due[place]), -place))
        return tuple(due[place][0] for place in sorted(places[: self.settings.catch_up]))

    def _turn(self, window: CutWindow, seen: SeenWindow | None) -> tuple[int, dt.datetime]:
        if seen is None:
            return 1, self.now
        return (0 if self._is_ripened(window, seen) else 2), seen.at

    def _since_last_look(
        self, batches: Sequence[CutWindow]
    ) -> Iterator[tuple[CutWindow, SeenWindow | None]]:
        known = {number for window in self.seen for number in window.batches}
        fresh = [batch for batch in batches if batch.parts[0].row.id not in known]
        by_id = {batch.parts[0].row.id: batch for batch in batches}
        files = {each.id: each for each in self.segments}
        for seen in self._latest_looks():
            window = _again(seen, by_id, files)
            if window is not None:
                yield window, seen
        counted = {number for window in self.seen for number in window.segments}
        asked = [
            each for each in self.segments if each.id not in counted and not self._was_dated(each)
        ]
        if fresh or any(each.traffic is not None and each.traffic.statuses for each in asked):
            yield together(fresh, asked), None

    def _was_dated(self, segment: SegmentRow) -> bool:
        """Say whether a window by time or calendar had it, before the project looked as it does now."""
        at = segment.first_at
        return at is not None and any(
            each.facts.traffic is not None
            and each.facts.starts is not None
            and each.facts.ends is not None
            and each.facts.starts <= at < each.facts.ends
            for each in self.seen
        )

    def _latest_looks(self) -> list[SeenWindow]:
        latest: Mapping[tuple[int, ...], SeenWindow] = {
            window.batches: window for window in self.seen if window.batches
        }
        return list(latest.values())

    def _is_over(self, window: CutWindow) -> bool:
        if window.ends is None:
            return True
        late = dt.timedelta(hours=hours_of(self.settings.late)) if self.settings.late else None
        return window.ends + (late or dt.timedelta()) <= self.now

    def _is_news(self, window: CutWindow, seen: SeenWindow | None) -> bool:
        if seen is None or seen.facts.rows != window.rows or _has_more(window, seen):
            return True
        return seen.id in self.labelled or self._is_ripened(window, seen)

    def _is_ripened(self, window: CutWindow, seen: SeenWindow) -> bool:
        """Say whether its labels had the time to come since it was looked at."""
        has_labels = seen.facts.labelled > 0 or seen.id in self.labelled
        return has_labels and seen.at < self.matures_at(window) <= self.now


def _has_more(window: CutWindow, seen: SeenWindow) -> bool:
    """Say whether counts of requests came late; those that were purged since are no news."""
    now, before = window.traffic, seen.facts.traffic
    return now is not None and now.asked > (0 if before is None else before.asked)


def _again(
    seen: SeenWindow, by_id: Mapping[int, CutWindow], files: Mapping[int, SegmentRow]
) -> CutWindow | None:
    """Put the batches of an earlier look together again; nothing if one of them is gone."""
    if not seen.batches or not set(seen.batches) <= by_id.keys():
        return None
    counted = [files[number] for number in seen.segments if number in files]
    # Batches that became one since have another number, and the window is the same.
    window = together((by_id[number] for number in seen.batches), counted)
    return attrs.evolve(window, name=seen.facts.name or window.name)
