"""A steady beat on the event loop, that notices when it comes late."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Ticker:
    """Calls `beat` every `interval` seconds. `lag`: the worst lateness of the last few beats, in seconds."""

    def __init__(self, interval: float, beat: Callable[[], None]) -> None:
        self._interval = interval
        self._beat = beat
        self._late: deque[float] = deque(maxlen=20)
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    @property
    def lag(self) -> float:
        return max(self._late, default=0.0)

    def start(self) -> None:
        """Beat from now on."""
        loop = asyncio.get_running_loop()
        self._due = loop.time() + self._interval
        self._timer = loop.call_at(self._due, self._fire)

    def stop(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._late.append(max(0.0, asyncio.get_running_loop().time() - self._due))
        self.start()
        self._beat()
