"""Models at work: who scored what when, labels, windows, words about alerts, schedules."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add columns that older rows leave empty, and tables that begin empty."""
    role = sa.Column("role", sa.String, nullable=False, server_default="champion")
    op.add_column("predictions", role)
    op.add_column("predictions", sa.Column("requests", sa.Text))
    for name in ("first_at", "last_at"):
        op.add_column("predictions", sa.Column(name, _MOMENT))
    op.add_column("predictions", sa.Column("segment", sa.String))
    op.add_column("predictions", sa.Column("sample", sa.Float))
    op.add_column("predictions", sa.Column("compacted", _MOMENT))
    # An index and no constraint: SQLite adds none to a table that is there.
    op.create_index(op.f("ix_predictions_segment"), "predictions", ["segment"], unique=True)
    op.add_column("windows", sa.Column("name", sa.Text, nullable=False, server_default=""))
    for name in ("starts", "ends"):
        op.add_column("windows", sa.Column(name, _MOMENT))
    for name in ("row_count", "labelled"):
        op.add_column("windows", sa.Column(name, _NUMBER))
    op.add_column("windows", sa.Column("report", sa.Text))
    _segments()
    _labels()
    _alerts()
    _schedules()


def _segments() -> None:
    _table(
        "log_segments",
        sa.Column("run_number", _NUMBER, nullable=False),
        sa.Column("segment", sa.String, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("day", sa.String, nullable=False),
        *(
            sa.Column(name, _NUMBER, nullable=False)
            for name in ("row_count", "left_out", "dropped", "damaged")
        ),
        sa.Column("at", _MOMENT, nullable=False),
        _reference("log_segments", "run_number", "runs.number"),
        sa.UniqueConstraint("segment", name=op.f("uq_log_segments_segment")),
    )
    op.create_index(op.f("ix_log_segments_run_number"), "log_segments", ["run_number"])
    op.create_index(op.f("ix_log_segments_model_day"), "log_segments", ["model", "day"])


def _labels() -> None:
    _table(
        "label_batches",
        sa.Column("run_number", _NUMBER, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("artifact", sa.Text, nullable=False),
        sa.Column("row_count", _NUMBER, nullable=False),
        sa.Column("windows", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _reference("label_batches", "run_number", "runs.number"),
    )
    op.create_index(op.f("ix_label_batches_run_number"), "label_batches", ["run_number"])
    op.create_index(op.f("ix_label_batches_model_id"), "label_batches", ["model", "id"])


def _alerts() -> None:
    _table(
        "alert_words",
        *_told("alert_words"),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("until", _MOMENT),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index(op.f("ix_alert_words_run_number"), "alert_words", ["run_number"])
    op.create_index(op.f("ix_alert_words_model_id"), "alert_words", ["model", "id"])


def _schedules() -> None:
    _table(
        "schedules",
        *_told("schedules"),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index(op.f("ix_schedules_run_number"), "schedules", ["run_number"])
    op.create_index(op.f("ix_schedules_name"), "schedules", ["name"])
    _table(
        "firings",
        sa.Column("schedule", sa.String, nullable=False),
        sa.Column("due", _MOMENT, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("run", sa.String(12)),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("began", _MOMENT, nullable=False),
        sa.Column("ended", _MOMENT),
        sa.UniqueConstraint("schedule", "due", name=op.f("uq_firings_schedule_due")),
    )
    op.create_table(
        "leaderships",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leaderships")),
    )


def _told(table: str) -> list[Any]:
    """Give the columns of what the ledger tells."""
    return [
        sa.Column("event", _NUMBER),
        sa.Column("run_number", _NUMBER, nullable=False),
        _reference(table, "event", "events.sequence"),
        _reference(table, "run_number", "runs.number"),
        sa.UniqueConstraint("event", name=op.f(f"uq_{table}_event")),
    ]


def _table(name: str, *parts: Any) -> None:
    key = sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}"))
    op.create_table(name, sa.Column("id", _NUMBER, nullable=False), *parts, key)


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))
