"""Names for things that nobody can guess. Whoever needs one is handed Ids, so that a simulation can replay."""

from __future__ import annotations

import base64
import random
import secrets
from typing import Protocol


class Ids(Protocol):
    """Makes ids: unguessable, unique, safe in a URL, a header and a file name."""

    def short(self) -> str:
        """12 characters, 72 bits: a message, an alias, a ticket; good inside one room or one node."""

    def long(self) -> str:
        """22 characters, 132 bits: a room, a person, a session; good for ever and everywhere."""


class SystemIds:
    """From the operating system's source of randomness."""

    __slots__ = ()

    def short(self) -> str:
        return secrets.token_urlsafe(9)

    def long(self) -> str:
        return secrets.token_urlsafe(17)[:22]


class SeededIds:
    """The same ids for the same seed: for tests and simulations, never for a server."""

    __slots__ = ("_random",)

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable is what it is for

    def short(self) -> str:
        return self._text(9)

    def long(self) -> str:
        return self._text(17)[:22]

    def _text(self, size: int) -> str:
        return base64.urlsafe_b64encode(self._random.randbytes(size)).rstrip(b"=").decode("ascii")
