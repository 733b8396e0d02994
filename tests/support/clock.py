"""A clock that moves only when a test moves it."""

from __future__ import annotations


class ManualClock:
    """Both clocks of `Clock`, moved together by `advance`."""

    def __init__(self, now: float = 1000.0, wall: int = 1_750_000_000_000) -> None:
        self._now = now
        self._wall = wall

    def now(self) -> float:
        return self._now

    def wall(self) -> int:
        return self._wall

    def advance(self, seconds: float) -> None:
        """Let that much time pass."""
        self._now += seconds
        self._wall += round(seconds * 1000)
