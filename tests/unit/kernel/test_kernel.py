"""Time, ids and errors keep their promises."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from parley.kernel import errors
from parley.kernel.clock import Clock, SystemClock, timestamp
from parley.kernel.errors import ParleyError, RateLimited, Unauthorized
from parley.kernel.ids import Ids, SystemIds
from tests.support.clock import ManualClock
from tests.support.ids import SeededIds


def test_the_clock_goes_forward() -> None:
    clock: Clock = SystemClock()
    assert clock.now() <= clock.now()
    assert clock.wall() > 1_700_000_000_000


def test_a_manual_clock_moves_only_when_told() -> None:
    clock: Clock = (manual := ManualClock())
    before = clock.now(), clock.wall()
    assert (clock.now(), clock.wall()) == before
    manual.advance(1.5)
    assert (clock.now(), clock.wall()) == (before[0] + 1.5, before[1] + 1500)


@pytest.mark.parametrize(
    ("wall", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_769_851_800_007, "2026-01-31T09:30:00.007Z"),
        (1_769_851_800_999, "2026-01-31T09:30:00.999Z"),
    ],
)
def test_a_timestamp_is_iso_8601_in_utc_with_milliseconds(wall: int, text: str) -> None:
    assert timestamp(wall) == text


@pytest.mark.parametrize("ids", [SystemIds(), SeededIds(7)])
def test_ids_are_url_safe_of_one_length_and_do_not_repeat(ids: Ids) -> None:
    assert all(re.fullmatch(r"[\w-]{12}", ids.short()) for _ in range(200))
    assert all(re.fullmatch(r"[\w-]{22}", ids.long()) for _ in range(200))
    made = [ids.short() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert not any(one[1:] == other[:-1] for one, other in pairwise(made))


def test_seeded_ids_replay() -> None:
    first, again, other = SeededIds(1), SeededIds(1), SeededIds(2)
    made = [first.short(), first.long()]
    assert made == [again.short(), again.long()]
    assert made != [other.short(), other.long()]


def test_every_code_is_its_own_and_has_its_status() -> None:
    found = {kind.code: kind.status for kind in vars(errors).values() if is_public_error(kind)}
    assert found == {
        "internal": 500,
        "bad_request": 400,
        "unknown_event": 400,
        "unauthorized": 401,
        "invalid_token": 401,
        "forbidden": 403,
        "not_in_room": 403,
        "not_found": 404,
        "conflict": 409,
        "too_large": 413,
        "rate_limited": 429,
        "overloaded": 503,
        "draining": 503,
    }


def is_public_error(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and issubclass(kind, ParleyError)
        and not kind.__name__.startswith("_")
    )


def test_an_error_says_the_same_in_an_ack_and_as_a_problem() -> None:
    error = RateLimited(1200, "Slow down.", event="skip")
    assert error.to_dict() == {
        "code": "rate_limited",
        "message": "Slow down.",
        "retryAfterMs": 1200,
        "event": "skip",
    }
    assert error.to_problem() == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Slow down.",
        "code": "rate_limited",
        "retryAfterMs": 1200,
        "event": "skip",
    }


def test_later_is_told_in_whole_seconds_and_never_zero() -> None:
    assert RateLimited(1200).headers() == {"Retry-After": "2"}
    assert RateLimited(1).headers() == {"Retry-After": "1"}


def test_who_must_sign_in_is_told_how() -> None:
    assert Unauthorized().headers() == {"WWW-Authenticate": "Bearer"}
