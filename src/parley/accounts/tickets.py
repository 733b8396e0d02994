"""Tickets: what lets a page show a connection who it is where no script has an access token.

A page is given one for its cookie, or anybody for a Bearer token; it is a JWT of type `socket`, good for a minute and
for connections alone. The connection that shows it is good for as long as an access token of that
moment would be. It is told a token to come back with (also of type `socket`), which ends when the connection's time
does, so that tickets cannot be had from tickets.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from parley.accounts.schemas import Principal
from parley.accounts.sessions import Sessions
from parley.accounts.tokens import Claims, Signer
from parley.kernel.clock import Clock
from parley.kernel.errors import InvalidToken
from parley.kernel.ids import Ids

TICKET_S = 60
KIND = "socket"


class Shown(NamedTuple):
    """Who has shown a ticket, until when that is good, and the token to come back with until then."""

    principal: Principal
    token: str


class Tickets:
    """Issues them and knows people by them."""

    def __init__(
        self, sessions: Sessions, signer: Signer, clock: Clock, ids: Ids, *, access_s: float
    ) -> None:
        self._sessions = sessions
        self._signer = signer
        self._clock = clock
        self._ids = ids
        self._access_s = round(access_s)

    async def issue(self, principal: Principal) -> str:
        """A ticket for a connection of that session. Raises InvalidToken when the session has ended meanwhile."""
        _, ends_at = await self._sessions.find(principal.user.id, principal.session_id)
        now = self._clock.wall() // 1000
        until = max(min(ends_at // 1000, now + self._access_s), now + 1)
        return self._sign(principal.user.id, principal.session_id, now + TICKET_S, until)

    async def verify(self, token: Any) -> Shown:
        """Who shows this ticket. Raises InvalidToken: forged, older than a minute, its session ended, or disabled."""
        claims = self._signer.verify(token, (KIND,))
        if claims.until is None:
            raise InvalidToken
        user, _ = await self._sessions.find(claims.sub, claims.sid)
        back = self._sign(claims.sub, claims.sid, claims.until, claims.until)
        return Shown(Principal(user, claims.sid, claims.until * 1000), back)

    def _sign(self, user_id: str, session_id: str, expires: int, until: int) -> str:
        issued = self._clock.wall() // 1000
        return self._signer.sign(
            Claims(user_id, session_id, self._ids.long(), KIND, issued, expires, until=until)
        )
