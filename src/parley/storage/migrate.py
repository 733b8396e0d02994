"""Brings a database to the shape that this version of the code expects.

Called at every start: costs two statements when there is nothing to do, and is safe when several processes
start at once, since the first takes a lock and the others then find nothing to do. Everything happens in one
transaction, or not at all.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.storage.engine import UNAVAILABLE, StorageError, shown_url, writing

HEAD = "0003"
"""The newest revision in `migrations/versions`, kept here so that a start need not load Alembic."""

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x9A71E7
"""The key of PostgreSQL's advisory lock around a migration; any number of our own."""


async def revision(engine: AsyncEngine) -> str | None:
    """The revision that the database is at; None when it is empty. Raises StorageError when unreachable."""
    try:
        async with engine.connect() as connection:
            return await _revision(connection)
    except UNAVAILABLE as error:
        raise _unusable(engine, error) from error


async def migrate(engine: AsyncEngine) -> bool:
    """Bring the database to HEAD; says whether there was anything to do.

    Raises StorageError, also when there is nothing to do but nothing could be written later.
    """
    if await revision(engine) == HEAD:
        await require_writable(engine)
        return False
    try:
        async with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            found = await _revision(connection)
            if found == HEAD:
                return False
            if found is not None and found > HEAD:
                raise StorageError(
                    f"The database {shown_url(str(engine.url))} is at revision {found}, which a newer version "
                    f"of Parley has made; this version knows {HEAD}. Run the newer version."
                )
            await connection.run_sync(_upgrade)
    except UNAVAILABLE as error:
        raise _unusable(engine, error) from error
    return True


async def require_writable(engine: AsyncEngine) -> None:
    """Raises StorageError when the database has tables, but is read-only: a file's mode, a standby."""
    try:
        async with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                # Asked and not tried, since this role need not have a right to the table of revisions.
                if await connection.scalar(text("SHOW transaction_read_only")) == "on":
                    raise _unusable(engine, "it is read-only")
            else:
                # BEGIN IMMEDIATE takes a file that is read-only; what would write does not, though it finds nothing.
                await connection.execute(text("DELETE FROM alembic_version WHERE 0"))
    except UNAVAILABLE as error:
        raise _unusable(engine, error) from error


async def _revision(connection: AsyncConnection) -> str | None:
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return None
    found: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(connection: Connection) -> None:
    # Alembic takes a quarter of a second to import, and most starts have nothing for it to do.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _unusable(engine: AsyncEngine, cause: Exception | str) -> StorageError:
    cause = getattr(cause, "orig", None) or cause
    return StorageError(f"The database {shown_url(str(engine.url))} cannot be used: {cause}")
