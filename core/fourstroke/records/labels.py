"""Labels: what people call versions of models, and how far they moved them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from fourstroke.records import ledger, tables
from fourstroke.records.ledger import Told, subject_of
from fourstroke.records.rows import LabelRow

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from fourstroke.records.ledger import Teller


def add(connection: Connection, teller: Teller, label: LabelRow) -> None:
    """Record a label, and tell the ledger."""
    values = {
        "model": label.model,
        "version": label.version,
        "kind": label.kind,
        "name": label.name,
        "value": label.value,
        "why": label.why,
    }
    said = {"name": label.name, "value": label.value}
    told = Told(
        what=label.told,
        subject=subject_of(label.model, label.version),
        why=label.why,
        facts={name: text for name, text in said.items() if text},
    )
    ledger.record(connection, tables.model_labels, values, teller, told)


def of_model(connection: Connection, model: str) -> tuple[LabelRow, ...]:
    """Read all labels of a model, the oldest first."""
    label = tables.model_labels.c
    query = select(tables.model_labels).where(label.model == model).order_by(label.id)
    return tuple(
        LabelRow(
            model=row.model,
            version=row.version,
            kind=row.kind,
            name=row.name,
            value=row.value,
            why=row.why,
            at=row.at,
        )
        for row in connection.execute(query)
    )
