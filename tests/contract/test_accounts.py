"""Accounts keep their promises on each database: one owner for each name, and a password that is the only way in."""

from __future__ import annotations

import asyncio
from typing import Any

import bcrypt
import pytest
from msgspec import UNSET
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from parley.accounts import Desk, Device, StatusChange, User, passwords
from parley.accounts.errors import AccountDisabled, InvalidCredentials, WeakPassword
from parley.accounts.schemas import PasswordChange, ProfileChange
from parley.accounts.tables import sessions, users
from parley.accounts.user import UserSettings, UserSettingsChange
from parley.kernel.errors import BadRequest, InvalidToken, NotFound, RateLimited, TooLarge
from parley.lobby.tables import connection_history
from parley.storage import writing
from tests.support.callers import PASSWORD
from tests.support.clock import ManualClock

from .people import HERE, bob


async def test_an_account_is_what_was_asked_for_and_nothing_more(desk: Desk) -> None:
    user = await bob(desk)
    assert user == await desk.accounts.user(user.id)
    assert (user.username, user.email, user.role) == ("bob", "bob@example.com", "user")
    assert (user.is_premium, user.disabled, user.email_verified) == (False, False, False)
    assert user.status is None
    assert user.password_hash is not None
    assert PASSWORD not in user.password_hash
    assert len(user.id) == 24


async def test_an_address_alone_gets_a_name_made_up(desk: Desk) -> None:
    one = await bob(desk, username=None, email="j.doe+x@example.com")
    other = await bob(desk, username=None, email="j.doe+x@example.org")
    assert one.username.startswith("jdoex_")
    assert one.username != other.username
    assert (await bob(desk, username=None, email="\u4f8b@example.net")).username.startswith("user_")
    with pytest.raises(BadRequest):
        await bob(desk, username=None, email=None)


async def test_a_login_takes_the_right_password_by_either_name(desk: Desk) -> None:
    user = await bob(desk)
    for by in ({"email": "Bob@EXAMPLE.com"}, {"username": "BOB"}):
        assert (await desk.accounts.login(PASSWORD, HERE, **by)).id == user.id
        for wrong in (PASSWORD.lower(), PASSWORD + " ", "", "x" * 1024):
            with pytest.raises(InvalidCredentials):
                await desk.accounts.login(wrong, Device("198.51.100.7"), **by)
        desk.accounts.failures = type(desk.accounts.failures)(ManualClock())
    with pytest.raises(TooLarge):
        await desk.accounts.login("x" * 1025, HERE, username="bob")
    with pytest.raises(BadRequest):
        await desk.accounts.login(PASSWORD, HERE)


@pytest.mark.parametrize(
    "name", ["nobody", "", " ", "b\x00b", "' OR 1=1 --", "%", "_ob", "\U0001f600" * 60, "bob\u0301"]
)
async def test_whoever_is_not_there_is_refused_like_a_wrong_password(desk: Desk, name: str) -> None:
    await bob(desk)
    for by in ({"email": name}, {"username": name}):
        with pytest.raises((InvalidCredentials, BadRequest)) as refused:
            await desk.accounts.login(PASSWORD, HERE, **by)
        if name:
            assert refused.value.to_problem() == InvalidCredentials().to_problem()


async def test_whoever_is_not_there_costs_as_much_as_a_wrong_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bob(desk)
    with pytest.raises(InvalidCredentials):
        await desk.accounts.login("the first", HERE, username="nobody")
    done: list[str] = []

    def watched(work: Any) -> Any:
        def run(password: str, how: str) -> Any:
            done.append(f"{work.__name__} {how.rpartition('p=')[0]}")
            return work(password, how)

        return run

    for work in (passwords.verify_password, passwords.hash_password):
        monkeypatch.setattr(passwords, work.__name__, watched(work))
    for who in ({"username": "bob"}, {"username": "nobody"}, {"email": "no@example.com"}):
        with pytest.raises(InvalidCredentials):
            await desk.accounts.login("Wrong-Pass123!", HERE, **who)
        assert done == ["verify_password $argon2id$v=19$m=19456,t=2,"]
        done.clear()


async def test_five_failures_lock_an_address_out_of_an_account_and_successes_do_not(
    desk: Desk, clock: ManualClock
) -> None:
    await bob(desk)
    for _ in range(10):
        await desk.accounts.login(PASSWORD, HERE, username="bob")
    tries = [desk.accounts.login("wrong", HERE, username="bob") for _ in range(20)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, InvalidCredentials) for one in found) == 5
    assert sum(isinstance(one, RateLimited) for one in found) == 15
    with pytest.raises(RateLimited):
        await desk.accounts.login(PASSWORD, HERE, email="bob@example.com")
    await desk.accounts.login(PASSWORD, Device("192.0.2.2"), username="bob")
    clock.advance(900)
    await desk.accounts.login(PASSWORD, HERE, username="bob")


async def test_a_login_brings_an_old_hash_up_to_date(desk: Desk, engine: AsyncEngine) -> None:
    user = await bob(desk)
    plain = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    async with writing(engine) as connection:
        await connection.execute(users.update().values(password_hash=plain))
    await desk.accounts.login(PASSWORD, HERE, username="bob")
    fresh = (await desk.accounts.user(user.id)).password_hash
    assert fresh is not None
    assert fresh.startswith("$argon2id$")
    await desk.accounts.login(PASSWORD, HERE, username="bob")
    assert (await desk.accounts.user(user.id)).password_hash == fresh


async def test_a_profile_keeps_what_was_typed_and_what_was_left_out(desk: Desk) -> None:
    user = await bob(desk)
    typed = "<b>Robert'); DROP TABLE users;--</b> \U0001f600 \u202e"
    change = ProfileChange(
        bio=f"{typed}\nline", location="Bengaluru", website="https://example.com"
    )
    changed = await desk.accounts.update_profile(user.id, change)
    assert changed.bio == f"{typed}\nline"
    changed = await desk.accounts.update_profile(
        user.id, ProfileChange(settings=UserSettingsChange(theme="dark"), name=typed)
    )
    assert (changed.location, changed.name, changed.settings.theme) == ("Bengaluru", typed, "dark")
    assert changed.settings.notifications
    changed = await desk.accounts.update_profile(
        user.id, ProfileChange(settings=UserSettingsChange(notifications=False))
    )
    assert changed.settings.theme == "dark"
    for wrong in (
        ProfileChange(bio="a\x00"),
        ProfileChange(website="javascript:x"),
        ProfileChange(custom_status="\x1b[31m"),
    ):
        with pytest.raises(BadRequest):
            await desk.accounts.update_profile(user.id, wrong)
    with pytest.raises(NotFound):
        await desk.accounts.update_profile("0" * 24, ProfileChange(name="x"))
    with pytest.raises(NotFound):
        await desk.accounts.update_profile(
            "0" * 24, ProfileChange(settings=UserSettingsChange(theme="dark"))
        )


async def test_of_settings_changed_at_once_none_is_lost(desk: Desk) -> None:
    user = await bob(desk)
    for wanted in (UserSettings("dark", False, True), UserSettings("light", True, False)) * 4:
        one_by_one = (
            UserSettingsChange(theme=wanted.theme),
            UserSettingsChange(notifications=wanted.notifications),
            UserSettingsChange(encryption=wanted.encryption),
        )
        changes = [ProfileChange(settings=change) for change in one_by_one]
        changes += [ProfileChange(bio="another"), ProfileChange(location="elsewhere")]
        await asyncio.gather(*(desk.accounts.update_profile(user.id, each) for each in changes))
        assert (await desk.accounts.user(user.id)).settings == wanted


async def test_a_status_is_told_after_it_is_stored(desk: Desk) -> None:
    user = await bob(desk)
    told: list[User] = []
    desk.accounts.status_changed = told.append
    await desk.accounts.set_status(user.id, StatusChange("dnd", "In a meeting"))
    await desk.accounts.set_status(user.id, StatusChange("away"))
    assert [(one.status, one.custom_status) for one in told] == [
        ("dnd", "In a meeting"),
        ("away", "In a meeting"),
    ]
    assert (await desk.accounts.user(user.id)).availability == "away"


async def test_a_new_password_ends_all_other_sessions_and_the_old_password(desk: Desk) -> None:
    user = await bob(desk)
    here, there = [await desk.sessions.open(user, HERE) for _ in range(2)]
    principal = await desk.sessions.authenticate(here.access_token)
    ended: list[Any] = []
    desk.sessions.ended = lambda *told: ended.append(told)
    new = "NewPass123!"
    for current, other, refusal in (
        ("wrong", UNSET, InvalidCredentials),
        (PASSWORD, "NewPass124!", BadRequest),
    ):
        with pytest.raises(refusal):
            await desk.accounts.change_password(
                principal, PasswordChange(current, new, other), HERE
            )
    with pytest.raises(WeakPassword):
        await desk.accounts.change_password(principal, PasswordChange(PASSWORD, "weak"), HERE)
    assert ended == []
    await desk.accounts.change_password(principal, PasswordChange(PASSWORD, new, new), HERE)
    assert (await desk.sessions.authenticate(here.access_token)).user.id == user.id
    with pytest.raises(InvalidToken):
        await desk.sessions.authenticate(there.access_token)
    with pytest.raises(InvalidToken):
        await desk.sessions.refresh(there.refresh_token, HERE)
    assert [(who, len(which), why) for who, which, why in ended] == [
        (user.id, 1, "password_changed")
    ]
    with pytest.raises(InvalidCredentials):
        await desk.accounts.login(PASSWORD, HERE, username="bob")
    await desk.accounts.login(new, HERE, username="bob")


async def test_a_password_set_by_an_operator_ends_every_session(desk: Desk) -> None:
    user = await bob(desk)
    tokens = await desk.sessions.open(user, HERE)
    await desk.accounts.set_password(user.id, "OtherPass123!")
    with pytest.raises(InvalidToken):
        await desk.sessions.authenticate(tokens.access_token)
    await desk.accounts.login("OtherPass123!", HERE, username="bob")


async def test_a_disabled_account_lets_nobody_in_by_any_way(desk: Desk) -> None:
    user = await bob(desk)
    tokens = await desk.sessions.open(user, HERE)
    lasting = await desk.sessions.open_token(user, HERE)
    await desk.accounts.disable(user.id)
    for token in (tokens.access_token, lasting):
        with pytest.raises(InvalidToken):
            await desk.sessions.authenticate(token)
    with pytest.raises(InvalidToken):
        await desk.sessions.refresh(tokens.refresh_token, HERE)
    with pytest.raises(AccountDisabled):
        await desk.accounts.login(PASSWORD, HERE, username="bob")
    with pytest.raises(InvalidCredentials):
        await desk.accounts.login("wrong", HERE, username="bob")
    with pytest.raises(AccountDisabled):
        await desk.sessions.open(user, HERE)
    await desk.accounts.disable(user.id, disabled=False)
    await desk.accounts.login(PASSWORD, HERE, username="bob")
    with pytest.raises(InvalidToken):
        await desk.sessions.authenticate(tokens.access_token)


async def test_a_row_that_says_disabled_is_believed_whoever_has_written_it(
    desk: Desk, engine: AsyncEngine
) -> None:
    user = await bob(desk)
    tokens = await desk.sessions.open(user, HERE)
    async with writing(engine) as connection:
        await connection.execute(update(users).values(disabled=True))
    with pytest.raises(InvalidToken):
        await desk.sessions.authenticate(tokens.access_token)
    with pytest.raises(InvalidToken):
        await desk.sessions.refresh(tokens.refresh_token, HERE)


async def meeting(engine: AsyncEngine, one: str, other: str, room: str) -> None:
    async with writing(engine) as connection:
        await connection.execute(
            connection_history.insert().values(
                room_id=room,
                kind="video",
                person_a=one,
                person_b=other,
                started_at=1_000,
                ended_at=2_000,
                ended_by="left",
            )
        )


async def test_an_export_has_all_of_ones_own_and_nothing_of_anybody_else(
    desk: Desk, engine: AsyncEngine
) -> None:
    user, stranger = await bob(desk), "g_the-stranger"
    await meeting(engine, user.id, stranger, "r1")
    await meeting(engine, stranger, user.id, "r2")
    await meeting(engine, stranger, "g_x", "r3")
    await desk.activity.add(user.id, "abc-123")
    tokens = await desk.sessions.open(user, HERE)
    principal = await desk.sessions.authenticate(tokens.access_token)
    export = await desk.accounts.export(principal, desk.shown(user))
    assert export.user.id == user.id
    assert [one.user_agent for one in export.sessions] == ["a browser"]
    assert [one["roomId"] for one in export.belongings["conversations"]] == ["r1", "r2"]
    assert [one["meetingCode"] for one in export.belongings["meetings"]] == ["abc-123"]
    assert stranger not in repr(export)
    assert user.password_hash is not None
    assert user.password_hash not in repr(export)


async def test_a_deleted_account_leaves_nothing_that_names_it(
    desk: Desk, engine: AsyncEngine, clock: ManualClock
) -> None:
    user, other = await bob(desk), await bob(desk, username="eve", email="eve@example.com")
    await meeting(engine, user.id, other.id, "r1")
    await desk.activity.add(user.id, "abc-123")
    tokens = await desk.sessions.open(user, HERE)
    principal = await desk.sessions.authenticate(tokens.access_token)
    ended: list[Any] = []
    desk.sessions.ended = lambda *told: ended.append(told)
    with pytest.raises(InvalidCredentials):
        await desk.accounts.delete(principal, "wrong", HERE)
    with pytest.raises(InvalidCredentials):
        await desk.accounts.delete(principal, None, HERE)
    assert ended == []
    await desk.accounts.delete(principal, PASSWORD, HERE)
    assert ended == [(user.id, [principal.session_id], "deleted")]
    for token in (tokens.access_token,):
        with pytest.raises(InvalidToken):
            await desk.sessions.authenticate(token)
    with pytest.raises(InvalidCredentials):
        await desk.accounts.login(PASSWORD, HERE, username="bob")
    async with engine.connect() as connection:
        assert await connection.scalar(select(connection_history.c.person_a)) == "deleted"
        assert await connection.scalar(select(connection_history.c.person_b)) == other.id
        assert (
            await connection.execute(select(sessions.c.user_agent, sessions.c.address))
        ).all() == [("", "")]
    assert await desk.activity.of(user.id) == []
    await bob(desk)
    clock.advance(604_800)
    assert await desk.sessions.purge() == 1


async def test_a_deletion_that_fails_half_way_deletes_nothing(
    desk: Desk, engine: AsyncEngine
) -> None:
    class Failing:
        name = "failing"

        async def told(self, person: str) -> Any:
            return None

        async def forget(self, connection: AsyncConnection, person: str) -> None:
            raise ZeroDivisionError

    user = await bob(desk)
    tokens = await desk.sessions.open(user, HERE)
    principal = await desk.sessions.authenticate(tokens.access_token)
    desk.accounts.keepers.append(Failing())
    with pytest.raises(ZeroDivisionError):
        await desk.accounts.delete(principal, PASSWORD, HERE)
    assert (await desk.sessions.authenticate(tokens.access_token)).user.id == user.id


async def test_operators_see_everybody_once_in_the_order_of_names(desk: Desk) -> None:
    for name in ("mallory", "Bob", "alice", "carol"):
        await bob(desk, username=name, email=f"{name}@example.com")
    assert [user.username for user in await desk.accounts.all(3)] == ["alice", "Bob", "carol"]
    assert [user.username for user in await desk.accounts.all(3, "carol")] == ["mallory"]


async def test_meetings_are_kept_in_order_and_not_without_end(
    desk: Desk, clock: ManualClock, engine: AsyncEngine
) -> None:
    user, other = await bob(desk), await bob(desk, username="eve", email="eve@example.com")
    for code in ("one", "two", "one"):
        clock.advance(1)
        await desk.activity.add(user.id, code)
    assert [one.meeting_code for one in await desk.activity.of(user.id)] == ["one", "two", "one"]
    assert await desk.activity.of(other.id) == []
    for wrong in ("", "x" * 201, "a\x00b"):
        with pytest.raises(BadRequest):
            await desk.activity.add(user.id, wrong)
    async with writing(engine) as connection:
        row = {"user": user.id}
        await connection.execute(
            text(
                "INSERT INTO meeting_activity (user_id, meeting_code, date) VALUES (:user, 'x', 9)"
            ),
            [row] * 997,
        )
    await desk.activity.add(user.id, "last")
    assert len(await desk.activity.of(user.id)) == 1000


async def test_who_is_deleted_while_noting_a_meeting_has_noted_none(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.activity.add("0" * 24, "room-42")
    assert await desk.activity.of("0" * 24) == []
