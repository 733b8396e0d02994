"""A forgotten password is replaced once, within ten minutes, by whoever reads the mail, and by nobody else."""

from __future__ import annotations

import asyncio
import re

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from parley.accounts import Desk, NewAccount, User
from parley.accounts.errors import InvalidCredentials, WeakPassword
from parley.accounts.mail import Letter, MailFailed
from parley.accounts.reset import LIFETIME_MS, PER_ACCOUNT, InvalidReset, MailUnavailable, Resets
from parley.kernel.errors import InvalidToken, RateLimited
from parley.kernel.ids import SystemIds
from tests.support.clock import ManualClock
from tests.support.meanwhile import Meanwhile

from .people import HERE

PASSWORD, NEW = "SecurePass123!", "AnotherPass456?"
LINK = re.compile(r"^https://parley\.example/#reset=([\w-]{43})$", re.MULTILINE)


class LetterBox:
    """Keeps what it is given to send."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.broken = False

    async def send(self, letter: Letter) -> None:
        if self.broken:
            raise MailFailed("SMTPConnectError")
        self.letters.append(letter)

    def token(self) -> str:
        """The secret in the latest letter's link."""
        (token,) = LINK.findall(self.letters[-1].text)
        return str(token)


@pytest.fixture
async def bob(desk: Desk) -> User:
    account = NewAccount(username="bob", email="Bob@Example.com", password=PASSWORD)
    return await desk.accounts.register(account)


@pytest.fixture
def box() -> LetterBox:
    return LetterBox()


@pytest.fixture
def resets(engine: AsyncEngine, desk: Desk, clock: ManualClock, box: LetterBox) -> Resets:
    return Resets(engine, desk.accounts, box, "https://parley.example", clock, SystemIds())


async def ask(resets: Resets, email: str = "bob@example.com", address: str = "192.0.2.1") -> None:
    resets.ask(email, address)
    await resets.settle()


async def test_a_link_replaces_the_password_and_ends_every_session(
    desk: Desk, bob: User, resets: Resets, box: LetterBox
) -> None:
    tokens = await desk.sessions.open(bob, HERE)
    await ask(resets, "BOB@example.com")
    assert [letter.to for letter in box.letters] == ["Bob@Example.com"]
    assert not bob.email_verified
    await resets.redeem(box.token(), NEW)
    with pytest.raises(InvalidToken):
        await desk.sessions.authenticate(tokens.access_token)
    with pytest.raises(InvalidToken):
        await desk.sessions.refresh(tokens.refresh_token, HERE)
    with pytest.raises(InvalidCredentials):
        await desk.accounts.login(PASSWORD, HERE, username="bob")
    assert (await desk.accounts.login(NEW, HERE, username="bob")).email_verified


async def test_a_link_is_good_once_even_when_it_is_used_twice_at_once(
    desk: Desk, bob: User, resets: Resets, box: LetterBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(resets)
    hash_password, all_have_hashed = desk.accounts.hash_password, asyncio.Barrier(4)

    async def hash_together(password: str) -> str:
        hashed = await hash_password(password)
        await all_have_hashed.wait()
        return hashed

    monkeypatch.setattr(desk.accounts, "hash_password", hash_together)
    tries = [resets.redeem(box.token(), f"{NEW}{number}") for number in range(4)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(one) for one in done if one is not None] == [InvalidReset] * 3
    with pytest.raises(InvalidReset):
        await resets.redeem(box.token(), NEW)
    await desk.accounts.login(f"{NEW}{done.index(None)}", HERE, username="bob")


async def test_a_link_that_is_used_during_a_deletion_is_none(
    desk: Desk, engine: AsyncEngine, bob: User, resets: Resets, box: LetterBox
) -> None:
    tokens = await desk.sessions.open(bob, HERE)
    principal = await desk.sessions.authenticate(tokens.access_token)
    await ask(resets)
    use = Meanwhile(engine, lambda: resets.redeem(box.token(), NEW))
    desk.accounts.keepers.append(use)
    await desk.accounts.delete(principal, PASSWORD, HERE)
    with pytest.raises(InvalidReset):
        await use.done()


async def test_a_link_is_over_after_ten_minutes(
    bob: User, resets: Resets, box: LetterBox, clock: ManualClock
) -> None:
    await ask(resets)
    clock.advance(LIFETIME_MS / 1000)
    with pytest.raises(InvalidReset):
        await resets.redeem(box.token(), NEW)
    await ask(resets)
    clock.advance(LIFETIME_MS / 1000 - 1)
    await resets.redeem(box.token(), NEW)


async def test_the_next_link_replaces_the_one_before(
    bob: User, resets: Resets, box: LetterBox
) -> None:
    await ask(resets)
    first = box.token()
    await ask(resets)
    assert box.token() != first
    with pytest.raises(InvalidReset):
        await resets.redeem(first, NEW)
    await resets.redeem(box.token(), NEW)


async def test_a_letter_that_cannot_be_sent_leaves_the_link_before_it_good(
    bob: User, resets: Resets, box: LetterBox
) -> None:
    await ask(resets)
    box.broken = True
    await ask(resets)
    assert len(box.letters) == 1
    await resets.redeem(box.token(), NEW)


async def test_another_password_voids_the_links(
    desk: Desk, bob: User, resets: Resets, box: LetterBox
) -> None:
    await ask(resets)
    await desk.accounts.set_password(bob.id, NEW)
    with pytest.raises(InvalidReset):
        await resets.redeem(box.token(), f"{NEW}7")
    await desk.accounts.login(NEW, HERE, username="bob")


async def test_a_weak_password_is_refused_and_leaves_the_link_good(
    bob: User, resets: Resets, box: LetterBox
) -> None:
    await ask(resets)
    with pytest.raises(WeakPassword):
        await resets.redeem(box.token(), "password")
    await resets.redeem(box.token(), NEW)


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "' OR 1=1 --", "\x00", "x" * 10_000])
async def test_what_is_no_link_changes_nothing(
    desk: Desk, bob: User, resets: Resets, token: str
) -> None:
    await ask(resets)
    with pytest.raises(InvalidReset):
        await resets.redeem(token, NEW)
    await desk.accounts.login(PASSWORD, HERE, username="bob")


async def test_nobody_gets_a_letter_who_has_no_account_or_a_disabled_one(
    desk: Desk, bob: User, resets: Resets, box: LetterBox
) -> None:
    await ask(resets, "nobody@example.com")
    await desk.accounts.disable(bob.id)
    await ask(resets)
    assert box.letters == []


async def test_the_secret_of_a_link_is_stored_nowhere(
    bob: User, resets: Resets, box: LetterBox, engine: AsyncEngine
) -> None:
    await ask(resets)
    async with engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM password_resets")).all()
    assert len(rows) == 1
    assert box.token() not in repr(rows)


async def test_letters_are_bounded_whether_or_not_there_is_an_account(
    bob: User, resets: Resets, box: LetterBox
) -> None:
    for email in ("bob@example.com", "nobody@example.com"):
        for number in range(PER_ACCOUNT):
            await ask(resets, email, f"198.51.100.{number}")
        with pytest.raises(RateLimited):
            await ask(resets, email.upper(), "203.0.113.1")
    assert len(box.letters) == PER_ACCOUNT


async def test_without_a_mail_server_or_an_address_of_its_own_it_says_so(
    engine: AsyncEngine, desk: Desk, clock: ManualClock, box: LetterBox
) -> None:
    for mailer, base_url in ((None, "https://parley.example"), (box, None)):
        lacking = Resets(engine, desk.accounts, mailer, base_url, clock, SystemIds())
        assert not lacking.available
        with pytest.raises(MailUnavailable):
            lacking.ask("bob@example.com", "192.0.2.1")
