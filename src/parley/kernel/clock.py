"""Time as an argument. Whoever needs to know the time is handed a Clock, so that tests own it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Tells the time; never waits for it."""

    def now(self) -> float:
        """Seconds on a clock that only goes forward, from an unknown start: for durations and deadlines."""

    def wall(self) -> int:
        """Milliseconds since 1970-01-01 UTC: for what is stored or shown. It may jump."""


class SystemClock:
    """The machine's own clocks."""

    __slots__ = ()

    now = staticmethod(time.monotonic)

    def wall(self) -> int:
        return time.time_ns() // 1_000_000


def timestamp(wall: int) -> str:
    """That wall time as clients read it: ISO 8601 in UTC with milliseconds, `2026-01-31T09:30:00.250Z`."""
    return _to_the_second(wall // 1000) + _MILLISECONDS[wall % 1000]


_MILLISECONDS = tuple(f".{number:03d}Z" for number in range(1000))


@lru_cache(maxsize=16)
def _to_the_second(seconds: int) -> str:
    # A busy server stamps thousands of messages in the same second.
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
