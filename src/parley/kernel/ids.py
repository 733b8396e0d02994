"""Names for things that nobody can guess. Whoever needs one is handed Ids, so that a simulation can replay."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
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

    __slots__ = ("long", "short")

    def __init__(self) -> None:
        self.short = _letters(12).__next__
        self.long = _letters(22).__next__

    def object_id(self) -> str:
        return secrets.token_hex(12)

    def secret(self) -> str:
        return secrets.token_urlsafe(32)


def _letters(size: int) -> Iterator[str]:
    while True:
        many = secrets.token_urlsafe(192 * size)  # six bits of chance in each letter
        for at in range(0, 256 * size, size):
            yield many[at : at + size]
