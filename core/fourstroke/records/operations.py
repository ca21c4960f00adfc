"""Models at work: the prediction log, what monitors saw in which windows, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select

from fourstroke.errors import UsageError
from fourstroke.records import ledger, tables
from fourstroke.records.columns import now
from fourstroke.records.database import insert_one
from fourstroke.records.ledger import Told, subject_of
from fourstroke.records.operation_rows import (
    AlertRow,
    ObservationRow,
    PredictionRow,
    SeenWindow,
    WindowFacts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Column, Row, Table
    from sqlalchemy.engine import Connection

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.entities.operations import Alert, Observation, Role
    from fourstroke.records.ledger import Teller

_predictions, _windows, _observations, _alerts = (
    tables.predictions.c,
    tables.windows.c,
    tables.observations.c,
    tables.alerts.c,
)
_batches, _counted = tables.window_batches.c, tables.window_segments.c


def add_predictions(  # noqa: PLR0913 - one a column
    connection: Connection,
    run_number: int,
    model: str,
    version: int,
    *,
    data: Artifact,
    predictions: Artifact,
    rows: int,
    role: Role = "champion",
    requests: Artifact | None = None,
    first_at: datetime | None = None,
    last_at: datetime | None = None,
    segment: str = "",
    sample: float | None = None,
) -> int:
    """Log a scored batch; gives its id."""
    moment = now()
    values = {
        "run_number": run_number,
        "model": model,
        "version": version,
        "data": data,
        "predictions": predictions,
        "row_count": rows,
        "at": moment,
        "role": role,
        "requests": requests,
        "first_at": first_at or moment,
        "last_at": last_at or moment,
        "segment": segment or None,
        "sample": sample,
    }
    return insert_one(connection, tables.predictions.insert(), values)


def add_observations(
    connection: Connection,
    run_number: int,
    model: str,
    version: int,
    *,
    batches: Iterable[int],
    observations: Sequence[Observation],
    facts: WindowFacts,
    segments: Iterable[int] = (),
) -> int:
    """Record what monitors saw in a window of batches, and of files of journals; gives the window's id.

    Raises
    ------
    UsageError
        If a batch is not in the prediction log of this version.
    """
    ids = sorted(set(batches))
    _refuse_unknown(connection, model, version, ids)
    window = {
        "run_number": run_number,
        "model": model,
        "version": version,
        "at": now(),
        "name": facts.name,
        "starts": facts.starts,
        "ends": facts.ends,
        "row_count": facts.rows,
        "labelled": facts.labelled,
        "report": facts.report,
        "traffic": facts.traffic,
    }
    window_id = insert_one(connection, tables.windows.insert(), window)
    if ids:
        rows = [{"window_id": window_id, "prediction_id": number} for number in ids]
        connection.execute(tables.window_batches.insert(), rows)
    counted = [{"window_id": window_id, "segment_id": each} for each in sorted(set(segments))]
    if counted:
        connection.execute(tables.window_segments.insert(), counted)
    if observations:
        connection.execute(
            tables.observations.insert(), [_observed(window_id, item) for item in observations]
        )
    return window_id


def add_alert(connection: Connection, teller: Teller, alert: Alert) -> None:
    """Record an alert."""
    values = {
        "model": alert.model,
        "version": alert.version,
        "key": alert.key,
        "severity": alert.severity,
        "body": alert,
    }
    told = Told(
        what="alerted",
        subject=subject_of(alert.model, alert.version),
        why=alert.title,
        facts={"key": alert.key, "severity": alert.severity},
    )
    ledger.record(connection, tables.alerts, values, teller, told)


def predictions(
    connection: Connection,
    model: str,
    version: int | None = None,
    *,
    limit: int | None = None,
    since: datetime | None = None,
) -> tuple[PredictionRow, ...]:
    """Read the prediction log, the oldest first: all, the latest ``limit``, or those ``since``."""
    query = _of_model(tables.predictions, model, version)
    rows = connection.execute(_latest(query, _predictions.id, _predictions.at, limit, since))
    return tuple(reversed([prediction_row(row) for row in rows]))


def prediction(connection: Connection, number: int) -> PredictionRow:
    """Read one batch of the prediction log."""
    query = _of_model(tables.predictions, None, None).where(_predictions.id == number)
    return prediction_row(connection.execute(query).one())


def prediction_row(row: Row[Any]) -> PredictionRow:
    """Make a batch of its row, which names its run."""
    return PredictionRow(
        id=row.id,
        model=row.model,
        version=row.version,
        data=row.data,
        predictions=row.predictions,
        rows=row.row_count,
        run=row.run,
        at=row.at,
        role=row.role,
        requests=row.requests,
        first_at=row.first_at or row.at,
        last_at=row.last_at or row.at,
        segment=row.segment or "",
        sample=1.0 if row.sample is None else row.sample,
    )


def seen_windows(connection: Connection, model: str, version: int) -> tuple[SeenWindow, ...]:
    """Read the windows of a version that monitors looked at, the oldest look first."""
    query = (
        select(tables.windows, tables.runs.c.run)
        .join(tables.runs, tables.runs.c.number == _windows.run_number)
        .where(_windows.model == model, _windows.version == version)
        .order_by(_windows.id)
    )
    rows = connection.execute(query).all()
    ids = {row.id for row in rows}
    batches = _batches_of(connection, ids)
    segments = _of_windows(connection, _counted.window_id, _counted.segment_id, ids)
    return tuple(
        SeenWindow(
            id=row.id,
            facts=_facts_of(row),
            batches=batches.get(row.id, ()),
            segments=segments.get(row.id, ()),
            run=row.run,
            at=row.at,
        )
        for row in rows
    )


def observations(
    connection: Connection,
    model: str,
    version: int | None = None,
    *,
    limit: int | None = None,
    since: datetime | None = None,
) -> tuple[ObservationRow, ...]:
    """Read what monitors saw, the oldest first; ``limit`` counts observations."""
    joined = tables.observations.join(tables.windows, _windows.id == _observations.window_id).join(
        tables.runs, tables.runs.c.number == _windows.run_number
    )
    query: Select[Any] = select(
        tables.windows, _observations.body, _observations.window_id, tables.runs.c.run
    ).select_from(joined)
    query = query.where(_windows.model == model)
    if version is not None:
        query = query.where(_windows.version == version)
    rows = connection.execute(_latest(query, _observations.id, _windows.at, limit, since)).all()
    batches = _batches_of(connection, {row.window_id for row in rows})
    found = [
        ObservationRow(
            model=row.model,
            version=row.version,
            window=row.window_id,
            batches=batches.get(row.window_id, ()),
            observation=row.body,
            run=row.run,
            at=row.at,
            facts=_facts_of(row),
        )
        for row in rows
    ]
    return tuple(reversed(found))


def alerts(
    connection: Connection,
    model: str | None = None,
    version: int | None = None,
    *,
    limit: int | None = None,
    since: datetime | None = None,
) -> tuple[AlertRow, ...]:
    """Read alerts, the oldest first."""
    query = _of_model(tables.alerts, model, version)
    rows = connection.execute(_latest(query, _alerts.id, _alerts.at, limit, since))
    found = [AlertRow(id=row.id, alert=row.body, run=row.run, at=row.at) for row in rows]
    return tuple(reversed(found))


def _facts_of(row: Row[Any]) -> WindowFacts:
    return WindowFacts(
        name=row.name,
        starts=row.starts,
        ends=row.ends,
        rows=row.row_count or 0,
        labelled=row.labelled or 0,
        report=row.report,
        traffic=row.traffic,
    )


def _refuse_unknown(connection: Connection, model: str, version: int, ids: list[int]) -> None:
    query = select(_predictions.id).where(
        _predictions.model == model, _predictions.version == version, _predictions.id.in_(ids)
    )
    unknown = sorted(set(ids) - set(connection.scalars(query)))
    if unknown:
        raise UsageError(
            f"batch {unknown[0]} is not in its prediction log", where=subject_of(model, version)
        )


def _observed(window_id: int, item: Observation) -> dict[str, Any]:
    return {
        "window_id": window_id,
        "name": item.name,
        "status": item.status,
        "column_name": item.column,
        "body": item,
    }


def _of_model(table: Table, model: str | None, version: int | None) -> Select[Any]:
    query: Select[Any] = select(table, tables.runs.c.run).join(
        tables.runs, tables.runs.c.number == table.c.run_number
    )
    if model is not None:
        query = query.where(table.c.model == model)
    if version is not None:
        query = query.where(table.c.version == version)
    return query


def _latest(
    query: Select[Any],
    number: Column[Any],
    at: Column[Any],
    limit: int | None,
    since: datetime | None,
) -> Select[Any]:
    if since is not None:
        query = query.where(at >= since)
    return query.order_by(number.desc()).limit(limit)


def _batches_of(connection: Connection, window_ids: set[int]) -> dict[int, tuple[int, ...]]:
    return _of_windows(connection, _batches.window_id, _batches.prediction_id, window_ids)


def _of_windows(
    connection: Connection, window: Column[Any], other: Column[Any], window_ids: set[int]
) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = {}
    query = select(window, other).where(window.in_(sorted(window_ids))).order_by(other)
    for window_id, number in connection.execute(query):
        found.setdefault(window_id, []).append(number)
    return {window_id: tuple(numbers) for window_id, numbers in found.items()}
