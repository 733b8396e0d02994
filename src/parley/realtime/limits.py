"""How often and how many: token buckets per connection, counts and windows per address.

All of them are synchronous, hold a bounded amount of memory, and say when to try again.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from typing import Protocol

from parley.engine import Refusal, Request
from parley.kernel.clock import Clock


class RateLike(Protocol):
    """`rate` tokens a second, at most `burst` saved up."""

    @property
    def rate(self) -> float: ...
    @property
    def burst(self) -> int: ...


class Bucket:
    """A token bucket, full at first."""

    __slots__ = ("_full", "_limit")

    def __init__(self, limit: RateLike, now: float) -> None:
        self._limit = limit
        self._full = now  # when it is full again, if nobody takes any

    def take(self, now: float, count: int = 1) -> float:
        """Take `count` tokens: 0.0 when they were there, else the seconds until they are.

        More than fit into the bucket are taken for a full one, or they could never be had.
        """
        limit = self._limit
        burst = limit.burst
        rate = limit.rate
        full = self._full
        if full < now:
            full = now
        if count > burst:
            count = burst
        full += count / rate
        if (full - now) * rate > burst + _ROUNDING:
            return full - now - burst / rate
        self._full = full
        return 0.0


# Tokens that sums of fractions of seconds may be off, on a machine that has been up for years.
_ROUNDING = 0.01


class Window:
    """At most `points` in each `seconds`, per key. Remembers at most `keys` keys, the latest ones."""

    def __init__(self, points: int, seconds: float, clock: Clock, keys: int = 100_000) -> None:
        self.points = points
        self.seconds = seconds
        self._clock = clock
        self._keys = keys
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, key: str) -> float:
        """Count one: 0.0 when it is allowed, else the seconds until the window ends."""
        now = self._clock.now()
        started, count = self._counts.get(key, (now, 0))
        if now - started >= self.seconds:
            started, count = now, 0
        if count >= self.points:
            return started + self.seconds - now
        self._counts[key] = started, count + 1
        self._counts.move_to_end(key)
        while len(self._counts) > self._keys:
            self._counts.popitem(last=False)
        return 0.0


def whose(address: str) -> str:
    """What an address counts as: an IPv6 one as its network of 64 bits, for anybody has as many as that holds."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


# One address may shake hands as often, in so many seconds, as it may have sockets, and as often again:
# all of them once more after a break. What the node can take is not for one to take up.
_ROUNDS = 2
_ROUNDS_SECONDS = 10.0


class AddressGate:
    """The engine's gate: sockets and handshakes per address, sockets in all, handshakes per second.

    Refuses with 429 (`rate_limited`) what one address overdoes, with 503 (`overloaded`) what is too
    much for the node.
    """

    def __init__(
        self, *, per_address: int, in_all: int, handshakes: RateLike, clock: Clock
    ) -> None:
        self._per_address = per_address
        self._in_all = in_all
        self._clock = clock
        self._bucket = Bucket(handshakes, clock.now())
        self._rounds = Window(_ROUNDS * per_address, _ROUNDS_SECONDS, clock)
        self._open: dict[str, int] = {}
        self.sockets = 0
        self.refused: dict[str, int] = {}

    def enter(self, request: Request) -> Refusal | None:
        """Let a session in, or say why not."""
        if self.sockets >= self._in_all:
            return self._refuse(Refusal(503, "overloaded", 10))
        address = whose(request.address)
        if self._open.get(address, 0) >= self._per_address:
            return self._refuse(Refusal(429, "rate_limited", 10))
        wait = self._rounds.take(address)
        if wait:
            return self._refuse(Refusal(429, "rate_limited", max(1, round(wait))))
        wait = self._bucket.take(self._clock.now())
        if wait:
            return self._refuse(Refusal(503, "overloaded", max(1, round(wait))))
        self.sockets += 1
        self._open[address] = self._open.get(address, 0) + 1
        return None

    def leave(self, address: str) -> None:
        """A session of this address has ended."""
        self.sockets -= 1
        address = whose(address)
        left = self._open[address] - 1
        if left:
            self._open[address] = left
        else:
            del self._open[address]

    def _refuse(self, refusal: Refusal) -> Refusal:
        self.refused[refusal.code] = self.refused.get(refusal.code, 0) + 1
        return refusal
