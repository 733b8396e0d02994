"""Who met whom, when, and how it ended; never what was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from parley.storage.base import RowId

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "connection_history",
        sa.Column("id", RowId, nullable=False),
        sa.Column("room_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("person_a", sa.Text, nullable=False),
        sa.Column("person_b", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_connection_history"),
        sa.UniqueConstraint("room_id", name="uq_connection_history_room_id"),
    )
    op.create_index(
        "ix_connection_history_person_a_ended_at", "connection_history", ["person_a", "ended_at"]
    )
    op.create_index(
        "ix_connection_history_person_b_ended_at", "connection_history", ["person_b", "ended_at"]
    )
    op.create_index("ix_connection_history_ended_at", "connection_history", ["ended_at"])


def downgrade() -> None:
    op.drop_table("connection_history")
