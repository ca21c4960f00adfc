"""The ledger: governance events, each chained to the one before by its hash.

An event is appended in the transaction of the row that it tells, and holds that row's digest:
neither can be changed, removed, inserted or moved without a trace in the other. The chain shows
that somebody changed a part of it; it does not stop somebody who writes all of it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import Column, Row, Table, bindparam, select, type_coerce, update
from sqlalchemy.types import NullType

from fourstroke.artifacts.artifact import Artifact
from fourstroke.artifacts.digest import digest_json
from fourstroke.errors import FourstrokeError
from fourstroke.records import tables
from fourstroke.records.columns import Moment, OneArtifact, Plain, clean, now
from fourstroke.records.database import take_turns
from fourstroke.records.rows import EventRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection, Dialect

_BEGINNING: Final = ""
_SEALED: Final = (
    tables.model_versions,
    tables.verdicts,
    tables.decisions,
    tables.promotions,
    tables.deployments,
    tables.alerts,
    tables.dataset_layers,
    tables.model_labels,
    tables.alert_words,
    tables.schedules,
)

_HEAD = select(tables.ledger_head.c.sequence, tables.ledger_head.c.hash)
_MOVE_HEAD = update(tables.ledger_head).values(
    sequence=bindparam("new_sequence"), hash=bindparam("new_hash")
)


@attrs.frozen(kw_only=True)
class Teller:
    """Who tells an event: a person or service, in a run, and how it was proved who that is."""

    who: str
    proof: str = ""
    run: str
    run_number: int


@attrs.frozen(kw_only=True)
class Told:
    """What an event says in words."""

    what: str
    subject: str
    why: str = ""
    facts: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class SealedRow:
    """A row of the records that an event of the ledger tells.

    Parameters
    ----------
    event : int
        Its number.
    table : str
        Where the row is.
    row : mapping
        What the digest covers that the event holds as ``facts["row"]``.
    """

    event: int
    table: str
    row: Mapping[str, Any]


def subject_of(model: str, version: int | None) -> str:
    """Name a version of a model as people and events do.

    Examples
    --------
    >>> subject_of("income", 3)
    'income@v3'
    """
    return model if version is None else f"{model}@v{version}"


def record(
    connection: Connection, table: Table, values: Mapping[str, Any], teller: Teller, told: Told
) -> datetime:
    """Insert a row, and append the event that tells it; gives the time of both."""
    take_turns(connection)
    at = now()
    kept = {
        name: clean(value) if isinstance(value, str) else value for name, value in values.items()
    }
    kept |= {"run_number": teller.run_number, _time_column(table): at}
    sealed = {"table": table.name, "row": _seal_of(kept)}
    sequence = append(connection, teller, attrs.evolve(told, facts={**told.facts, **sealed}), at)
    connection.execute(table.insert(), {**kept, "event": sequence})
    return at


def append(connection: Connection, teller: Teller, told: Told, at: datetime | None = None) -> int:
    """Append an event; gives its number."""
    take_turns(connection)
    head = connection.execute(_HEAD).one()
    sequence = int(head.sequence) + 1
    event = {
        "sequence": sequence,
        "at": at or now(),
        "who": clean(teller.who),
        "what": told.what,
        "subject": clean(told.subject),
        "why": clean(told.why),
        "facts": {**told.facts, **({"proof": teller.proof} if teller.proof else {})},
        "run": teller.run,
        "previous": head.hash,
    }
    event["hash"] = digest_json(event)
    connection.execute(tables.events.insert(), event)
    connection.execute(_MOVE_HEAD, {"new_sequence": event["sequence"], "new_hash": event["hash"]})
    return sequence


def events(connection: Connection, subject: str | None = None) -> tuple[EventRow, ...]:
    """Read the events, the oldest first; of one subject, if it is given."""
    query = select(tables.events).order_by(tables.events.c.sequence)
    if subject is not None:
        query = query.where(tables.events.c.subject == subject)
    return tuple(EventRow(**row) for row in connection.execute(query).mappings())


def sealed_rows(connection: Connection) -> Iterator[SealedRow]:
    """Read every row that an event tells, with exactly what its digest there covers."""
    for table in _SEALED:
        for row in _raw_rows(connection, table, table.c.id):
            values = _decoded(table, row, connection.dialect)
            if row.event is not None and values is not None:
                yield SealedRow(event=row.event, table=table.name, row=_covered(values))


def verify(connection: Connection, known: dict[int, str]) -> tuple[str, ...]:
    """Check the chain, and every row that it tells, one line a problem; fills ``known`` with each hash."""
    told: dict[int, EventRow] = {}
    problems = [*_broken_links(connection, told, known)]
    for table in _SEALED:
        problems += _broken_seals(connection, table, told)
    problems += [
        f"ledger: {_named(event)}: its row in {event.facts['table']} is gone"
        for event in told.values()
        if "row" in event.facts
    ]
    return tuple(problems)


def _broken_links(
    connection: Connection, told: dict[int, EventRow], known: dict[int, str]
) -> Iterator[str]:
    """Walk along the chain; fills ``told`` with the events that can be read, ``known`` with all hashes."""
    expected, previous = 1, _BEGINNING
    for row in _raw_rows(connection, tables.events, tables.events.c.sequence):
        values = _decoded(tables.events, row, connection.dialect)
        event = None if values is None else EventRow(**values)
        known[row.sequence] = row.hash
        if event is not None:
            told[event.sequence] = event
        if event is None or event.hash != _hash_of(event):
            yield f"ledger: event {row.sequence} ({row.what} {row.subject}) was changed"
        if row.sequence > expected:
            yield f"ledger: {_range(expected, row.sequence - 1)} gone"
        elif row.previous != previous:
            yield f"ledger: event {row.sequence} does not follow the one before; one was replaced"
        expected, previous = row.sequence + 1, row.hash
    yield from _broken_end(connection, expected - 1, previous)


def _broken_end(connection: Connection, last: int, last_hash: str) -> Iterator[str]:
    head = connection.execute(_HEAD).one_or_none()
    if head is None:
        yield "ledger: its end is not recorded any more"
    elif head.sequence > last:
        yield f"ledger: {_range(last + 1, head.sequence)} gone"
    elif head.sequence < last:
        yield f"ledger: {_range(head.sequence + 1, last)} added behind its end"
    elif head.hash != last_hash:
        yield f"ledger: event {last} is not the one that was appended last"


def _broken_seals(connection: Connection, table: Table, told: dict[int, EventRow]) -> Iterator[str]:
    """Compare the rows of a table with the events; takes those that are met out of ``told``."""
    for row in _raw_rows(connection, table, table.c.id):
        if row.event is None and table is tables.decisions and row.kind != "approve":
            continue  # whether to train again is no matter of governance
        event = told.pop(row.event, None)
        if event is None or event.facts.get("table") != table.name:
            yield f"{table.name}: no event tells row {row.id}"
            continue
        values = _decoded(table, row, connection.dialect)
        if values is None or _seal_of(values) != event.facts.get("row"):
            yield f"{table.name}: the row of {_named(event)} was changed"


def _raw_rows(connection: Connection, table: Table, order: Column[int]) -> Iterator[Row[Any]]:
    """Read rows as they stand: one that was damaged must not stop the reading of the others."""
    columns = [type_coerce(column, NullType()).label(column.name) for column in table.c]
    rows: Any = connection.execute(select(*columns).order_by(order))
    yield from rows


def _decoded(table: Table, row: Row[Any], dialect: Dialect) -> dict[str, Any] | None:
    """Give the values of a raw row; ``None`` if one of them cannot be read."""
    try:
        return {
            column.name: column.type.process_result_value(value, dialect)
            if isinstance(column.type, Moment | Plain | OneArtifact)
            else value
            for column, value in zip(table.c, row, strict=True)
        }
    except (FourstrokeError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _seal_of(values: Mapping[str, Any]) -> str:
    return digest_json(_covered(values))


def _covered(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give what of a row its digest covers: all but its own number and that of the event."""
    return {
        name: value.to_json() if isinstance(value, Artifact) else value
        for name, value in values.items()
        if name not in {"id", "event"}
    }


def _hash_of(event: EventRow) -> str:
    values = attrs.asdict(event, recurse=False)
    del values["hash"]
    return digest_json(values)


def _named(event: EventRow) -> str:
    return f"event {event.sequence} ({event.what} {event.subject})"


def _range(first: int, last: int) -> str:
    return f"event {first} is" if first == last else f"events {first} to {last} are"


def _time_column(table: Table) -> str:
    return "created" if "created" in table.c else "at"
