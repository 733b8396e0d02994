"""Who has blocked whom: one row says that neither may reach the other, whoever of them is a guest or a user."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from parley.storage.base import WallTime, metadata

blocks = Table(
    "blocks",
    metadata,
    Column("blocker", Text, primary_key=True),
    Column("blocked", Text, primary_key=True),
    Column("created_at", WallTime, nullable=False),
    Index(None, "blocked"),
)
