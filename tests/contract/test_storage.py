"""Both databases are brought to one shape, whoever comes first, and keep it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

import parley.accounts.tables
import parley.lobby.tables
import parley.moderation.tables
from parley.accounts import rules
from parley.accounts.lookalikes import LOOKS
from parley.storage import HEAD, StorageError, metadata, migrate, open_engine, revision, writing
from parley.storage.migrate import MIGRATIONS

OF_0002 = text("""
    INSERT INTO users (id, username, username_key, name, email_verified, role, disabled, custom_status, bio, location,
                       website, country, language, settings, is_premium, created_at, updated_at, last_seen)
    VALUES (:id, :name, :key, '', false, 'user', false, '', '', '', '', '', '', '{}', false, :at, :at, :at)
""")


def _bring_to(connection: Connection, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)


async def test_an_empty_database_is_migrated_once(database_url: str) -> None:
    engine = open_engine(database_url)
    assert await revision(engine) is None
    assert await migrate(engine)
    assert await revision(engine) == HEAD
    assert not await migrate(engine)
    await engine.dispose()


async def test_servers_that_start_at_once_do_not_get_in_each_others_way(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(4)]
    did = await asyncio.gather(*(migrate(engine) for engine in engines))
    assert sorted(did) == [False, False, False, True]
    for engine in engines:
        await engine.dispose()


async def test_the_migrations_make_the_tables_that_the_code_declares(database_url: str) -> None:
    for table in (
        parley.accounts.tables.users,
        parley.lobby.tables.connection_history,
        parley.moderation.tables.blocks,
    ):
        assert table.metadata is metadata
    engine = open_engine(database_url)
    await migrate(engine)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_of_users_whose_names_look_the_same_the_elder_keeps_the_look(
    database_url: str,
) -> None:
    every = "".join(map(chr, LOOKS))
    people = [  # id, name, since when, and the look that it gets
        ("5", "paypal", 1, "paypal"),
        ("4", "rnaria", 2, "rnarla"),
        ("1", "paypa1", 2, None),
        ("2", "maria", 3, None),
        ("3", "\u00e9ric\u2010|0", 3, "e\u0301rlc-lo"),
        ("8", "win", 4, None),
        ("7", "vv1n", 4, "vvln"),
        ("0", "PAYPAI", 5, None),
        ("6", "p\u0966l\u0307", 6, "pol"),
        ("9", every, 7, rules.username_look(rules.username_key(every))),
    ]
    engine = open_engine(database_url)
    async with writing(engine) as connection:
        await connection.run_sync(_bring_to, "0002")
        for person, name, since, _ in people:
            key = rules.check_username(name).key
            await connection.execute(OF_0002, {"id": person, "name": name, "key": key, "at": since})
        await connection.execute(text("INSERT INTO password_resets VALUES ('hash', '5', 9)"))
    assert await migrate(engine)
    async with engine.connect() as connection:
        asked = text("SELECT id, username, username_key, username_look FROM users")
        stored = (await connection.execute(asked)).all()
        assert {(row.id, row.username, row.username_look) for row in stored} == {
            (person, name, look) for person, name, _, look in people
        }
        for row in stored:
            made = rules.check_username(row.username)
            assert row.username_key == made.key
            assert row.username_look in (None, made.look)
        # What refers to a user is there still: it would go with a table that is made anew.
        assert await connection.scalar(text("SELECT user_id FROM password_resets")) == "5"
    await engine.dispose()


def test_the_newest_revision_is_the_one_the_code_expects() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


async def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    engine = open_engine(database_url)
    await migrate(engine)
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="a newer version"):
        await migrate(engine)
    assert await revision(engine) == "9999"
    await engine.dispose()


async def test_a_failed_transaction_leaves_nothing(database_url: str) -> None:
    engine = open_engine(database_url)

    async def fail() -> None:
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE half (id INTEGER)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE half (id INTEGER)"))
    await engine.dispose()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://localhost/parley", "only sqlite and postgresql"),
        ("nonsense", "not an address"),
    ],
)
def test_an_unknown_database_is_refused_in_words(url: str, told: str) -> None:
    with pytest.raises(StorageError, match=told):
        open_engine(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://parley:hunter2@/parley?host=/nowhere",
        "postgres://parley:hunter2@127.0.0.1:1/parley",
    ],
)
async def test_a_database_that_is_away_is_told_without_its_password(url: str) -> None:
    engine = open_engine(url)
    with pytest.raises(StorageError, match="cannot be used") as caught:
        await migrate(engine)
    assert "hunter2" not in str(caught.value)
    await engine.dispose()


def test_a_file_that_cannot_be_a_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear database, " * 100)
    for path in (
        "/proc/parley.db",
        "/proc/none/parley.db",
        f"{tmp_path}/letter",
        f"{tmp_path}/letter/x.db",
    ):
        with pytest.raises(StorageError, match=f"{path} cannot be used"):
            open_engine(f"sqlite:///{path}")


async def test_a_missing_database_on_a_running_server_is_told(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return
    engine = open_engine(database_url.replace("@/parley", "@/nothing"))
    with pytest.raises(StorageError, match="does not exist"):
        await revision(engine)
    await engine.dispose()


async def test_a_server_that_takes_no_writes_is_told(engine: AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        return  # the mode of a file is for the process that meets it: tests/flows/test_serve.py
    async with engine.begin() as connection:
        name = await connection.scalar(text("SELECT current_database()"))
        await connection.execute(
            text(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        )
    await engine.dispose()  # it counts for new connections
    with pytest.raises(StorageError, match="it is read-only"):
        await migrate(engine)


async def test_sqlite_keeps_what_was_committed_when_the_process_is_killed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/parley.db"
    code = f"""
import asyncio, os, signal
from sqlalchemy import text
from parley.storage import open_engine, writing
async def main():
    engine = open_engine({url!r})
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE kept (id INTEGER)"))
        await connection.execute(text("INSERT INTO kept VALUES (7)"))
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    killed = subprocess.run(
        [sys.executable, "-c", code], cwd=MIGRATIONS.parents[2], check=False, timeout=60
    )
    assert killed.returncode == -9
    engine = open_engine(url)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT id FROM kept")) == 7
        assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await connection.scalar(text("PRAGMA foreign_keys")) == 1
    await engine.dispose()


async def test_a_new_sqlite_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "parley.db"
    engine = open_engine(f"sqlite:///{path}")
    await migrate(engine)
    async with engine.connect():  # the journal is there as long as somebody is connected
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    await engine.dispose()
    assert modes["parley.db"] == 0o600
    assert set(modes.values()) == {0o600}


async def test_the_mode_of_a_database_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "parley.db"
    path.touch()
    path.chmod(0o640)
    engine = open_engine(f"sqlite:///{path}")
    await engine.dispose()
    assert path.stat().st_mode & 0o777 == 0o640
