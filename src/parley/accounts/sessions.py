"""Sessions: one for each device that is signed in; signed, rotated and ended here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from parley.accounts.schemas import Device, Principal, SessionShown, Tokens
from parley.accounts.user import User

EndReason = Literal["logout", "revoked", "reused", "password_changed", "disabled", "deleted"]
Ended = Callable[[str, Sequence[str], EndReason], None]
"""Told (user id, session ids, why) after commit, whatever ends sessions: closes their sockets."""


class Sessions:
    """Opens sessions, knows people by their tokens, and ends them. Every call is true to the database: no cache."""

    ended: Ended
    """Set by `app`; does nothing at first."""

    async def open(self, user: User, device: Device) -> Tokens:
        """A session of an access token (15 min) and a refresh token (7 days in all, rotated). Raises AccountDisabled."""
        raise NotImplementedError

    async def open_token(self, user: User, device: Device) -> str:
        """A session of one token that is good for 7 days (seeds 000 and 004)."""
        raise NotImplementedError

    async def authenticate(self, token: Any) -> Principal:
        """Whose access or session token this is. Raises InvalidToken: forged, expired, ended, or disabled."""
        raise NotImplementedError

    async def refresh(self, token: Any, device: Device) -> tuple[User, Tokens]:
        """The next tokens for a refresh token; the same one twice ends the session. Raises InvalidToken."""
        raise NotImplementedError

    async def end(self, principal: Principal, reason: EndReason = "logout") -> None:
        """End that session."""
        raise NotImplementedError

    async def end_all(
        self, user_id: str, reason: EndReason, *, but: str | None = None
    ) -> Sequence[str]:
        """End every session of that user, except one; gives the ids of those that ended."""
        raise NotImplementedError

    async def revoke(self, user_id: str, session_id: str) -> None:
        """End one of that user's sessions. Raises NotFound, of somebody else's, too."""
        raise NotImplementedError

    async def all_of(self, user_id: str, current: str | None = None) -> list[SessionShown]:
        """Where that user is signed in, the latest first."""
        raise NotImplementedError

    async def ended_since(self, wall: int) -> list[tuple[str, str]]:
        """(user id, session id) of all that ended since then, by whatever process: an operator's command, another node."""
        raise NotImplementedError
