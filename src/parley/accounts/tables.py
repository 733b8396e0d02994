"""What is stored of people with accounts.

Of a secret only its SHA-256 is stored: whoever reads the database can neither sign in nor come back. Times
are milliseconds since 1970-01-01 UTC. `username_look` is None for who had a name that looks like an elder's when the column
was made, and keeps the name. `sessions` outlive their user until they expire, emptied of what says
anything about them, so that a token of a deleted account stays known as ended.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from parley.storage.base import RowId, WallTime, metadata

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("username", Text, nullable=False),
    Column("username_key", Text, nullable=False, unique=True),
    Column("username_look", Text, nullable=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=True),
    Column("email_key", Text, nullable=True, unique=True),
    Column("email_verified", Boolean, nullable=False),
    Column("password_hash", Text, nullable=True),
    Column("role", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("status", Text, nullable=True),
    Column("custom_status", Text, nullable=False),
    Column("avatar", Text, nullable=True),
    Column("bio", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("website", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("settings", Text, nullable=False),
    Column("is_premium", Boolean, nullable=False),
    Column("created_at", WallTime, nullable=False),
    Column("updated_at", WallTime, nullable=False),
    Column("last_seen", WallTime, nullable=False),
    Index(None, "username_look", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("secret_hash", Text, nullable=True),
    Column("created_at", WallTime, nullable=False),
    Column("used_at", WallTime, nullable=False),
    Column("expires_at", WallTime, nullable=False),
    Column("revoked_at", WallTime, nullable=True),
    Column("user_agent", Text, nullable=False),
    Column("address", Text, nullable=False),
    Index(None, "user_id"),
    Index(None, "expires_at"),
    Index(None, "revoked_at"),
)

password_resets = Table(
    "password_resets",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", WallTime, nullable=False),
    Index(None, "user_id"),
)

identities = Table(
    "identities",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("email", Text, nullable=True),
    Column("created_at", WallTime, nullable=False),
    UniqueConstraint("provider", "subject"),
    Index(None, "user_id"),
)

meeting_activity = Table(
    "meeting_activity",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("meeting_code", Text, nullable=False),
    Column("date", WallTime, nullable=False),
    Index(None, "user_id", "date"),
)
