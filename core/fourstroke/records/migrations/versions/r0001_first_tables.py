"""The first tables.

Written out and not taken from `fourstroke.records.tables`, which moves on while this stays.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Make all tables, of which those come first that others refer to."""
    _runs()
    _steps()
    _ledger()
    _catalog_and_registry()
    _governance()
    _operations()


def _runs() -> None:
    _table(
        "runs",
        _id("number"),
        sa.Column("run", sa.String(12), nullable=False),
        _text("kind"),
        *map(_long_text, ("project", "environment", "user_name", "host", "command", "commit_hash")),
        sa.Column("is_dirty", sa.Boolean, nullable=False),
        sa.Column("seed", _NUMBER, nullable=False),
        _long_text("settings"),
        _long_text("versions"),
        _text("state"),
        _long_text("message"),
        _at("started"),
        sa.Column("finished", _MOMENT),
        _text("owner"),
        sa.Column("attempt", sa.Integer, nullable=False),
        _long_text("machine"),
        sa.Column("heartbeat", sa.Float, nullable=False),
        _unique("runs", "run"),
    )
    running = sa.text("state = 'running'")
    op.create_index(
        op.f("ix_runs_running"),
        "runs",
        ["number"],
        sqlite_where=running,
        postgresql_where=running,
    )


def _steps() -> None:
    _table(
        "results",
        _id(),
        _text("name"),
        _text("key"),
        _long_text("parts"),
        _long_text("outputs"),
        _long_text("summary"),
        sa.Column("step_id", _NUMBER, nullable=False),
    )
    _index("results", "key", "name", "id")
    _table(
        "steps",
        _id(),
        *_run("steps"),
        *map(_text, ("name", "cycle", "stage", "state")),
        _long_text("plugin"),
        sa.Column("seconds", sa.Float, nullable=False),
        _long_text("summary"),
        _long_text("reason"),
        _long_text("settings"),
        _text("key"),
        sa.Column("result_id", _NUMBER),
        _long_text("messages"),
        _long_text("attachments"),
        _at("started"),
        sa.Column("finished", _MOMENT),
        _reference("steps", "result_id", "results.id"),
    )
    _index("steps", "run_number")
    _index("steps", "name", "id")
    _table(
        "metrics",
        _id(),
        *_run("metrics"),
        sa.Column("step_id", _NUMBER),
        _text("name"),
        sa.Column("value", sa.Float),
        sa.Column("step", _NUMBER, nullable=False),
        _reference("metrics", "step_id", "steps.id"),
    )
    _index("metrics", "run_number", "step_id")


def _ledger() -> None:
    _table(
        "events",
        sa.Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
        _at("at"),
        _long_text("who"),
        _text("what"),
        *map(_long_text, ("subject", "why", "facts")),
        sa.Column("run", sa.String(12), nullable=False),
        _text("previous"),
        _text("hash"),
    )
    _index("events", "subject")
    head = _table(
        "ledger_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        _text("hash"),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "hash": ""}])


def _catalog_and_registry() -> None:
    _table(
        "dataset_versions",
        _id(),
        *_run("dataset_versions"),
        _text("name"),
        sa.Column("version", sa.Integer, nullable=False),
        _text("digest"),
        _long_text("artifact"),
        sa.Column("row_count", _NUMBER),
        _long_text("columns"),
        _long_text("note"),
        _at("created"),
        _unique("dataset_versions", "name", "version"),
        _unique("dataset_versions", "name", "digest"),
    )
    _index("dataset_versions", "run_number")
    _governed_table(
        "model_versions",
        _text("model"),
        sa.Column("version", sa.Integer, nullable=False),
        _text("digest"),
        *map(_long_text, ("candidate", "artifact", "facts")),
        _at("created"),
        _unique("model_versions", "model", "version"),
        _unique("model_versions", "model", "digest"),
    )
    _governed_table(
        "promotions",
        _text("model"),
        sa.Column("version", sa.Integer, nullable=False),
        _long_text("why"),
        _at("at"),
    )
    _index("promotions", "model", "id")


def _governance() -> None:
    _governed_table(
        "verdicts",
        _text("model"),
        sa.Column("version", sa.Integer),
        _long_text("candidate"),
        _text("outcome"),
        _long_text("body"),
        _at("at"),
    )
    _index("verdicts", "model")
    _governed_table(
        "decisions",
        _text("model"),
        sa.Column("version", sa.Integer, nullable=False),
        _text("kind"),
        _text("answer"),
        _long_text("body"),
        _at("at"),
    )
    _index("decisions", "model", "version")
    _governed_table(
        "deployments",
        _text("model"),
        _text("target"),
        sa.Column("version", sa.Integer, nullable=False),
        _text("kind"),
        _long_text("body"),
        _at("at"),
    )
    _index("deployments", "model")


def _operations() -> None:
    _table(
        "predictions",
        _id(),
        *_run("predictions"),
        _text("model"),
        sa.Column("version", sa.Integer, nullable=False),
        _long_text("data"),
        _long_text("predictions"),
        sa.Column("row_count", _NUMBER, nullable=False),
        _at("at"),
    )
    _index("predictions", "run_number")
    _index("predictions", "model", "version", "id")
    _table(
        "windows",
        _id(),
        *_run("windows"),
        _text("model"),
        sa.Column("version", sa.Integer, nullable=False),
        _at("at"),
    )
    _index("windows", "run_number")
    _index("windows", "model", "version")
    _table(
        "window_batches",
        sa.Column("window_id", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("prediction_id", _NUMBER, primary_key=True, autoincrement=False),
        _reference("window_batches", "window_id", "windows.id"),
        _reference("window_batches", "prediction_id", "predictions.id"),
    )
    _index("window_batches", "prediction_id")
    _table(
        "observations",
        _id(),
        sa.Column("window_id", _NUMBER, nullable=False),
        _long_text("name"),
        _text("status"),
        _long_text("column_name"),
        _long_text("body"),
        _reference("observations", "window_id", "windows.id"),
    )
    _index("observations", "window_id")
    _governed_table(
        "alerts",
        _text("model"),
        sa.Column("version", sa.Integer, nullable=False),
        _long_text("key"),
        _text("severity"),
        _long_text("body"),
        _at("at"),
    )
    _index("alerts", "model")


def _governed_table(name: str, *parts: Any) -> None:
    """Make a table whose rows are each told by an event of the ledger."""
    _table(
        name,
        _id(),
        sa.Column("event", _NUMBER),
        *_run(name),
        *parts,
        _reference(name, "event", "events.sequence"),
        _unique(name, "event"),
    )
    _index(name, "run_number")


def _table(name: str, *parts: Any) -> sa.Table:
    keys = [part.name for part in parts if isinstance(part, sa.Column) and part.primary_key]
    key = sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}"))
    return op.create_table(name, *parts, key)


def _id(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, _NUMBER, primary_key=True)


def _run(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    column = sa.Column("run_number", _NUMBER, nullable=False)
    return column, _reference(table, "run_number", "runs.number")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _long_text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _at(name: str) -> sa.Column[Any]:
    return sa.Column(name, _MOMENT, nullable=False)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
