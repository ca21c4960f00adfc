"""Data sets: published versions, one number a content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, select

from fourstroke.entities.run import DatasetFact
from fourstroke.records import tables
from fourstroke.records.columns import now
from fourstroke.records.database import take_turns
from fourstroke.records.rows import DatasetRow

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row

    from fourstroke.artifacts.artifact import Artifact

_versions = tables.dataset_versions.c
_READ: Select[Any] = select(
    tables.dataset_versions, tables.runs.c.run, tables.runs.c.user_name
).join(tables.runs, tables.runs.c.number == _versions.run_number)


def publish(
    connection: Connection,
    run_number: int,
    name: str,
    artifact: Artifact,
    *,
    rows: int | None,
    columns: tuple[str, ...],
    note: str,
    profile: Artifact | None,
) -> tuple[DatasetFact, bool]:
    """Give content a version of a data set: the one that it has, or the next."""
    take_turns(connection)
    known = one(connection, name, None, digest=artifact.digest)
    if known is not None:
        return _fact(known), False
    latest = select(func.max(_versions.version)).where(_versions.name == name)
    version = int(connection.scalar(latest) or 0) + 1
    connection.execute(
        tables.dataset_versions.insert(),
        {
            "run_number": run_number,
            "name": name,
            "version": version,
            "digest": artifact.digest,
            "artifact": artifact,
            "row_count": rows,
            "columns": list(columns),
            "note": note,
            "profile": profile,
            "created": now(),
        },
    )
    fact = DatasetFact(
        name=name, version=version, digest=artifact.digest, rows=rows, columns=tuple(columns)
    )
    return fact, True


def names(connection: Connection) -> tuple[str, ...]:
    """Name all data sets."""
    return tuple(connection.scalars(select(_versions.name).distinct().order_by(_versions.name)))


def versions(connection: Connection, name: str) -> tuple[DatasetRow, ...]:
    """Read the versions of a data set, the oldest first."""
    query = _READ.where(_versions.name == name).order_by(_versions.version)
    return tuple(_row(row) for row in connection.execute(query))


def one(
    connection: Connection, name: str, version: int | None, *, digest: str | None = None
) -> DatasetRow | None:
    """Read a version by number or by digest; the latest if neither is given."""
    query = _READ.where(_versions.name == name).order_by(_versions.version.desc()).limit(1)
    if version is not None:
        query = query.where(_versions.version == version)
    if digest is not None:
        query = query.where(_versions.digest == digest)
    row = connection.execute(query).first()
    return None if row is None else _row(row)


def _fact(row: DatasetRow) -> DatasetFact:
    return DatasetFact(
        name=row.name, version=row.version, digest=row.digest, rows=row.rows, columns=row.columns
    )


def _row(row: Row[Any]) -> DatasetRow:
    return DatasetRow(
        name=row.name,
        version=row.version,
        digest=row.digest,
        artifact=row.artifact,
        rows=row.row_count,
        columns=tuple(row.columns),
        note=row.note,
        run=row.run,
        user=row.user_name,
        created=row.created,
        profile=row.profile,
    )
