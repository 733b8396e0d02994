"""Ids that replay: short ones to be read in a failure, and ones that look like real ones."""

from __future__ import annotations

import base64
import itertools
import random


class CountedIds:
    """`s1`, `s2` … and `l1`, `l2` …; as unique as real ones, and the same in each run."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def short(self) -> str:
        return f"s{next(self._numbers)}"

    def long(self) -> str:
        return f"l{next(self._numbers)}"

    def object_id(self) -> str:
        return f"{next(self._numbers):024x}"

    def secret(self) -> str:
        return f"secret{next(self._numbers)}"


class SeededIds:
    """Ids like real ones, the same for the same seed."""

    __slots__ = ("_random",)

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def short(self) -> str:
        return self._text(9)

    def long(self) -> str:
        return self._text(17)[:22]

    def object_id(self) -> str:
        return self._random.randbytes(12).hex()

    def secret(self) -> str:
        return self._text(32)

    def _text(self, size: int) -> str:
        return base64.urlsafe_b64encode(self._random.randbytes(size)).rstrip(b"=").decode("ascii")
