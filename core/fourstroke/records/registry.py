"""Models: registered versions, and which of them is the champion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Select, func, select

from fourstroke.entities.model import ModelVersion
from fourstroke.errors import UsageError, nearest
from fourstroke.records import ledger, tables
from fourstroke.records.database import take_turns
from fourstroke.records.ledger import Told, subject_of
from fourstroke.records.rows import VersionRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine import Connection, Row

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.records.ledger import Teller

# The number that a model is promoted to when its champion is withdrawn: versions count from 1.
_NONE: Final = 0

_versions, _promotions = tables.model_versions.c, tables.promotions.c
_READ: Select[Any] = select(tables.model_versions, tables.runs.c.run).join(
    tables.runs, tables.runs.c.number == _versions.run_number
)


def register(
    connection: Connection,
    teller: Teller,
    model: str,
    *,
    candidate: str,
    artifact: Artifact,
    facts: Mapping[str, Any],
) -> tuple[ModelVersion, bool]:
    """Give the files of a model a version: the one that they have, or the next."""
    take_turns(connection)
    known = _with_digest(connection, model, artifact.digest)
    if known is not None:
        return known.told(), False
    latest = select(func.max(_versions.version)).where(_versions.model == model)
    version = int(connection.scalar(latest) or 0) + 1
    values = {
        "model": model,
        "version": version,
        "digest": artifact.digest,
        "candidate": candidate,
        "artifact": artifact,
        "facts": dict(facts),
    }
    told = Told(
        what="registered",
        subject=subject_of(model, version),
        facts={"candidate": candidate, "digest": artifact.digest},
    )
    ledger.record(connection, tables.model_versions, values, teller, told)
    return one(connection, model, version).told(), True


def promote(connection: Connection, teller: Teller, model: str, version: int, why: str) -> bool:
    """Make a version the champion, or none by 0; gives whether it was not yet.

    Raises
    ------
    UsageError
        If there is no such version.
    """
    take_turns(connection)
    before = _champion_number(connection, model)
    if version == (before or _NONE):
        return False
    if version == _NONE:
        told = Told(what="withdrawn", subject=subject_of(model, before), why=why)
    else:
        told = Told(
            what="promoted",
            subject=subject_of(model, version),
            why=why,
            facts={
                "digest": one(connection, model, version).digest,
                "champion_before": before,
            },
        )
    values = {"model": model, "version": version, "why": why}
    ledger.record(connection, tables.promotions, values, teller, told)
    return True


def names(connection: Connection) -> tuple[str, ...]:
    """Name all registered models."""
    return tuple(connection.scalars(select(_versions.model).distinct().order_by(_versions.model)))


def versions(connection: Connection, model: str) -> tuple[VersionRow, ...]:
    """Read the versions of a model, the oldest first."""
    champion_number = _champion_number(connection, model)
    query = _READ.where(_versions.model == model).order_by(_versions.version)
    return tuple(_row(row, champion_number) for row in connection.execute(query))


def one(connection: Connection, model: str, version: int) -> VersionRow:
    """Read one version.

    Raises
    ------
    UsageError
        If there is none; names the nearest.
    """
    found = _find(connection, model, version)
    if found is not None:
        return found
    known = select(_versions.version).where(_versions.model == model)
    there = [subject_of(model, number) for number in connection.scalars(known)]
    wanted = subject_of(model, version)
    hint = nearest(wanted, there or names(connection)) or "fourstroke run registers the first one"
    raise UsageError(f"there is no version {wanted}", hint=hint)


def champion(connection: Connection, model: str) -> VersionRow | None:
    """Read the version that was promoted last."""
    number = _champion_number(connection, model)
    return None if number is None else one(connection, model, number)


def champion_history(connection: Connection, model: str) -> tuple[int, ...]:
    """Give the versions in the order in which they became champion, the first one first."""
    query = select(_promotions.version).where(_promotions.model == model).order_by(_promotions.id)
    return tuple(number for number in connection.scalars(query) if number != _NONE)


def champion_before(connection: Connection, model: str, digest: str) -> VersionRow | None:
    """Read the latest champion that has other files than these."""
    for number in reversed(champion_history(connection, model)):
        row = one(connection, model, number)
        if row.digest != digest:
            return row
    return None


def _champion_number(connection: Connection, model: str) -> int | None:
    query = (
        select(_promotions.version)
        .where(_promotions.model == model)
        .order_by(_promotions.id.desc())
        .limit(1)
    )
    return connection.scalar(query) or None


def _find(connection: Connection, model: str, version: int) -> VersionRow | None:
    query = _READ.where(_versions.model == model, _versions.version == version)
    row = connection.execute(query).first()
    return None if row is None else _row(row, _champion_number(connection, model))


def _with_digest(connection: Connection, model: str, digest: str) -> VersionRow | None:
    query = _READ.where(_versions.model == model, _versions.digest == digest)
    row = connection.execute(query).first()
    return None if row is None else _row(row, _champion_number(connection, model))


def _row(row: Row[Any], champion_number: int | None) -> VersionRow:
    return VersionRow(
        model=row.model,
        version=row.version,
        digest=row.digest,
        candidate=row.candidate,
        artifact=row.artifact,
        facts=row.facts,
        run=row.run,
        created=row.created,
        is_champion=row.version == champion_number,
    )
