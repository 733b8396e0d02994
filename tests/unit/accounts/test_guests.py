"""Guest tokens: written by us, readable by every JWT library, and forged by nobody."""

from __future__ import annotations

import jwt
import pytest

from parley.accounts import Guests
from parley.kernel.errors import InvalidToken
from tests.support.clock import ManualClock
from tests.support.ids import SeededIds

SECRET = "a secret of forty-two letters, for the tests"


def guests(secret: str = SECRET) -> Guests:
    return Guests(secret, ManualClock(), SeededIds(1))


def test_a_token_is_what_the_library_would_have_written() -> None:
    own = guests()
    actor = own.new()
    token = own.issue(actor)
    claims = {"sub": actor.id, "typ": "guest", "iat": ManualClock().wall() // 1000}
    assert token == jwt.encode(claims, SECRET, algorithm="HS256")


def test_a_token_brings_back_the_same_guest() -> None:
    own = guests()
    actor = own.new()
    assert own.verify(own.issue(actor)) == actor


def test_another_servers_token_and_a_changed_one_are_nobodys() -> None:
    own = guests()
    token = own.issue(own.new())
    other = guests(SECRET[::-1])
    for forged in (other.issue(other.new()), token[:-2], token.replace(".", "", 1), token + "A"):
        with pytest.raises(InvalidToken):
            own.verify(forged)
