"""The prediction log as it is kept: segments taken in once, batches found, merged and purged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import delete, false, func, select, update

from fourstroke.errors import UsageError
from fourstroke.records import ledger, operations, tables
from fourstroke.records.columns import now
from fourstroke.records.database import insert_one
from fourstroke.records.ledger import Told
from fourstroke.records.operation_rows import PredictionRow, SegmentRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.entities.operations import Role
    from fourstroke.records.ledger import Teller

_log, _segments, _windows, _counted = (
    tables.predictions.c,
    tables.log_segments.c,
    tables.window_batches.c,
    tables.window_segments.c,
)
_steps, _results = tables.steps.c, tables.results.c
_first_at = func.coalesce(_log.first_at, _log.at)
_last_at = func.coalesce(_log.last_at, _log.at)
# SQLite takes at most 999 parameters in older versions.
_AT_ONCE: Final = 500
# What a run that scores a batch keeps of its rows, to be reused.
_OF_ROWS: Final = ("collect", "prepare", "predict", "log")
_LOOKING: Final = ("monitor", "run")


@attrs.frozen(kw_only=True)
class LogQuery:
    """Which batches are meant; whatever is ``None`` does not matter.

    Parameters
    ----------
    model, version, role : str, int and str
        Who scored them.
    since, until : datetime
        Those with a row at ``since`` or later, and with a row before ``until``.
    ended_before : datetime
        Those whose last row is before it.
    """

    model: str | None = None
    version: int | None = None
    role: Role | None = None
    since: datetime | None = None
    until: datetime | None = None
    ended_before: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Say it in SQL."""
        found: list[ColumnElement[bool]] = []
        for column, value in (
            (_log.model, self.model),
            (_log.version, self.version),
            (_log.role, self.role),
        ):
            if value is not None:
                found.append(column == value)
        if self.since is not None:
            found.append(_last_at >= self.since)
        if self.until is not None:
            found.append(_first_at < self.until)
        if self.ended_before is not None:
            found.append(_last_at < self.ended_before)
        return found


def batches(connection: Connection, query: LogQuery) -> tuple[PredictionRow, ...]:
    """Read batches, those with the earliest rows first."""
    found: Select[Any] = (
        select(tables.predictions, tables.runs.c.run)
        .join(tables.runs, tables.runs.c.number == _log.run_number)
        .where(*query.conditions())
        .order_by(_first_at, _log.id)
    )
    return tuple(operations.prediction_row(row) for row in connection.execute(found))


def segments(connection: Connection, model: str | None = None) -> tuple[SegmentRow, ...]:
    """Read which files of journals were taken in, the earliest day first."""
    query: Select[Any] = select(tables.log_segments).order_by(_segments.day, _segments.id)
    if model is not None:
        query = query.where(_segments.model == model)
    return tuple(
        SegmentRow(
            segment=row.segment,
            model=row.model,
            version=row.version,
            role=row.role,
            day=row.day,
            rows=row.row_count,
            left_out=row.left_out,
            dropped=row.dropped,
            damaged=row.damaged,
            traffic=row.traffic,
            first_at=row.first_at,
            last_at=row.last_at,
            id=row.id,
        )
        for row in connection.execute(query)
    )


def is_taken_in(connection: Connection, segment: str) -> bool:
    """Say whether a file of a journal is in the log, or was."""
    query = select(_segments.id).where(_segments.segment == segment)
    return connection.scalar(query) is not None


def add_segment(connection: Connection, run_number: int, segment: SegmentRow) -> None:
    """Record that a file of a journal was taken in."""
    values = {
        "run_number": run_number,
        "segment": segment.segment,
        "model": segment.model,
        "version": segment.version,
        "role": segment.role,
        "day": segment.day,
        "row_count": segment.rows,
        "left_out": segment.left_out,
        "dropped": segment.dropped,
        "damaged": segment.damaged,
        "traffic": segment.traffic,
        "first_at": segment.first_at,
        "last_at": segment.last_at,
        "at": now(),
    }
    connection.execute(tables.log_segments.insert(), values)


def windows_of(connection: Connection, ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Say of batches by id in which windows monitors have seen them."""
    found: dict[int, set[int]] = {number: set() for number in ids}
    for some in _parts(sorted(ids)):
        query = select(_windows.prediction_id, _windows.window_id).where(
            _windows.prediction_id.in_(some)
        )
        for batch, window in connection.execute(query):
            found[batch].add(window)
    return {number: frozenset(windows) for number, windows in found.items()}


@attrs.frozen(kw_only=True)
class Merged:
    """Batches of one day, version and role, and what they become.

    Parameters
    ----------
    parts : tuple of PredictionRow
        The batches.
    windows : frozenset of int
        In which all of them were seen.
    data, predictions, requests : Artifact
        All their rows.
    """

    parts: tuple[PredictionRow, ...]
    windows: frozenset[int]
    data: Artifact
    predictions: Artifact
    requests: Artifact | None


def merge(connection: Connection, run_number: int, merged: Merged) -> int | None:
    """Let one batch stand for several, in the log and in every window; gives its id.

    ``None`` if that would not be right any more: a monitor is at work, which may have gathered them, or
    one has seen some of them meanwhile.
    """
    ids = [row.id for row in merged.parts]
    if is_looked_at(connection):
        return None
    known = sum(
        connection.scalar(
            select(func.count()).select_from(tables.predictions).where(_log.id.in_(some))
        )
        or 0
        for some in _parts(ids)
    )
    seen = windows_of(connection, ids)
    if known != len(ids) or any(found != merged.windows for found in seen.values()):
        return None
    _remove(connection, ids)
    first = merged.parts[0]
    values = {
        "run_number": run_number,
        "model": first.model,
        "version": first.version,
        "data": merged.data,
        "predictions": merged.predictions,
        "row_count": sum(row.rows for row in merged.parts),
        # When the last of them was logged: who reads what is new since then misses nothing.
        "at": max(row.at for row in merged.parts),
        "role": first.role,
        "requests": merged.requests,
        "first_at": min(row.first_at for row in merged.parts),
        "last_at": max(row.last_at for row in merged.parts),
        "segment": None,
        "sample": first.sample,
        "compacted": now(),
    }
    number = insert_one(connection, tables.predictions.insert(), values)
    if merged.windows:
        rows = [{"window_id": each, "prediction_id": number} for each in sorted(merged.windows)]
        connection.execute(tables.window_batches.insert(), rows)
    return number


def is_looked_at(connection: Connection) -> bool:
    """Say whether a run is at work that may have gathered batches."""
    at_work = select(tables.runs.c.number).where(
        tables.runs.c.state == "running", tables.runs.c.kind.in_(_LOOKING)
    )
    return connection.scalar(at_work.limit(1)) is not None


def purge(
    connection: Connection, teller: Teller, query: LogQuery, model: str, why: str
) -> tuple[PredictionRow, ...]:
    """Remove batches for good, and tell the ledger; gives those that were there.

    What runs kept of their rows to reuse it goes with them, and windows keep their figures alone.

    Raises
    ------
    UsageError
        If a run is at work that may have gathered them.
    """
    found, counts = batches(connection, query), _old_segments(query, model)
    if not found and not has_old_segments(connection, query, model):
        return ()
    if is_looked_at(connection):
        raise UsageError(
            "a run is at work, and may be about to look at what is to go",
            where=model,
            hint="wait for its end",
        )
    _forget(connection, found)
    _remove(connection, [row.id for row in found])
    old = select(_segments.id).where(*counts)
    connection.execute(delete(tables.window_segments).where(_counted.segment_id.in_(old)))
    connection.execute(delete(tables.log_segments).where(*counts))
    if not found:
        return ()
    facts = {
        "batches": len(found),
        "rows": sum(row.rows for row in found),
        "first_at": min(row.first_at for row in found).isoformat(),
        "last_at": max(row.last_at for row in found).isoformat(),
    }
    ledger.append(
        connection, teller, Told(what="predictions purged", subject=model, why=why, facts=facts)
    )
    return found


def has_old_segments(connection: Connection, query: LogQuery, model: str) -> bool:
    """Say whether counts of requests would go with such batches, though there may be none of these."""
    old = select(_segments.id).where(*_old_segments(query, model))
    return connection.scalar(old.limit(1)) is not None


def _old_segments(query: LogQuery, model: str) -> list[ColumnElement[bool]]:
    """Say in SQL which files of journals are of days that are over for good."""
    if query.ended_before is None:
        return [false()]
    return [_segments.model == model, _segments.day < query.ended_before.date().isoformat()]


def _remove(connection: Connection, ids: Sequence[int]) -> None:
    for some in _parts(ids):
        connection.execute(delete(tables.window_batches).where(_windows.prediction_id.in_(some)))
        connection.execute(delete(tables.predictions).where(_log.id.in_(some)))


def _forget(connection: Connection, gone: Sequence[PredictionRow]) -> None:
    """Let go of what steps kept of these rows, unless a run refers to it whose batch stays."""
    ids = {row.id for row in gone if not row.segment}
    runs = {row.run for row in gone if row.id in ids}
    for some in _parts(sorted(runs)):
        numbers = select(tables.runs.c.number).where(tables.runs.c.run.in_(some))
        mine = (
            select(_steps.result_id)
            .where(
                _steps.run_number.in_(numbers),
                _steps.cycle == "operations",
                _steps.stage.in_(_OF_ROWS),
                _steps.result_id.is_not(None),
            )
            .distinct()
        )
        results = [int(number) for number in connection.scalars(mine)]
        for part in _parts(results):
            theirs = _steps.result_id.in_(part)
            connection.execute(
                update(tables.steps)
                .where(theirs, _steps.run_number.in_(numbers))
                .values(result_id=None)
            )
            still = set(connection.scalars(select(_steps.result_id).where(theirs)))
            free = [number for number in part if number not in still]
            connection.execute(delete(tables.results).where(_results.id.in_(free)))


def _parts(numbers: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield list(numbers[start : start + _AT_ONCE])
