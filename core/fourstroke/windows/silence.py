"""When no rows come: the window from the last one until now, in which there is nothing to look at."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from fourstroke.entities.age import hours_of
from fourstroke.windows.cutting import CutWindow
from fourstroke.windows.periods import Periods

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fourstroke.records.operation_rows import PredictionRow, SeenWindow, SegmentRow
    from fourstroke.windows.settings import WindowSettings

_NAME: Final = "no rows since "


def silence(
    log: Sequence[PredictionRow],
    due: Sequence[CutWindow],
    settings: WindowSettings,
    now: dt.datetime,
    segments: Sequence[SegmentRow] = (),
) -> CutWindow | None:
    """Give the window without rows that follows the last one.

    Parameters
    ----------
    log : sequence of PredictionRow
        All batches of the version.
    due : sequence of CutWindow
        What is looked at anyhow.
    settings : WindowSettings
        How the log is cut.
    now : datetime
        This moment.
    segments : sequence of SegmentRow
        Files of journals that tell how requests were answered.

    Returns
    -------
    CutWindow or None
        By time and by calendar it lasts until a whole period, and what it is waited for, has passed
        without rows: how many are due in less than a period nobody has said. ``None`` if no row has
        come, or a window that is due lasts until now. By rows it has the requests that came since, which
        belong to no whole window yet; otherwise they have windows of their own.
    """
    rows = [row for row in log if row.rows]
    if not rows:
        return None
    last = max(rows, key=lambda row: row.last_at)
    if any(
        window.ends is None and last.id in {part.row.id for part in window.parts} for window in due
    ):
        return None
    ends = now
    if settings.by in {"time", "calendar"}:
        periods = Periods.of(settings)
        following = periods.at(periods.at(last.last_at).ends)
        late = dt.timedelta(hours=hours_of(settings.late)) if settings.late else dt.timedelta()
        ends = max(now, following.ends + late)
    # Named by the last row: as long as none comes it is the same window, of which people are told once.
    return CutWindow(
        name=f"{_NAME}{last.last_at:%Y-%m-%dT%H:%M:%SZ}",
        parts=(),
        starts=last.last_at,
        ends=ends,
        segments=tuple(
            each
            for each in segments
            if settings.by == "rows" and each.first_at is not None and each.first_at > last.last_at
        ),
    )


def is_silence(name: str) -> bool:
    """Say of a window, by its name, whether it is one in which no rows came."""
    return name.startswith(_NAME)


def silences(looks: Iterable[SeenWindow]) -> dict[str, dt.datetime]:
    """Give since when no rows came, by the names of the windows without rows."""
    return {
        look.facts.name: look.facts.starts
        for look in looks
        if look.facts.starts is not None and is_silence(look.facts.name)
    }
