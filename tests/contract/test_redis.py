"""The Redis that tests are given is a real one, and each of them finds it empty."""

from __future__ import annotations

import pytest

from tests.support.redis import Redis


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_finds_redis_empty(redis: Redis, redis_url: str, turn: str) -> None:
    assert redis_url == redis.url
    assert redis.say("DBSIZE") == ":0"
    assert redis.say(f"SET turn {turn}") == "+OK"
    assert redis.say("STRLEN turn") == f":{len(turn)}"
