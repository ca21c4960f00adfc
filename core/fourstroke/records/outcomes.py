"""Labels: what became known later of rows that a model scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from sqlalchemy import select

from fourstroke.records import tables
from fourstroke.records.columns import now
from fourstroke.records.database import insert_one

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from fourstroke.artifacts.artifact import Artifact


@attrs.frozen(kw_only=True)
class LabelBatch:
    """Outcomes that were brought at one time.

    Parameters
    ----------
    id : int
        Its number; of two outcomes of one row the one of the higher number counts.
    model : str
        Whose rows they are.
    artifact : Artifact
        A table with the columns ``id`` and ``label``.
    rows : int
        How many.
    run : str
        The run that recorded them.
    at : datetime
        When they were brought, in UTC.
    windows : tuple of int
        The looks at windows, the latest of each then, that had rows which they belong to.
    """

    id: int
    model: str
    artifact: Artifact
    rows: int
    run: str
    at: datetime
    windows: tuple[int, ...] = ()


def add_labels(
    connection: Connection,
    run_number: int,
    model: str,
    labels: Artifact,
    rows: int,
    windows: Sequence[int] = (),
) -> int:
    """Record outcomes; gives their number."""
    values = {
        "run_number": run_number,
        "model": model,
        "artifact": labels,
        "row_count": rows,
        "windows": list(windows),
        "at": now(),
    }
    return insert_one(connection, tables.label_batches.insert(), values)


def label_batches(
    connection: Connection, model: str, *, until: datetime | None = None
) -> tuple[LabelBatch, ...]:
    """Read the outcomes of a model's rows, the oldest first; as they were known ``until`` then."""
    batch = tables.label_batches.c
    query = (
        select(tables.label_batches, tables.runs.c.run)
        .join(tables.runs, tables.runs.c.number == batch.run_number)
        .where(batch.model == model)
        .order_by(batch.id)
    )
    if until is not None:
        query = query.where(batch.at <= until)
    return tuple(
        LabelBatch(
            id=row.id,
            model=row.model,
            artifact=row.artifact,
            rows=row.row_count,
            run=row.run,
            at=row.at,
            windows=tuple(row.windows),
        )
        for row in connection.execute(query)
    )
