"""Metrics: values that steps and runs logged, written in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, and_, bindparam, func, select

from fourstroke.records import tables
from fourstroke.records.rows import MetricRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from fourstroke.context import MetricPoint

ROWS_AN_INSERT: Final = 1000

Row = tuple[int, int | None, str, float, int]

_metrics, _steps, _results = tables.metrics.c, tables.steps.c, tables.results.c
_maker = tables.steps.alias("maker")

# Straight to the driver, in its own words: the only table with so many rows that it matters.
_INTO: Final = "INSERT INTO metrics (run_number, step_id, name, value, step) VALUES "
_INSERT: Final = {
    "sqlite": _INTO + "(?, ?, ?, ?, ?)",
    "postgresql": _INTO + "(%s, %s, %s, %s, %s)",
}
_OWN: Select[Any] = (
    select(_steps.name.label("step_name"), _metrics.name, _metrics.value, _metrics.step)
    .outerjoin_from(tables.metrics, tables.steps, _steps.id == _metrics.step_id)
    .where(_metrics.run_number == bindparam("of_run"))
    .order_by(_metrics.id)
)
# Those of steps that were reused: runs are compared by them as if each had made them itself.
_REUSED: Select[Any] = (
    select(_steps.name.label("step_name"), _metrics.name, _metrics.value, _metrics.step)
    .join_from(tables.steps, tables.results, _results.id == _steps.result_id)
    .join(_maker, and_(_maker.c.id == _results.step_id, _maker.c.id != _steps.id))
    .join(
        tables.metrics,
        and_(_metrics.run_number == _maker.c.run_number, _metrics.step_id == _maker.c.id),
    )
    .where(_steps.run_number == bindparam("of_run"), _steps.state == "cached")
    .order_by(_steps.id, _metrics.id)
)
_OF_METRIC = (_metrics.step_id, _metrics.name)
_LATEST_OWN = (
    select(func.max(_metrics.id)).where(_metrics.run_number == bindparam("of_run"))
).group_by(*_OF_METRIC)
_LATEST_REUSED = (
    select(func.max(_metrics.id))
    .join_from(tables.steps, tables.results, _results.id == _steps.result_id)
    .join(_maker, and_(_maker.c.id == _results.step_id, _maker.c.id != _steps.id))
    .join(
        tables.metrics,
        and_(_metrics.run_number == _maker.c.run_number, _metrics.step_id == _maker.c.id),
    )
    .where(_steps.run_number == bindparam("of_run"), _steps.state == "cached")
    .group_by(*_OF_METRIC)
)


def row_of(run_number: int, step_id: int | None, point: MetricPoint) -> Row:
    """Make the row of a point."""
    return run_number, step_id, point.name, point.value, point.step


def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Insert rows, at most 1,000 with one call of the driver."""
    insert = _INSERT[connection.dialect.name]
    for start in range(0, len(rows), ROWS_AN_INSERT):
        connection.exec_driver_sql(insert, list(rows[start : start + ROWS_AN_INSERT]))


def of_run(connection: Connection, run_number: int) -> tuple[MetricRow, ...]:
    """Read the points of a run in the order of logging, those of reused results first."""
    found = [
        *connection.execute(_REUSED, {"of_run": run_number}),
        *connection.execute(_OWN, {"of_run": run_number}),
    ]
    return tuple(map(_metric_row, found))


def latest_of_run(connection: Connection, run_number: int) -> tuple[MetricRow, ...]:
    """Read the last point of each metric of each step, in the order of `of_run`."""
    parameters = {"of_run": run_number}
    found = [
        *connection.execute(_REUSED.where(_metrics.id.in_(_LATEST_REUSED)), parameters),
        *connection.execute(_OWN.where(_metrics.id.in_(_LATEST_OWN)), parameters),
    ]
    return tuple(map(_metric_row, found))


def _metric_row(row: Any) -> MetricRow:
    return MetricRow(
        step_name=row.step_name or "",
        name=row.name,
        value=float("nan") if row.value is None else row.value,
        step=row.step,
    )
