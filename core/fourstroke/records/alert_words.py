"""What people, and the rules of alerting, say of an alert: seen to, muted, over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
from sqlalchemy import select

from fourstroke.records import ledger, tables
from fourstroke.records.ledger import Told

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from fourstroke.records.ledger import Teller

WordKind = Literal["told", "acknowledged", "muted", "unmuted", "resolved"]


@attrs.frozen(kw_only=True)
class AlertWord:
    """Something that was said of an alert; the latest counts.

    Parameters
    ----------
    model, key : str
        Whose alert, and the key that it has window after window.
    kind : {"told", "acknowledged", "muted", "unmuted", "resolved"}
        What was said; ``told`` when the channels had the latest alert.
    until : datetime, optional
        How long it is muted; ``None`` for good.
    why : str
        The reason.
    who : str
        Who said it, by the operating system; empty before it is recorded.
    run : str
        The run that recorded it.
    at : datetime, optional
        When, in UTC; ``None`` before it is recorded.
    """

    model: str
    key: str
    kind: WordKind
    until: datetime | None = None
    why: str = ""
    who: str = ""
    run: str = ""
    at: datetime | None = None


def add(connection: Connection, teller: Teller, word: AlertWord) -> None:
    """Record a word about an alert, and tell the ledger."""
    values = {
        "model": word.model,
        "key": word.key,
        "kind": word.kind,
        "until": word.until,
        "why": word.why,
    }
    facts = {"key": word.key} | ({"until": word.until.isoformat()} if word.until else {})
    told = Told(what=f"alert {word.kind}", subject=word.model, why=word.why, facts=facts)
    ledger.record(connection, tables.alert_words, values, teller, told)


def of_model(connection: Connection, model: str | None = None) -> tuple[AlertWord, ...]:
    """Read what was said of alerts, the oldest first."""
    word, event = tables.alert_words.c, tables.events.c
    query = (
        select(tables.alert_words, event.who, event.run)
        .join(tables.events, event.sequence == word.event)
        .order_by(word.id)
    )
    if model is not None:
        query = query.where(word.model == model)
    return tuple(
        AlertWord(
            model=row.model,
            key=row.key,
            kind=row.kind,
            until=row.until,
            why=row.why,
            who=row.who,
            run=row.run,
            at=row.at,
        )
        for row in connection.execute(query)
    )
