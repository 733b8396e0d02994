"""Opens the database that a URL names, set up so that what is committed survives the process's death.

SQLite runs in WAL mode with `synchronous=NORMAL`: a committed row survives `kill -9`; a power cut may
cost the last transactions but never the database (https://sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from asyncpg import PostgresError
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

BUSY_TIMEOUT_MS = 10_000
POSTGRES_POOL = 10
UNAVAILABLE: tuple[type[Exception], ...] = (SQLAlchemyError, OSError, PostgresError)
"""What using a database that is away, full or locked may raise: connecting raises asyncpg's errors as they are."""


class StorageError(Exception):
    """The database cannot be used; the message says which and why, without its password."""


def open_engine(url: str) -> AsyncEngine:
    """An engine for `sqlite:///path`, `postgresql://…` or `postgres://…`; no connection stays open yet.

    An SQLite file and its folder are made when missing, for their owner's eyes alone. Raises StorageError when the URL names neither, or a file
    that cannot be opened.
    """
    parsed = _with_driver(url)
    if parsed.get_backend_name() == "postgresql":
        return create_async_engine(
            parsed,
            pool_size=POSTGRES_POOL,
            pool_pre_ping=True,
            connect_args={
                "timeout": 10,
                "command_timeout": 30,
                "server_settings": {"application_name": "parley"},
            },
        )
    if parsed.database and parsed.database != ":memory:":
        _try_sqlite(Path(parsed.database))
    engine = create_async_engine(parsed)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that will write: commits at the end, rolls back on an error.

    On SQLite it takes the write lock at once, so that it waits for its turn where a transaction that
    reads first would fail as soon as somebody else has written (SQLITE_BUSY_SNAPSHOT).
    """
    async with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as connection:
        yield connection


def shown_url(url: str) -> str:
    """The URL as it may be shown: without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "an address that is not understood"


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StorageError(
            "DATABASE_URL is not an address like sqlite:///path or postgresql://host/name."
        ) from None
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    if backend in {"postgres", "postgresql"}:
        query = dict(parsed.query)
        if "sslmode" in query:
            query["ssl"] = query.pop("sslmode")  # libpq's name, which hosts print; asyncpg's is ssl
        return parsed.set(drivername="postgresql+asyncpg", query=query)
    raise StorageError(f"DATABASE_URL names {backend}; only sqlite and postgresql are known.")


def _try_sqlite(path: Path) -> None:
    # aiosqlite's thread outlives a failed connect, and complains on stderr when the loop is gone by then.
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # SQLite gives its journal the same mode. The mode of a file that is there is its owner's decision.
        path.touch(mode=0o600)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
            # Here, where one does it: of several that do it to a new file at once, SQLite tells some that it is locked,
            # and lets none of them wait. Once it is done, each further connection finds it so.
            connection.execute("PRAGMA journal_mode = WAL")
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"The database {path} cannot be used: {error}") from error


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # No implicit BEGIN by the driver: it would come late, and not at all before DDL.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
