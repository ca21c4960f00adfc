"""Which windows monitors have to look at now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs

from fourstroke.entities.age import hours_of
from fourstroke.windows.cutting import cut, together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.records.operation_rows import PredictionRow, SeenWindow
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
    labelled_at : datetime, optional
        When labels were brought last; ``None`` if nobody ever did.
    now : datetime
        This moment.
    """

    settings: WindowSettings
    labels: LabelSettings
    seen: Sequence[SeenWindow]
    labelled_at: dt.datetime | None
    now: dt.datetime

    def due(self, log: Sequence[PredictionRow]) -> tuple[CutWindow, ...]:
        """Give the windows to look at, the oldest first.

        A window is due when it is over and nobody looked at it, when rows of it came late, and when
        labels came, or had the time to come, since it was last looked at.
        """
        windows = cut(log, self.settings)
        if self.settings.by == "look":
            return self._since_last_look(windows)
        latest = {window.facts.name: window for window in self.seen}
        due = [
            window
            for window in windows
            if self._is_over(window) and self._is_news(window, latest.get(window.name))
        ]
        return tuple(due[-self.settings.catch_up :])

    def matures_at(self, window: CutWindow) -> dt.datetime:
        """Say until when labels have the time to come that the project gives them."""
        over = window.ends or window.last_at
        if not self.labels.mature:
            return over
        return over + dt.timedelta(hours=hours_of(self.labels.mature))

    def is_mature(self, window: CutWindow) -> bool:
        """Say whether labels had the time to come that the project gives them."""
        return self.matures_at(window) <= self.now

    def _since_last_look(self, batches: Sequence[CutWindow]) -> tuple[CutWindow, ...]:
        known = {number for window in self.seen for number in window.batches}
        fresh = [batch for batch in batches if batch.parts[0].row.id not in known]
        by_id = {batch.parts[0].row.id: batch for batch in batches}
        again = [
            window
            for seen in self._latest_looks()
            if (window := _again(seen, by_id)) is not None and self._is_news(window, seen)
        ]
        due = [*again, *([together(fresh)] if fresh else [])]
        return tuple(due[-self.settings.catch_up :])

    def _latest_looks(self) -> list[SeenWindow]:
        latest: Mapping[tuple[int, ...], SeenWindow] = {
            window.batches: window for window in self.seen
        }
        return list(latest.values())

    def _is_over(self, window: CutWindow) -> bool:
        if window.ends is None:
            return True
        late = dt.timedelta(hours=hours_of(self.settings.late)) if self.settings.late else None
        return window.ends + (late or dt.timedelta()) <= self.now

    def _is_news(self, window: CutWindow, seen: SeenWindow | None) -> bool:
        if seen is None or seen.facts.rows != window.rows:
            return True
        if self.labelled_at is None:
            return False
        # Whose rows they are only reading tells, and a correction leaves their number as it is.
        came = self.labelled_at > seen.at
        ripened = seen.at < self.matures_at(window) <= self.now
        return came or (ripened and seen.facts.labelled > 0)


def _again(seen: SeenWindow, by_id: Mapping[int, CutWindow]) -> CutWindow | None:
    """Put the batches of an earlier look together again; nothing if one of them is gone."""
    if not seen.batches or not set(seen.batches) <= by_id.keys():
        return None
    return together(by_id[number] for number in seen.batches)
