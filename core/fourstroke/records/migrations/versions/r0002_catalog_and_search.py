"""The catalog's cards, layers and profiles; what runs are searched by; what they are repeated from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add columns that older rows leave empty, and tables that begin empty."""
    for name in ("provenance", "source"):
        op.add_column("runs", sa.Column(name, sa.Text))
    for name in ("profile", "card", "origins"):
        op.add_column("dataset_versions", sa.Column(name, sa.Text))
    op.create_index(op.f("ix_metrics_name_run_number"), "metrics", ["name", "run_number"])
    op.create_index(op.f("ix_runs_started_state_kind"), "runs", ["started", "state", "kind"])
    _search()
    _catalog()


def _search() -> None:
    _table(
        "tags",
        _key("run_number"),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        _reference("tags", "run_number", "runs.number"),
    )
    op.create_index(op.f("ix_tags_name_value"), "tags", ["name", "value"])
    _table(
        "parameters",
        _key("run_number"),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("number", sa.Float),
        _reference("parameters", "run_number", "runs.number"),
    )
    op.create_index(op.f("ix_parameters_name_number"), "parameters", ["name", "number"])
    _table(
        "run_metrics",
        _key("run_number"),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Float),
        _reference("run_metrics", "run_number", "runs.number"),
    )
    op.create_index(
        op.f("ix_run_metrics_name_value_run_number"),
        "run_metrics",
        ["name", "value", "run_number"],
    )
    _table(
        "run_datasets",
        _key("run_number"),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        _reference("run_datasets", "run_number", "runs.number"),
    )
    op.create_index(op.f("ix_run_datasets_name_version"), "run_datasets", ["name", "version"])


def _catalog() -> None:
    _table(
        "dataset_layers",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("event", _NUMBER),
        sa.Column("run_number", _NUMBER, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("layer", sa.String, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _reference("dataset_layers", "event", "events.sequence"),
        _reference("dataset_layers", "run_number", "runs.number"),
        sa.UniqueConstraint("event", name=op.f("uq_dataset_layers_event")),
    )
    op.create_index(op.f("ix_dataset_layers_run_number"), "dataset_layers", ["run_number"])
    op.create_index(op.f("ix_dataset_layers_name_id"), "dataset_layers", ["name", "id"])


def _table(name: str, *parts: Any) -> None:
    keys = [part.name for part in parts if isinstance(part, sa.Column) and part.primary_key]
    op.create_table(name, *parts, sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")))


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, _NUMBER, primary_key=True, autoincrement=False)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))
