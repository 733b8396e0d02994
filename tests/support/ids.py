"""Ids that can be told apart and read in a failure: for simulations that make millions."""

from __future__ import annotations

import itertools


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
