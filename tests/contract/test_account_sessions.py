"""A session is one device's; it ends when it is told to, and a copied token ends it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from parley.accounts import Desk, Device, NewAccount, User
from parley.accounts.errors import InvalidCredentials
from parley.accounts.passwords import hash_password
from parley.accounts.schemas import Tokens
from parley.accounts.sessions import MAX_SESSIONS
from parley.accounts.tables import sessions, users
from parley.kernel.errors import InvalidToken, NotFound
from parley.kernel.ids import SystemIds
from parley.settings import Settings
from parley.storage import writing
from tests.support.callers import PASSWORD
from tests.support.clock import ManualClock

from .people import HERE

DAY = 86_400


@pytest.fixture
async def user(desk: Desk) -> User:
    return await desk.accounts.register(NewAccount(username="bob", password=None))


async def refused(desk: Desk, *tokens: str) -> None:
    for token in tokens:
        with pytest.raises(InvalidToken):
            await desk.sessions.authenticate(token)
        with pytest.raises(InvalidToken):
            await desk.sessions.refresh(token, HERE)


async def test_an_access_token_is_good_for_15_minutes(
    desk: Desk, user: User, clock: ManualClock
) -> None:
    tokens = await desk.sessions.open(user, HERE)
    principal = await desk.sessions.authenticate(tokens.access_token)
    assert principal.user.id == user.id
    assert principal.expires_at == clock.wall() + 900_000
    clock.advance(899)
    await desk.sessions.authenticate(tokens.access_token)
    clock.advance(1)
    await refused(desk, tokens.access_token)


async def test_a_session_is_over_after_seven_days_however_often_it_was_refreshed(
    desk: Desk, user: User, clock: ManualClock
) -> None:
    tokens = await desk.sessions.open(user, HERE)
    for _ in range(7):
        clock.advance(DAY - 1)
        _, tokens = await desk.sessions.refresh(tokens.refresh_token, HERE)
    principal = await desk.sessions.authenticate(tokens.access_token)
    assert principal.expires_at == clock.wall() + 7_000
    clock.advance(7)
    await refused(desk, tokens.access_token, tokens.refresh_token)
    assert await desk.sessions.purge() == 1


async def test_a_lasting_token_is_good_for_seven_days_and_refreshes_nothing(
    desk: Desk, user: User, clock: ManualClock
) -> None:
    token = await desk.sessions.open_token(user, HERE)
    clock.advance(7 * DAY - 1)
    principal = await desk.sessions.authenticate(token)
    assert principal.user.id == user.id
    for forged in (f"{principal.session_id}.x", f"{principal.session_id}.", token):
        with pytest.raises(InvalidToken):
            await desk.sessions.refresh(forged, HERE)
    await desk.sessions.authenticate(token)
    clock.advance(1)
    await refused(desk, token)


async def test_a_refresh_token_works_once_and_the_next_one_once_more(
    desk: Desk, user: User
) -> None:
    tokens = await desk.sessions.open(user, HERE)
    for _ in range(3):
        found, fresh = await desk.sessions.refresh(tokens.refresh_token, HERE)
        assert found.id == user.id
        assert fresh.refresh_token != tokens.refresh_token
        assert fresh.access_token != tokens.access_token
        assert (await desk.sessions.authenticate(fresh.access_token)).user.id == user.id
        tokens = fresh


async def test_a_refresh_token_that_is_used_twice_ends_its_session_for_everybody(
    desk: Desk, user: User
) -> None:
    told: list[Any] = []
    desk.sessions.ended = lambda *what: told.append(what)
    first, other = [await desk.sessions.open(user, HERE) for _ in range(2)]
    _, second = await desk.sessions.refresh(first.refresh_token, HERE)
    _, third = await desk.sessions.refresh(second.refresh_token, HERE)
    with pytest.raises(InvalidToken):
        await desk.sessions.refresh(first.refresh_token, HERE)
    await refused(desk, third.access_token, third.refresh_token, second.access_token)
    assert told == [(user.id, [third.refresh_token.partition(".")[0]], "reused")]
    await desk.sessions.authenticate(other.access_token)


async def test_of_20_refreshes_at_once_at_most_one_leaves_a_live_token(
    desk: Desk, user: User
) -> None:
    tokens = await desk.sessions.open(user, HERE)
    tries = [desk.sessions.refresh(tokens.refresh_token, HERE) for _ in range(20)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    won = [one for one in found if not isinstance(one, BaseException)]
    assert len(won) == 1
    assert sum(isinstance(one, InvalidToken) for one in found) == 19
    await refused(desk, won[0][1].access_token, won[0][1].refresh_token)


@pytest.mark.parametrize(
    "token",
    [None, 7, "", ".", "a.", ".b", "\x00.\x00", "\ud800.x", "\u00e9.x", "x" * 600, b"a.b", ["a.b"]],
)
async def test_what_is_no_refresh_token_is_refused(desk: Desk, user: User, token: Any) -> None:
    with pytest.raises(InvalidToken):
        await desk.sessions.refresh(token, HERE)
    with pytest.raises(InvalidToken):
        await desk.sessions.end_by_refresh_token(token)


async def test_an_ended_session_ends_both_its_tokens_and_no_other(desk: Desk, user: User) -> None:
    told: list[Any] = []
    desk.sessions.ended = lambda *what: told.append(what)
    here, there = [await desk.sessions.open(user, HERE) for _ in range(2)]
    principal = await desk.sessions.authenticate(here.access_token)
    await desk.sessions.end(principal)
    await desk.sessions.end(principal)
    await refused(desk, here.access_token, here.refresh_token)
    assert told == [(user.id, [principal.session_id], "logout")]
    await desk.sessions.authenticate(there.access_token)
    await desk.sessions.end_by_refresh_token(there.refresh_token)
    await refused(desk, there.access_token, there.refresh_token)
    assert len(told) == 2


async def test_nobody_ends_or_sees_a_session_of_somebody_else(desk: Desk, user: User) -> None:
    eve = await desk.accounts.register(NewAccount(username="eve", password=None))
    mine = await desk.sessions.authenticate((await desk.sessions.open(user, HERE)).access_token)
    hers = await desk.sessions.authenticate((await desk.sessions.open(eve, HERE)).access_token)
    for session_id in (mine.session_id, "nothing", "' OR 1=1 --"):
        with pytest.raises(NotFound):
            await desk.sessions.revoke(eve.id, session_id)
    assert [one.id for one in await desk.sessions.all_of(user.id)] == [mine.session_id]
    assert [one.id for one in await desk.sessions.all_of(eve.id)] == [hers.session_id]
    await desk.sessions.revoke(user.id, mine.session_id)
    with pytest.raises(NotFound):
        await desk.sessions.revoke(user.id, mine.session_id)
    assert await desk.sessions.all_of(user.id) == []


async def test_sessions_are_shown_as_they_were_used_last(
    desk: Desk, user: User, clock: ManualClock
) -> None:
    first = await desk.sessions.open(user, Device("192.0.2.1", "old" * 200))
    clock.advance(10)
    second = await desk.sessions.authenticate(await desk.sessions.open_token(user, HERE))
    clock.advance(10)
    await desk.sessions.refresh(first.refresh_token, Device("198.51.100.9", "new"))
    shown = await desk.sessions.all_of(user.id, second.session_id)
    assert [(one.address, one.user_agent, one.current) for one in shown] == [
        ("198.51.100.9", "new", False),
        ("192.0.2.1", "a browser", True),
    ]
    assert shown[0].created_at < shown[1].created_at < shown[0].used_at


async def test_what_ended_is_known_to_every_process(
    desk: Desk, user: User, clock: ManualClock
) -> None:
    tokens = await desk.sessions.open(user, HERE)
    await desk.sessions.open(user, HERE)
    before = clock.wall()
    assert await desk.sessions.ended_since(before) == []
    clock.advance(1)
    principal = await desk.sessions.authenticate(tokens.access_token)
    await desk.sessions.end(principal)
    assert await desk.sessions.ended_since(before) == [(user.id, principal.session_id)]
    assert await desk.sessions.ended_since(clock.wall() + 1) == []


async def test_nobody_has_more_sessions_than_fifty(
    desk: Desk, user: User, clock: ManualClock
) -> None:
    told: list[Any] = []
    desk.sessions.ended = lambda *what: told.append(what)
    opened: list[Tokens] = []
    for _ in range(MAX_SESSIONS + 1):
        clock.advance(1)
        opened.append(await desk.sessions.open(user, HERE))
    await refused(desk, opened[0].access_token)
    await desk.sessions.authenticate(opened[1].access_token)
    assert len(await desk.sessions.all_of(user.id)) == MAX_SESSIONS
    assert told == [(user.id, [opened[0].refresh_token.partition(".")[0]], "revoked")]


async def test_tokens_are_stored_nowhere(desk: Desk, user: User, engine: AsyncEngine) -> None:
    tokens = await desk.sessions.open(user, HERE)
    async with engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM sessions")).all()
    assert tokens.refresh_token.partition(".")[2] not in repr(rows)
    assert tokens.access_token not in repr(rows)


async def test_a_token_of_another_server_is_nobodys(
    desk: Desk, user: User, engine: AsyncEngine, clock: ManualClock, tmp_path: Path
) -> None:
    other = Desk(Settings(data_dir=tmp_path), engine, "another secret", clock, SystemIds())
    await refused(desk, (await other.sessions.open(user, HERE)).access_token)
    other.close()


async def test_who_proved_the_old_password_has_no_session_once_there_is_a_new_one(
    desk: Desk,
) -> None:
    await desk.accounts.register(NewAccount(username="carol", password=PASSWORD))
    proved = await desk.accounts.login(PASSWORD, HERE, username="carol")
    await desk.accounts.set_password(proved.id, "AnotherPass456?")
    with pytest.raises(InvalidCredentials):
        await desk.sessions.open(proved, HERE)
    with pytest.raises(InvalidCredentials):
        await desk.sessions.open_token(proved, HERE)
    assert await desk.sessions.all_of(proved.id) == []


async def test_all_who_sign_in_while_the_hash_becomes_another_kind_get_in(
    desk: Desk, engine: AsyncEngine
) -> None:
    await desk.accounts.register(NewAccount(username="carol", password=PASSWORD))
    old = hash_password(PASSWORD, "bcrypt")
    async with writing(engine) as connection:
        await connection.execute(update(users).values(password_hash=old))

    async def sign_in() -> str:
        user = await desk.accounts.login(PASSWORD, HERE, username="carol")
        return await desk.sessions.open_token(user, HERE)

    for token in await asyncio.gather(*(sign_in() for _ in range(4))):
        principal = await desk.sessions.authenticate(token)
        assert str(principal.user.password_hash).startswith("$argon2id$")


async def test_of_a_session_that_has_ended_it_is_not_kept_whose_device_it_was(
    desk: Desk, user: User, engine: AsyncEngine
) -> None:
    tokens = await desk.sessions.open(user, HERE)
    await desk.sessions.end_by_refresh_token(tokens.refresh_token)
    async with engine.connect() as connection:
        kept = await connection.execute(select(sessions.c.user_agent, sessions.c.address))
        assert kept.all() == [("", "")]
