"""Who has blocked whom: one row says that neither may reach the other, whoever of them is a guest or a user.

`handle` is what the blocker may know of the blocked one: the user's id, when it was blocked by it, else a name
made for this block alone. A stranger who turns out to be a user has a row under each id, with one handle.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from parley.storage.base import WallTime, metadata

blocks = Table(
    "blocks",
    metadata,
    Column("blocker", Text, primary_key=True),
    Column("blocked", Text, primary_key=True),
    Column("handle", Text, primary_key=True),
    Column("created_at", WallTime, nullable=False),
    Index(None, "blocked"),
)
