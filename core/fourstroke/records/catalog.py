"""Data sets: published versions, one number a content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, func, select, update

from fourstroke.entities.run import DatasetFact
from fourstroke.records import ledger, tables
from fourstroke.records.columns import now
from fourstroke.records.database import take_turns
from fourstroke.records.ledger import Told
from fourstroke.records.rows import DatasetRow

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Row

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.entities.data_card import DataCard, Layer
    from fourstroke.records.ledger import Teller

_versions = tables.dataset_versions.c
_READ: Select[Any] = select(
    tables.dataset_versions, tables.runs.c.run, tables.runs.c.user_name
).join(tables.runs, tables.runs.c.number == _versions.run_number)


def publish(  # noqa: PLR0913 - one a column of the version's row
    connection: Connection,
    run_number: int,
    name: str,
    artifact: Artifact,
    *,
    rows: int | None,
    columns: tuple[str, ...],
    note: str,
    profile: Artifact | None,
    card: DataCard,
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
            "card": card,
            "created": now(),
        },
    )
    fact = DatasetFact(
        name=name, version=version, digest=artifact.digest, rows=rows, columns=tuple(columns)
    )
    return fact, True


def describe(connection: Connection, name: str, version: int, card: DataCard) -> None:
    """Let a version have what people say of the data set by now."""
    here = and_(_versions.name == name, _versions.version == version)
    connection.execute(update(tables.dataset_versions).where(here).values(card=card))


def add_layer(
    connection: Connection, teller: Teller, name: str, version: int, layer: Layer, why: str
) -> None:
    """Record that a version has come to a layer, and tell the ledger."""
    values = {"name": name, "version": version, "layer": layer, "why": why}
    told = Told(what=layer, subject=f"data {name}@v{version}", why=why, facts={"layer": layer})
    ledger.record(connection, tables.dataset_layers, values, teller, told)


def layers(connection: Connection, name: str) -> dict[int, Layer]:
    """Read how far the versions of a data set have come; those that nobody moved are left out."""
    layer = tables.dataset_layers.c
    query = select(layer.version, layer.layer).where(layer.name == name).order_by(layer.id)
    return {row.version: row.layer for row in connection.execute(query)}


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
        card=row.card,
    )
