"""The lobby's one table: which two people were brought together, when, and how it ended."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from parley.storage.base import RowId, WallTime, metadata

connection_history = Table(
    "connection_history",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("room_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person_a", Text, nullable=False),
    Column("person_b", Text, nullable=False),
    Column("started_at", WallTime, nullable=False),
    Column("ended_at", WallTime, nullable=False),
    Column("ended_by", Text, nullable=False),
    UniqueConstraint("room_id"),
    Index(None, "person_a", "ended_at"),
    Index(None, "person_b", "ended_at"),
    Index(None, "ended_at"),
)
