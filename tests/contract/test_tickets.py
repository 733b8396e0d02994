"""A ticket is good for a minute, for connections alone, and for no longer than the session and an access token are."""

from __future__ import annotations

import pytest

from parley.accounts import Desk, NewAccount, Principal, User
from parley.accounts.tickets import Shown
from parley.kernel.errors import InvalidToken
from tests.support.clock import ManualClock

from .people import HERE

DAY = 86_400


@pytest.fixture
async def user(desk: Desk) -> User:
    return await desk.accounts.register(NewAccount(username="bob", password=None))


@pytest.fixture
async def principal(desk: Desk, user: User) -> Principal:
    tokens = await desk.sessions.open(user, HERE)
    return await desk.sessions.authenticate(tokens.access_token)


async def refused(desk: Desk, *tickets: str) -> None:
    for ticket in tickets:
        with pytest.raises(InvalidToken):
            await desk.tickets.verify(ticket)


async def test_a_ticket_is_good_for_a_minute_and_the_connection_for_15(
    desk: Desk, principal: Principal, clock: ManualClock
) -> None:
    ticket, until = await desk.tickets.issue(principal), clock.wall() + 900_000
    clock.advance(59)
    shown = await desk.tickets.verify(ticket)
    assert shown.principal == Principal(principal.user, principal.session_id, until)
    clock.advance(1)
    await refused(desk, ticket)


async def test_the_token_to_come_back_with_ends_with_the_connection_and_gets_no_later_one(
    desk: Desk, principal: Principal, clock: ManualClock
) -> None:
    shown: Shown = await desk.tickets.verify(await desk.tickets.issue(principal))
    until = shown.principal.expires_at
    for _ in range(2):
        clock.advance(449)
        shown = await desk.tickets.verify(shown.token)
        assert shown.principal.expires_at == until
    clock.advance(2)
    await refused(desk, shown.token)


async def test_a_ticket_is_no_access_token_and_no_refresh_token_and_they_are_no_tickets(
    desk: Desk, user: User, principal: Principal
) -> None:
    ticket = await desk.tickets.issue(principal)
    shown = await desk.tickets.verify(ticket)
    for token in (ticket, shown.token):
        with pytest.raises(InvalidToken):
            await desk.sessions.authenticate(token)
        with pytest.raises(InvalidToken):
            await desk.sessions.refresh(token, HERE)
    tokens = await desk.sessions.open(user, HERE)
    lasting = await desk.sessions.open_token(user, HERE)
    await refused(desk, tokens.access_token, tokens.refresh_token, lasting, ticket[:-2], "")


async def test_a_ticket_ends_with_its_session(desk: Desk, principal: Principal) -> None:
    ticket = await desk.tickets.issue(principal)
    shown = await desk.tickets.verify(ticket)
    await desk.sessions.end(principal)
    await refused(desk, ticket, shown.token)
    with pytest.raises(InvalidToken):
        await desk.tickets.issue(principal)


async def test_a_ticket_of_a_session_that_is_nearly_over_is_good_until_then(
    desk: Desk, user: User, clock: ManualClock
) -> None:
    lasting = await desk.sessions.open_token(user, HERE)
    ends = clock.wall() + 7 * DAY * 1000
    clock.advance(7 * DAY - 30)
    principal = await desk.sessions.authenticate(lasting)
    ticket = await desk.tickets.issue(principal)
    assert (await desk.tickets.verify(ticket)).principal.expires_at == ends
    clock.advance(30)
    await refused(desk, ticket)


async def test_a_disabled_account_has_no_tickets(desk: Desk, principal: Principal) -> None:
    ticket = await desk.tickets.issue(principal)
    await desk.accounts.disable(principal.user.id)
    await refused(desk, ticket)
