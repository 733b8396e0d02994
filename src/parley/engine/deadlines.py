"""Many deadlines, one timer: for things that all wait equally long.

With one waiting time for all, the order in which they were set is the order in which they end, so an
insertion-ordered dict and a single timer of the event loop serve any number of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

# So many end in one turn of the loop; the rest of a crowd lets others have theirs in between.
_ROUND = 500


class Deadlines(Generic[T]):
    """Calls `expired(item)` once for each item that was set and not cleared `seconds` later."""

    __slots__ = ("_due", "_expired", "_loop", "_timer", "late", "seconds")

    def __init__(self, seconds: float, expired: Callable[[T], None]) -> None:
        self.seconds = seconds
        self.late = 0.0  # while `expired` runs: by how much the timer was late
        self._expired = expired
        self._due: dict[T, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        return len(self._due)

    def __iter__(self) -> Iterator[T]:
        """Those that wait, the first to end first."""
        return iter(self._due)

    def __contains__(self, item: T) -> bool:
        return item in self._due

    def set(self, item: T, late: float = 0.0) -> None:
        """Start (or start anew) the wait of `item`, which should have begun `late` seconds ago."""
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        self._due.pop(item, None)
        due = self._due[item] = loop.time() + self.seconds - min(late, self.seconds / 4)
        if self._timer is None:
            self._timer = loop.call_at(due, self._fire)

    def clear(self, item: T) -> None:
        """Forget `item`; nothing happens if it is not waiting."""
        self._due.pop(item, None)

    def overdue(self, item: T) -> bool:
        """Whether `item` is past its deadline though the timer has not come round to it yet."""
        due = self._due.get(item)
        return due is not None and self._loop is not None and self._loop.time() >= due

    def _fire(self) -> None:
        self._timer = None
        assert self._loop is not None
        # What is due within a five-hundredth of the wait is due now: a crowd is served in few rounds.
        now = self._loop.time()
        ready: list[tuple[T, float]] = []
        for item, due in self._due.items():
            if due > now + max(0.001, self.seconds / 500) or len(ready) == _ROUND:
                self._timer = self._loop.call_at(due, self._fire)
                break
            ready.append((item, due))
        for item, _ in ready:
            del self._due[item]
        for item, due in ready:
            self.late = max(0.0, now - due)
            self._expired(item)
        self.late = 0.0
