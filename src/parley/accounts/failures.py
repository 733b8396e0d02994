"""How often somebody may guess: failures are counted by address, by account, and by both together.

A guess is counted when its turn to be looked at has come, and taken back when it was right: of a hundred wrong
ones at once no more are looked at than one after the other, and a hundred right ones are all let in. Counts are a
node's own, and a restart forgets them.
"""

from __future__ import annotations

from collections import OrderedDict

from parley.kernel.clock import Clock
from parley.kernel.errors import RateLimited
from parley.realtime import whose

WINDOW_S = 900.0
PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 20, 50
_LIMITS = (PER_PAIR, PER_ADDRESS, PER_ACCOUNT)
KEYS = 100_000
"""Remembered at most; beyond that the ones that were counted longest ago go."""


class Attempt:
    """One guess, which may wait for its turn: `begin` when it has come, `forgive` when it was right."""

    __slots__ = ("_failures", "_keys")

    def __init__(self, failures: Failures, keys: tuple[str, str, str]) -> None:
        self._failures = failures
        self._keys = keys

    def begin(self) -> None:
        """Count it. Raises RateLimited when there were too many meanwhile; it is not counted then."""
        self._failures.count(self._keys)

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
        """A guess that may be made. Raises RateLimited when there were too many."""
        origin = whose(address)
        keys = (f"{origin} {account}", f"{origin} ", f" {account}")
        self._check(keys)
        return Attempt(self, keys)

    def count(self, keys: tuple[str, str, str]) -> None:
        """One more under each key, unless there were too many: RateLimited."""
        for key, (started, count) in zip(keys, self._check(keys), strict=True):
            self._counts[key] = started, count + 1
            self._counts.move_to_end(key)
        while len(self._counts) > KEYS:
            self._counts.popitem(last=False)

    def _check(self, keys: tuple[str, str, str]) -> list[tuple[float, int]]:
        now = self._clock.now()
        found = [self._current(key, now) for key in keys]
        waits = [
            started + WINDOW_S - now
            for (started, count), limit in zip(found, _LIMITS, strict=True)
            if count >= limit
        ]
        if waits:
            raise RateLimited(
                max(1, round(max(waits) * 1000)), "Too many failed attempts; wait before the next."
            )
        return found

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
