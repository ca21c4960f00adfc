"""What people call versions of models: aliases, tags, descriptions, stages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")
_NAME = "model_labels"


def upgrade() -> None:
    """Add a table that begins empty."""
    op.create_table(
        _NAME,
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("event", _NUMBER),
        sa.Column("run_number", _NUMBER, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.sequence"], name=op.f(f"fk_{_NAME}_event")),
        sa.ForeignKeyConstraint(
            ["run_number"], ["runs.number"], name=op.f(f"fk_{_NAME}_run_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_NAME}")),
        sa.UniqueConstraint("event", name=op.f(f"uq_{_NAME}_event")),
    )
    op.create_index(op.f(f"ix_{_NAME}_run_number"), _NAME, ["run_number"])
    op.create_index(op.f(f"ix_{_NAME}_model_id"), _NAME, ["model", "id"])
