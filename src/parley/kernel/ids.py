"""Names for things that nobody can guess. Whoever needs one is handed Ids, so that a simulation can replay."""

from __future__ import annotations

import secrets
from typing import Protocol


class Ids(Protocol):
    """Makes ids: unguessable, unique, safe in a URL, a header and a file name."""

    def short(self) -> str:
        """12 characters, 72 bits: a message, an alias, a ticket; good inside one room or one node."""

    def long(self) -> str:
        """22 characters, 132 bits: a room, a person, a session; good for ever and everywhere."""

    def object_id(self) -> str:
        """24 lower-case hex characters, 96 bits: an account, in the shape that MongoDB's ids have (seed 002)."""

    def secret(self) -> str:
        """43 characters, 256 bits: what opens something to whoever shows it."""


class SystemIds:
    """From the operating system's source of randomness, which is asked for many at once: asking costs most."""

    __slots__ = ("_at", "_letters")

    def __init__(self) -> None:
        self._letters = ""
        self._at = 0

    def short(self) -> str:
        return self._take(12)

    def long(self) -> str:
        return self._take(22)

    def object_id(self) -> str:
        return secrets.token_hex(12)

    def secret(self) -> str:
        return secrets.token_urlsafe(32)

    def _take(self, size: int) -> str:
        at = self._at
        if at + size > len(self._letters):
            self._letters = secrets.token_urlsafe(3072)  # six bits of chance in each letter
            at = 0
        self._at = at + size
        return self._letters[at : at + size]
