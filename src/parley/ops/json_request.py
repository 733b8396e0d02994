"""Bodies of REST requests, held to the same as events: JSON that can be stored and sent on, or a 400.

At most 32 levels, UTF-8, no NUL and no lone surrogate in a string, no NaN or Infinity, no number that no
database holds.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request

from parley.kernel.errors import BadRequest

MAX_DEPTH = 32
MAX_INTEGER = 2**63


class JsonRequest(Request[Any, Any, Any]):
    """A request whose `json` is strict."""

    async def json(self) -> Any:
        """The body, decoded; None when there is none. Raises BadRequest."""
        known = self._connection_state
        if not isinstance(known.json, _Decoded):
            body = await self.body()
            known.json = _Decoded(_decode(body) if body else None)
        return known.json.value


class _Decoded(msgspec.Struct, frozen=True):
    value: Any


def _decode(body: bytes) -> Any:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("The body is no JSON that is understood here.") from error
    _check(found, MAX_DEPTH)
    return found


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise BadRequest("NUL is not allowed in a text.")
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value < MAX_INTEGER:
            raise BadRequest("A number is too large.")
    elif isinstance(value, list | dict):
        if depth == 0:
            raise BadRequest(f"More than {MAX_DEPTH} levels are not understood here.")
        if isinstance(value, dict):
            for name, inner in value.items():
                _check(name, depth)
                _check(inner, depth - 1)
        else:
            for inner in value:
                _check(inner, depth - 1)
