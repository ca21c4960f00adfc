"""How the requests of a service were answered: counts of each file of a journal, and of each window."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.String(32).with_variant(sa.DateTime(timezone=True), "postgresql")
_SEEN = "window_segments"


def upgrade() -> None:
    """Add columns that older rows leave empty: of those nobody knows what failed."""
    for name, kind in (("traffic", sa.Text), ("first_at", _MOMENT), ("last_at", _MOMENT)):
        op.add_column("log_segments", sa.Column(name, kind))
    op.add_column("windows", sa.Column("traffic", sa.Text))
    op.create_table(
        _SEEN,
        sa.Column("window_id", _NUMBER, nullable=False),
        sa.Column("segment_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name=op.f(f"fk_{_SEEN}_window_id")),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["log_segments.id"], name=op.f(f"fk_{_SEEN}_segment_id")
        ),
        sa.PrimaryKeyConstraint("window_id", "segment_id", name=op.f(f"pk_{_SEEN}")),
    )
    op.create_index(op.f(f"ix_{_SEEN}_segment_id"), _SEEN, ["segment_id"])
