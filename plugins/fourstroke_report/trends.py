"""Choose the figures whose way through the windows is worth a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from fourstroke import MonitoringHistory, Trend
from fourstroke_report.monitoring_parts import COVERAGE, DRIFT, ESTIMATED, ColumnRow, part_of

# As many as a page has room for.
MOST_CHARTS: Final = 16
_MOST_FIGURES: Final = 6


@attrs.frozen(kw_only=True)
class Picture:
    """One picture: a figure, or what a model was worth beside what that was estimated to be.

    Parameters
    ----------
    title : str
        What it shows.
    lines : tuple of (str, Trend)
        What each line is called, and its figures.
    """

    title: str
    lines: tuple[tuple[str, Trend], ...]


def pictures_of(history: MonitoringHistory, columns: Sequence[ColumnRow]) -> list[Picture]:
    """Choose pictures: performance, then what crossed its limit, then the most important columns."""
    if len(history.windows) == 1:
        return []
    found: dict[str, Picture] = {}
    drawn: set[int] = set()
    for picture in _wanted(history, columns):
        # What stands beside its estimate is not drawn again by itself.
        if drawn.issuperset(id(trend) for _, trend in picture.lines):
            continue
        drawn |= {id(trend) for _, trend in picture.lines}
        found.setdefault(picture.title, picture)
        if len(found) == MOST_CHARTS:
            break
    return list(found.values())


def _wanted(history: MonitoringHistory, columns: Sequence[ColumnRow]) -> Iterator[Picture]:
    drawn = [each for each in history.trends if any(value is not None for value in each.values)]
    yield from _performance(drawn)
    by_column: dict[str, list[Trend]] = {}
    for each in drawn:
        by_column.setdefault(each.column, []).append(each)
    for row in columns:
        for each in by_column.get(row.name, ()) if row.status == "alert" else ():
            if each.statuses[-1] == "alert":
                yield _single(each)
    yield from (_single(each) for each in drawn if each.statuses[-1] == "alert")
    yield from (_single(each) for each in drawn if each.name == "prediction_drift")
    for row in columns:
        yield from (_single(each) for each in by_column.get(row.name, ()) if each.name == DRIFT)
    yield from (_single(each) for each in drawn if each.name == "rows")


def _performance(drawn: Sequence[Trend]) -> list[Picture]:
    """Put each realised figure beside its estimate; those beyond their limits first."""
    pairs: dict[str, list[tuple[str, Trend]]] = {}
    for each in drawn:
        part = part_of(each.name, each.column, each.statistic)
        if part != "performance" or each.column or each.name == COVERAGE:
            continue
        name = each.name.removeprefix(ESTIMATED)
        label = "estimated" if each.name.startswith(ESTIMATED) else "realised"
        lines = pairs.setdefault(name, [])
        if len(lines) < 2:  # noqa: PLR2004 - a picture of three lines is none
            lines.append((label, each))
    made = []
    for name, lines in pairs.items():
        title = name.replace("_", " ")
        lines.sort(key=lambda line: line[0] == "estimated")
        title = title if len(lines) > 1 else f"{title}, {lines[0][0]}"
        made.append(Picture(title=title, lines=tuple(lines)))
    made.sort(key=lambda each: not any(line.statuses[-1] == "alert" for _, line in each.lines))
    return made[:_MOST_FIGURES]


def _single(trend: Trend) -> Picture:
    name = trend.name.replace("_", " ")
    title = f"{trend.column}: {name}" if trend.column else name
    # Of one name there may be several, such as the shares of latency.
    is_unit = trend.statistic in {"", "share", "count"} or trend.name == DRIFT
    return Picture(
        title=title if is_unit else f"{title}, {trend.statistic.replace('_', ' ')}",
        lines=((name, trend),),
    )
