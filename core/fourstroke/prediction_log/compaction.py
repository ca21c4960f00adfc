"""Make one batch of many small ones, so that a window of a month opens few files.

Only batches of one quarter of an hour that the same windows have seen become one, and it takes their place
in each: a window has the same rows before and after, and what no monitor has seen yet is still to be seen. A
batch belongs to the period of its first row, and periods of every time zone begin with a quarter.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.errors import UsageError
from fourstroke.records.prediction_log import LogQuery, Merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from fourstroke.engine.session import Session
    from fourstroke.project import Project
    from fourstroke.records.operation_rows import PredictionRow

# Of what one batch may hold: whoever reads it has all of it in memory.
_MOST_ROWS: Final = 500_000
_QUARTER_SECONDS: Final = 900


@attrs.frozen(kw_only=True)
class Compacted:
    """What became of small batches.

    Parameters
    ----------
    before, after : int
        How many there were, and how many they are now.
    rows : int
        Their rows.
    """

    before: int = 0
    after: int = 0
    rows: int = 0


def compact(project: Project, query: LogQuery) -> Compacted:
    """Merge the batches of each quarter of an hour, version and role.

    Raises
    ------
    UsageError
        If a monitor is at work, which may have gathered some of them.
    """
    found = project.records.logged_batches(query)
    groups = list(_groups(found, project.records.windows_of([row.id for row in found])))
    if not groups:
        return Compacted()
    total = Compacted()
    with project.recorded("curate", "predictions compact") as turn:
        for parts, windows in groups:
            merged = _merged(turn.session, parts, windows)
            if turn.session.writer.merge_predictions(merged) is None:
                raise UsageError(
                    "a monitor is at work on what is to be merged", hint="wait for its end"
                )
            total = Compacted(
                before=total.before + len(parts),
                after=total.after + 1,
                rows=total.rows + sum(row.rows for row in parts),
            )
        turn.session.writer.finish("succeeded")
    return total


def _groups(
    found: Sequence[PredictionRow], windows: dict[int, frozenset[int]]
) -> Iterator[tuple[tuple[PredictionRow, ...], frozenset[int]]]:
    def key(row: PredictionRow) -> tuple[Any, ...]:
        return (
            _quarter(row.first_at),
            row.model,
            row.version,
            row.role,
            row.sample,
            sorted(windows[row.id]),
            # One without requests cannot be told row by row.
            row.requests is None,
            row.data.codec,
        )

    single = [row for row in found if _quarter(row.first_at) == _quarter(row.last_at)]
    for _, rows in groupby(sorted(single, key=key), key=key):
        for parts in _of_size(list(rows)):
            if len(parts) > 1:
                yield tuple(parts), windows[parts[0].id]


def _quarter(at: datetime) -> int:
    return int(at.timestamp()) // _QUARTER_SECONDS


def _of_size(rows: Sequence[PredictionRow]) -> Iterator[list[PredictionRow]]:
    part: list[PredictionRow] = []
    for row in sorted(rows, key=lambda row: (row.first_at, row.id)):
        if part and sum(each.rows for each in part) + row.rows > _MOST_ROWS:
            yield part
            part = []
        part.append(row)
    yield part


def _merged(session: Session, parts: tuple[PredictionRow, ...], windows: frozenset[int]) -> Merged:
    tables = session.shop.tables

    def together(name: str) -> Any:
        artifacts = [getattr(row, name) for row in parts]
        codec = artifacts[0].codec
        loaded = [tables.columns(session.load(artifact)) for artifact in artifacts]
        return session.put(tables.of_columns(codec, loaded))

    return Merged(
        parts=parts,
        windows=windows,
        data=together("data"),
        predictions=together("predictions"),
        requests=None if parts[0].requests is None else together("requests"),
    )
