"""Where rows live: SQLite beside the server, or PostgreSQL. Slices bring their own tables."""

from parley.storage.base import metadata
from parley.storage.engine import UNAVAILABLE, StorageError, open_engine, shown_url, writing
from parley.storage.migrate import HEAD, migrate, require_writable, revision

__all__ = [
    "HEAD",
    "UNAVAILABLE",
    "StorageError",
    "metadata",
    "migrate",
    "open_engine",
    "require_writable",
    "revision",
    "shown_url",
    "writing",
]
