"""Connection history on both databases: written soon, once, without holding anybody up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from parley.accounts import Desk, NewAccount
from parley.lobby import history as module
from parley.lobby.history import BATCH, DAY_MS, History
from parley.lobby.kept import GONE, KeptHistory
from parley.lobby.pairs import EndedPair
from parley.storage import writing
from tests.support.callers import PASSWORD
from tests.support.clock import ManualClock
from tests.support.meanwhile import Meanwhile

from .people import HERE

PAIR = EndedPair("room-1", "chat", "ann", "bob", 1_750_000_000_000, 1_750_000_060_000, "skipped")


@pytest.fixture
def history(engine: AsyncEngine) -> History:
    return History(engine, ManualClock(), retention_days=30)


async def test_what_was_recorded_is_read_back_by_either_person(history: History) -> None:
    history.record(PAIR)
    await history.write()
    assert await history.recent("ann") == [PAIR] == await history.recent("bob")
    assert await history.recent("cat") == []
    assert (history.recorded, history.pending, history.dropped) == (1, 0, 0)


async def test_the_newest_come_first_and_no_more_than_asked(history: History) -> None:
    pairs = [replace(PAIR, room_id=f"room-{n}", ended_at=PAIR.ended_at + n) for n in range(5)]
    for pair in pairs:
        history.record(pair)
    await history.write()
    assert await history.recent("ann", limit=3) == pairs[:1:-1]


async def test_recording_twice_keeps_one_row(history: History) -> None:
    history.record(PAIR)
    await history.write()
    history.record(PAIR)
    history.record(replace(PAIR, room_id="room-2", ended_at=PAIR.ended_at + 1))
    await history.write()
    assert [pair.room_id for pair in await history.recent("ann")] == ["room-2", "room-1"]


async def test_closing_writes_what_still_waits(history: History) -> None:
    history.start()
    for number in range(BATCH + 10):
        history.record(replace(PAIR, room_id=f"room-{number}"))
    await history.close()
    assert history.recorded == BATCH + 10
    assert len(await history.recent("ann", limit=BATCH * 2)) == BATCH + 10


async def test_closing_one_that_was_never_started_writes_too(history: History) -> None:
    history.record(PAIR)
    await history.close()
    assert await history.recent("ann") == [PAIR]


async def test_beyond_its_bound_the_oldest_are_dropped_and_counted(engine: AsyncEngine) -> None:
    history = History(engine, ManualClock(), retention_days=30, capacity=3)
    for number in range(5):
        history.record(replace(PAIR, room_id=f"room-{number}", ended_at=PAIR.ended_at + number))
    assert (history.pending, history.dropped) == (3, 2)
    await history.write()
    assert [pair.room_id for pair in await history.recent("ann")] == ["room-4", "room-3", "room-2"]


async def test_rows_wait_while_the_database_is_away_and_keep_their_bound(
    engine: AsyncEngine,
) -> None:
    history = History(engine, ManualClock(), retention_days=30, capacity=3)
    await rename(engine, "connection_history", "away")
    for number in range(3):
        history.record(replace(PAIR, room_id=f"room-{number}", ended_at=PAIR.ended_at + number))
    with pytest.raises(SQLAlchemyError):
        await history.write()
    assert (history.pending, history.dropped, history.recorded) == (3, 0, 0)
    await rename(engine, "away", "connection_history")
    await history.write()
    assert [pair.room_id for pair in await history.recent("ann")] == ["room-2", "room-1", "room-0"]


async def test_the_writer_goes_on_when_the_database_is_back(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    history = History(engine, ManualClock(), retention_days=30)
    await rename(engine, "connection_history", "away")
    history.record(PAIR)
    history.start()
    await history.away.wait()
    await rename(engine, "away", "connection_history")
    await history.close()
    assert await history.recent("ann") == [PAIR]


async def test_what_cannot_be_written_at_the_end_is_counted(
    history: History, engine: AsyncEngine
) -> None:
    await rename(engine, "connection_history", "away")
    history.start()
    history.record(PAIR)
    await history.close()
    assert (history.pending, history.dropped, history.recorded) == (0, 1, 0)


async def test_a_row_that_the_database_refuses_does_not_hold_up_the_others(
    history: History,
) -> None:
    broken: Any = replace(PAIR, ended_by=None)
    history.record(broken)
    await history.write()
    assert (history.pending, history.dropped) == (0, 1)
    history.record(PAIR)
    await history.write()
    assert await history.recent("ann") == [PAIR]


async def test_purging_forgets_what_is_older_and_nothing_else(history: History) -> None:
    newer = replace(PAIR, room_id="room-2", ended_at=PAIR.ended_at + 1)
    history.record(PAIR)
    history.record(newer)
    await history.write()
    assert await history.purge(newer.ended_at) == 1
    assert await history.recent("ann") == [newer]


async def test_what_is_older_than_the_retention_goes_at_the_start(engine: AsyncEngine) -> None:
    clock = ManualClock()
    history = History(engine, clock, retention_days=30)
    history.record(replace(PAIR, room_id="old", ended_at=clock.wall() - 30 * DAY_MS - 1))
    history.record(replace(PAIR, room_id="young", ended_at=clock.wall() - 30 * DAY_MS))
    await history.write()
    history.start()
    await history.close()
    assert [pair.room_id for pair in await history.recent("ann")] == ["young"]


async def rename(engine: AsyncEngine, before: str, after: str) -> None:
    async with writing(engine) as connection:
        await connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))


async def test_what_is_written_during_a_deletion_does_not_name_who_is_deleted(
    desk: Desk, engine: AsyncEngine, history: History
) -> None:
    user = await desk.accounts.register(NewAccount(username="ann", password=PASSWORD))
    tokens = await desk.sessions.open(user, HERE)
    principal = await desk.sessions.authenticate(tokens.access_token)
    history.gone = desk.accounts.gone
    history.record(replace(PAIR, person_a=user.id, person_b="g_bob"))
    last = Meanwhile(engine, history.write)
    desk.accounts.keepers.append(last)
    await desk.accounts.delete(principal, PASSWORD, HERE)
    await last.done()
    assert await history.recent(user.id) == []
    assert [pair.person_a for pair in await history.recent("g_bob")] == [GONE]


async def test_two_who_have_often_met_may_be_forgotten_at_once(
    engine: AsyncEngine, history: History
) -> None:
    for number in range(40):
        a, b = ("ann", "bob") if number % 2 else ("bob", "ann")
        history.record(replace(PAIR, room_id=f"room-{number}", person_a=a, person_b=b))
    await history.write()
    kept = KeptHistory(engine)

    async def forget(person: str) -> None:
        async with writing(engine) as connection:
            await kept.forget(connection, person)

    async with engine.connect(), engine.connect():
        pass  # so that neither has to open one, and both come to it at the same time
    await asyncio.gather(forget("ann"), forget("bob"))
    assert await history.recent("ann") == await history.recent("bob") == []
    assert len(await history.recent(GONE, limit=100)) == 40
