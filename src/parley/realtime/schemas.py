"""What every connection is told, whatever its dialect: who it is, and what went wrong."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from parley.kernel.actor import Actor
from parley.kernel.errors import ParleyError

Place = TypeVar("Place")


class Session(Struct, Generic[Place]):
    """The first event on every connection. Whoever sends `token` back is the same person after a reconnect.

    It is empty where a cookie has said who that is, as it will again. `recovered`: this connection took the place
    of one that broke; `room` is then where it was.
    """

    token: str
    actor: Actor
    recovered: bool
    room: Place | None


class ErrorEvent(Struct, rename="camel"):
    """What went wrong. `code` is stable, `message` is for people and may change.

    `event` names what was sent, when it was not asked to be acknowledged (null when it was no event at
    all); `retryAfterMs` says when to try again.
    """

    code: str
    message: str
    event: str | UnsetType | None = UNSET
    retry_after_ms: int | UnsetType = UNSET

    @classmethod
    def of(cls, error: ParleyError, event: str | UnsetType | None = UNSET) -> ErrorEvent:
        """The error as it is told to whoever caused it."""
        return cls(error.code, error.message, event, error.details.get("retryAfterMs", UNSET))


class TokenExpired(Struct, rename="camel"):
    """The token that this connection began with is too old.

    Unless `authenticate` brings another one within `closesInMs`, the connection ends.
    """

    closes_in_ms: int


class SessionEnded(Struct):
    """Somebody has signed out here, or was signed out: the last that this connection hears."""

    reason: str


class Authenticate(Struct):
    """A token of an account: access token, session token, or one for sockets from /api/auth/socket-token."""

    token: Annotated[str, Meta(max_length=2048)]


class Authenticated(Struct, rename="camel"):
    """Who one is now on this connection, and until when without another token (ISO 8601)."""

    actor: Actor
    expires_at: str


class ConnectError(Struct):
    """The connection was refused; `data.code` is `invalid_token`, `bad_request` or `rate_limited`."""

    message: str
    data: ErrorEvent | UnsetType = UNSET
