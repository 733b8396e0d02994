"""Who is kept apart from whom: blocks, which last, and cooldowns, which end.

Both are symmetric. A pair may have both; lifting the block leaves the cooldown to run. What is kept
in memory is one entry per block and per running cooldown, seen from both sides; a cooldown that has
ended is gone with the next `end_next`.
"""

from __future__ import annotations

from heapq import heappop, heappush, heapreplace


class Apart:
    """Blocks and cooldowns between persons. `len()` is how many of them there are."""

    __slots__ = ("_blocks", "_cooldowns", "_ends")

    def __init__(self) -> None:
        self._blocks: dict[str, set[str]] = {}
        self._cooldowns: dict[str, dict[str, float]] = {}
        # One entry per cooling pair, whose time may be earlier than the end: see `end_next`.
        self._ends: list[tuple[float, str, str]] = []

    def __len__(self) -> int:
        return sum(map(len, self._blocks.values())) // 2 + len(self._ends)

    def between(self, a: str, b: str, now: float) -> bool:
        """Whether `a` and `b` are kept apart at `now`; at its very end a cooldown is over."""
        blocked = self._blocks.get(a)
        if blocked is not None and b in blocked:
            return True
        cooling = self._cooldowns.get(a)
        return cooling is not None and cooling.get(b, now) > now

    def block(self, a: str, b: str) -> None:
        """Keep `a` and `b` apart until `lift`."""
        if a != b:
            self._blocks.setdefault(a, set()).add(b)
            self._blocks.setdefault(b, set()).add(a)

    def lift(self, a: str, b: str) -> bool:
        """Lift the block between `a` and `b`; False when there is none."""
        if b not in self._blocks.get(a, ()):
            return False
        for one, other in ((a, b), (b, a)):
            self._blocks[one].discard(other)
            if not self._blocks[one]:
                del self._blocks[one]
        return True

    def adopt(self, guest: str, user: str) -> None:
        """From now on whoever is kept apart from `guest` is kept apart from `user`, too, and as long."""
        for other in tuple(self._blocks.get(guest, ())):
            self.block(user, other)
        for other, until in tuple(self._cooldowns.get(guest, {}).items()):
            self.cool(user, other, until)

    def cool(self, a: str, b: str, until: float) -> None:
        """Keep `a` and `b` apart until that time, or longer if they already are."""
        if a == b:
            return
        running = self._cooldowns.get(a, {}).get(b)
        if running is None:
            heappush(self._ends, (until, a, b))
        elif running >= until:
            return
        self._cooldowns.setdefault(a, {})[b] = until
        self._cooldowns.setdefault(b, {})[a] = until

    def next_end(self) -> float | None:
        """When to call `end_next`: no cooldown ends before; None when there is none."""
        return self._ends[0][0] if self._ends else None

    def end_next(self) -> tuple[str, str] | None:
        """Forget the cooldown that is next to end, and say whose it was.

        None when it was prolonged since: then it is only put in its new place, so that prolonging
        the same one again and again costs no memory.
        """
        time, a, b = self._ends[0]
        until = self._cooldowns[a][b]
        if until > time:
            heapreplace(self._ends, (until, a, b))
            return None
        heappop(self._ends)
        for one, other in ((a, b), (b, a)):
            del self._cooldowns[one][other]
            if not self._cooldowns[one]:
                del self._cooldowns[one]
        return a, b
