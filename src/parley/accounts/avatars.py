"""Pictures of people: uploaded ones as files in the data folder, and initials for everybody else.

An uploaded file is what its first bytes say, whatever it is called, and gets a name that nobody can guess and
that never stands for another picture. Nothing of it is read further, and browsers are told not to guess either.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from html import escape
from pathlib import Path
from typing import NamedTuple

from parley.accounts.user import User
from parley.kernel.errors import BadRequest, NotFound, TooLarge
from parley.kernel.ids import Ids

MAX_BYTES = 2 * 1024 * 1024
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
_STORED = re.compile(r"[\w-]{22}\.(png|jpg|webp)", re.ASCII)


class Picture(NamedTuple):
    """A file's content, and what it is."""

    content: bytes
    media_type: str


class Avatars:
    """The folder of uploaded pictures."""

    def __init__(self, folder: Path, ids: Ids) -> None:
        self._folder = folder
        self._ids = ids

    async def keep(self, content: bytes) -> str:
        """Store a picture; gives its file name. Raises BadRequest for what is none, TooLarge beyond 2 MiB."""
        if len(content) > MAX_BYTES:
            raise TooLarge("A picture has at most 2 MiB.")
        name = f"{self._ids.long()}.{kind_of(content)}"
        await asyncio.to_thread(self._write, name, content)
        return name

    async def read(self, name: str) -> Picture:
        """A stored picture. Raises NotFound."""
        if not (found := _STORED.fullmatch(name)):
            raise NotFound("There is no such picture.")
        try:
            content = await asyncio.to_thread((self._folder / name).read_bytes)
        except FileNotFoundError:
            raise NotFound("There is no such picture.") from None
        return Picture(content, TYPES[found[1]])

    async def remove(self, name: str | None) -> None:
        """Delete a stored picture, if it is one and still there."""
        if name is not None and _STORED.fullmatch(name):
            await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)

    def forget(self, user: User) -> None:
        """Delete the picture of somebody who is gone."""
        if user.avatar is not None and _STORED.fullmatch(user.avatar):
            (self._folder / user.avatar).unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f".{name}"
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / name)


def kind_of(content: bytes) -> str:
    """png, jpg or webp, by the signature. Raises BadRequest for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    raise BadRequest("A picture is a PNG, a JPEG or a WebP file.", field="avatar")


def initials(user: User) -> str:
    """An SVG of one or two letters of the name, on a colour that is always the same for that user."""
    words = [word for word in re.split(r"[\W_]+", user.name or user.username) if word]
    letters = "".join(word[0] for word in (words[:1] + words[1:][-1:])) or user.username[:1]
    hue = int.from_bytes(hashlib.sha256(user.id.encode()).digest()[:2], "big") % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<rect width="64" height="64" fill="hsl({hue} 45% 38%)"/>'
        '<text x="32" y="33" fill="#fff" font-family="system-ui,sans-serif" font-size="27" font-weight="600" '
        f'text-anchor="middle" dominant-baseline="central">{escape(letters.upper())}</text></svg>\n'
    )
