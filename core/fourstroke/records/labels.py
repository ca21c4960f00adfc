"""Labels: what people call versions of models, and how far they moved them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs
from sqlalchemy import select

from fourstroke.records import ledger, tables
from fourstroke.records.ledger import Told, subject_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from fourstroke.records.ledger import Teller


LabelKind = Literal["alias", "tag", "description", "stage", "request", "retired"]

_TOLD_OF_LABELS: Final = {
    "alias": "alias set",
    "tag": "tagged",
    "description": "described",
    "stage": "moved",
    "request": "approval requested",
    "retired": "retired",
}


@attrs.frozen(kw_only=True)
class LabelRow:
    """What somebody called a version of a model, or how far it was moved; the latest counts.

    Parameters
    ----------
    model : str
        Its name in the registry.
    version : int, optional
        Which; ``None`` for an alias that was taken away, and for the model as a whole.
    kind : {"alias", "tag", "description", "stage", "request", "retired"}
        What is said by it.
    name : str
        Of an alias or a tag; empty for the others.
    value : str
        Of a tag, a description or a stage; a tag with an empty one was taken away.
    why : str
        The reason.
    at : datetime, optional
        When, in UTC; ``None`` before it is recorded.
    """

    model: str
    version: int | None
    kind: LabelKind
    name: str = ""
    value: str = ""
    why: str = ""
    at: datetime | None = None
    # Which version an alias that is taken away stood for: for the ledger, where it belongs to its history.
    was: int | None = None

    @property
    def told(self) -> str:
        """What the ledger says of it."""
        if self.kind == "alias" and self.version is None:
            return "alias removed"
        if self.kind == "tag" and not self.value:
            return "tag removed"
        return _TOLD_OF_LABELS[self.kind]


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
        subject=subject_of(label.model, label.version or label.was),
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
