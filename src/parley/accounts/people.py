"""Everybody, by the token that a connection shows: guests by their signature, users by their session."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Awaitable
from typing import Any

import msgspec

from parley.accounts.guests import Guests
from parley.accounts.schemas import Principal
from parley.accounts.sessions import Sessions
from parley.accounts.tickets import KIND as TICKET
from parley.accounts.tickets import Tickets
from parley.kernel.actor import Actor
from parley.realtime import Proof

_MAX_TOKEN = 2048


class _Kind(msgspec.Struct):
    typ: str = ""


class People:
    """The identities of all connections. What a token says of its kind decides only who is asked about it."""

    def __init__(self, guests: Guests, sessions: Sessions, tickets: Tickets) -> None:
        self._guests = guests
        self._sessions = sessions
        self._tickets = tickets

    def new(self) -> Actor:
        """A guest never seen before."""
        return self._guests.new()

    def issue(self, actor: Actor) -> str:
        """A token by which this guest is known again."""
        return self._guests.issue(actor)

    def verify(self, token: Any) -> Actor | Awaitable[Proof]:
        """Whose token this is; of users it takes a look into the database. Raises InvalidToken."""
        kind = _kind(token)
        if kind in ("access", "session"):
            return self._user(token)
        return self._holder(token) if kind == TICKET else self._guests.verify(token)

    async def _user(self, token: str) -> Proof:
        return _proof(await self._sessions.authenticate(token), token)

    async def _holder(self, ticket: str) -> Proof:
        shown = await self._tickets.verify(ticket)
        return _proof(shown.principal, shown.token)


def _proof(principal: Principal, token: str) -> Proof:
    return Proof(
        actor=principal.user.actor,
        token=token,
        session_id=principal.session_id,
        expires_at=principal.expires_at,
        available=principal.user.availability == "online",
        country=principal.user.country,
    )


def _kind(token: Any) -> str:
    """What the token says that it is; nothing is believed yet."""
    if not isinstance(token, str) or len(token) > _MAX_TOKEN:
        return ""
    claims = token.partition(".")[2].partition(".")[0]
    try:
        raw = urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
        return msgspec.json.decode(raw, type=_Kind).typ
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        return ""
