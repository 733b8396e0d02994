"""Watches for sessions that ended in another process: an operator's command, another node.

What this process ends it hears of at once (`Sessions.ended`); the watch hears of everything within seconds, and
of nothing twice that matters: to end the sockets of an ended session again does nothing.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

import structlog

from parley.accounts.sessions import Ended, Sessions
from parley.kernel.clock import Clock
from parley.storage import UNAVAILABLE

log = structlog.get_logger(__name__)

_OVERLAP_MS = 15_000
"""A transaction may commit a while after the time that it has written down, and clocks differ a little."""


class Watch:
    """Call `look` every second or two."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._seen = clock.wall()
        self._looking = False

    async def tidy(self) -> None:
        """Forget sessions that expired; once an hour is enough."""
        try:
            await self._sessions.purge()
        except UNAVAILABLE as error:
            log.warning("sessions_not_tidied", error=str(error))

    async def look(self, ended: Ended) -> None:
        """Tell `ended` of every session that has ended since the last look that succeeded."""
        if self._looking:
            return
        self._looking = True
        now = self._clock.wall()
        try:
            found = await self._sessions.ended_since(min(self._seen, now) - _OVERLAP_MS)
        except UNAVAILABLE as error:
            log.warning("sessions_not_watched", error=str(error))
            return
        finally:
            self._looking = False
        self._seen = now
        for user_id, group in groupby(sorted(found), key=itemgetter(0)):
            ended(user_id, [session_id for _, session_id in group], "ended_elsewhere")
