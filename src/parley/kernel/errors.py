"""One tree of errors with stable codes, for REST answers, acks and `error` events alike.

A code never changes its meaning; the message is for people and may. What an error shows
(`to_dict`, `to_problem`) holds nothing that the client may not know.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Any, ClassVar


class ParleyError(Exception):
    """Something that the asking side may be told. Raise one of its subclasses.

    `details` are further members of the error object, in the wire's spelling (camelCase).
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    text: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or self.text
        self.details = details
        super().__init__(self.message)

    def to_dict(self) -> dict[str, Any]:
        """The error object of an ack or an `error` event: code, message and the details."""
        return {"code": self.code, "message": self.message, **self.details}

    def to_problem(self) -> dict[str, Any]:
        """The body of `application/problem+json` (RFC 9457), with `code` and the details as extensions."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.message,
            "code": self.code,
            **self.details,
        }

    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to the answer."""
        return {}


class BadRequest(ParleyError):
    """The payload does not have the shape that was asked for."""

    code = "bad_request"
    status = 400
    text = "That request was not understood."


class UnknownEvent(ParleyError):
    """An event that the connection's dialect does not have."""

    code = "unknown_event"
    status = 400
    text = "There is no such event."


class Unauthorized(ParleyError):
    """Somebody known is asked for."""

    code = "unauthorized"
    status = 401
    text = "Sign in first."

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class InvalidToken(Unauthorized):
    """The token was made by somebody else, or is too old."""

    code = "invalid_token"
    text = "That token is not valid here."


class Forbidden(ParleyError):
    """Known, and still not allowed."""

    code = "forbidden"
    status = 403
    text = "That is not allowed."


class NotInRoom(Forbidden):
    """The room named is not the one the sender is in."""

    code = "not_in_room"
    text = "You are not in that room."


class NotFound(ParleyError):
    """There is nothing by that name, or nothing that the asking side may know of."""

    code = "not_found"
    status = 404
    text = "There is nothing here."


class Conflict(ParleyError):
    """It does not fit the present state."""

    code = "conflict"
    status = 409
    text = "That does not fit what is going on now."


class TooLarge(ParleyError):
    """Beyond a documented size."""

    code = "too_large"
    status = 413
    text = "That is too large."


class _Later(ParleyError):
    """Not now: says when to try again, in milliseconds on the wire, in whole seconds in the header."""

    def __init__(self, retry_after_ms: int, message: str | None = None, **details: Any) -> None:
        super().__init__(message, retryAfterMs=retry_after_ms, **details)
        self.retry_after_ms = retry_after_ms

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(max(1, math.ceil(self.retry_after_ms / 1000)))}


class RateLimited(_Later):
    """Too often."""

    code = "rate_limited"
    status = 429
    text = "That was too often; wait a moment."


class Overloaded(_Later):
    """This node has as many connections as it takes."""

    code = "overloaded"
    status = 503
    text = "The server is full; try again shortly."


class Draining(_Later):
    """This node is about to stop."""

    code = "draining"
    status = 503
    text = "The server is restarting; try again shortly."
