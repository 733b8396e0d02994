"""How often somebody may guess: failures are counted by address, by account, and by both together.

An attempt is counted before the password is looked at, so that a hundred at once are not a hundred guesses;
one that turns out to be none is taken back. Counts are a node's own, and a restart forgets them.
"""

from __future__ import annotations

from collections import OrderedDict

from parley.kernel.clock import Clock
from parley.kernel.errors import RateLimited
from parley.realtime import whose

WINDOW_S = 900.0
PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 20, 50
KEYS = 100_000
"""Remembered at most; beyond that the ones that were counted longest ago go."""


class Attempt:
    """One guess that was let through. `forgive` it when it was right, or was none."""

    __slots__ = ("_failures", "_keys")

    def __init__(self, failures: Failures, keys: tuple[str, str, str]) -> None:
        self._failures = failures
        self._keys = keys

    def forgive(self) -> None:
        """Take it back."""
        for key in self._keys:
            self._failures.forget_one(key)


class Failures:
    """5 in 15 minutes for an address and an account, 20 for an address, 50 for an account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def attempt(self, address: str, account: str) -> Attempt:
        """Count a guess. Raises RateLimited when there were too many; that one is not counted."""
        origin = whose(address)
        keys = (f"{origin} {account}", f"{origin} ", f" {account}")
        limits = (PER_PAIR, PER_ADDRESS, PER_ACCOUNT)
        now = self._clock.now()
        found = [self._current(key, now) for key in keys]
        waits = [
            started + WINDOW_S - now
            for (started, count), limit in zip(found, limits, strict=True)
            if count >= limit
        ]
        if waits:
            raise RateLimited(
                max(1, round(max(waits) * 1000)), "Too many failed attempts; wait before the next."
            )
        for key, (started, count) in zip(keys, found, strict=True):
            self._counts[key] = started, count + 1
            self._counts.move_to_end(key)
        while len(self._counts) > KEYS:
            self._counts.popitem(last=False)
        return Attempt(self, keys)

    def forget_one(self, key: str) -> None:
        """One less under that key."""
        started, count = self._counts.get(key, (0.0, 0))
        if count > 1:
            self._counts[key] = started, count - 1
        else:
            self._counts.pop(key, None)

    def _current(self, key: str, now: float) -> tuple[float, int]:
        started, count = self._counts.get(key, (now, 0))
        return (now, 0) if now - started >= WINDOW_S else (started, count)
