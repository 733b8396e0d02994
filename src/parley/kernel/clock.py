"""Time as an argument. Whoever needs to know the time is handed a Clock, so that tests own it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
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

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> int:
        return time.time_ns() // 1_000_000


def moment(wall: int) -> datetime:
    """That wall time as an aware datetime in UTC, to the millisecond."""
    seconds, milliseconds = divmod(wall, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


def timestamp(wall: int) -> str:
    """That wall time as clients read it: ISO 8601 in UTC with milliseconds, `2026-01-31T09:30:00.250Z`."""
    return moment(wall).strftime("%Y-%m-%dT%H:%M:%S.") + f"{wall % 1000:03d}Z"
