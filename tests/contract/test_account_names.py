"""Names belong to one person each, on each database: however they are typed, and whatever they look like."""

from __future__ import annotations

import asyncio

import pytest

from parley.accounts import Desk, User
from parley.accounts.errors import InvalidCredentials, Taken
from tests.support.callers import PASSWORD

from .people import HERE, bob


async def test_a_name_or_address_that_is_taken_is_taken_however_it_is_typed(desk: Desk) -> None:
    await bob(desk)
    for name in ("bob", "BOB", "\uff42ob", "b\u00f6b"):
        if name == "b\u00f6b":
            await bob(desk, username=name, email="other@example.com")
            continue
        with pytest.raises(Taken) as taken:
            await bob(desk, username=name, email="new@example.com")
        assert taken.value.details == {"field": "username"}
    with pytest.raises(Taken) as taken:
        await bob(desk, username="robert", email="BOB@Example.com")
    assert taken.value.details == {"field": "email"}


async def test_of_many_who_want_a_name_at_once_one_gets_it(desk: Desk) -> None:
    wanted = [bob(desk, email=f"{number}@example.com") for number in range(8)]
    found = await asyncio.gather(*wanted, return_exceptions=True)
    assert sum(isinstance(one, User) for one in found) == 1
    assert sum(isinstance(one, Taken) for one in found) == 7


async def test_a_name_that_looks_like_anothers_is_taken_and_does_not_sign_anybody_in(
    desk: Desk,
) -> None:
    paypal = await bob(desk, username="paypal")
    for name in ("paypaI", "PAYPA1", "paypa|"):
        with pytest.raises(Taken) as taken:
            await bob(desk, username=name, email="new@example.com")
        assert (
            taken.value.to_problem()
            == Taken("That username is taken.", field="username").to_problem()
        )
        with pytest.raises(InvalidCredentials):
            await desk.accounts.login(PASSWORD, HERE, username=name)
    assert (await desk.accounts.login(PASSWORD, HERE, username="PayPal")).id == paypal.id


async def test_of_names_that_look_the_same_one_is_given_however_many_come_at_once(
    desk: Desk,
) -> None:
    names = [
        "marinl",
        "rnarinl",
        "marin1",
        "marlnI",
        "rnarin|",
        "mari\u0307nl",
        "MARIN1",
        "rnarlnl",
    ]
    wanted = [
        bob(desk, username=name, email=f"{number}@example.com") for number, name in enumerate(names)
    ]
    found = await asyncio.gather(*wanted, return_exceptions=True)
    assert sum(isinstance(one, User) for one in found) == 1
    refused = [one.details for one in found if isinstance(one, Taken)]
    assert refused == [{"field": "username"}] * 7


async def test_what_a_name_looks_like_is_free_again_with_the_name(desk: Desk) -> None:
    user = await bob(desk, username="maria")
    tokens = await desk.sessions.open(user, HERE)
    principal = await desk.sessions.authenticate(tokens.access_token)
    await desk.accounts.delete(principal, PASSWORD, HERE)
    assert (await bob(desk, username="rnaria")).username == "rnaria"
