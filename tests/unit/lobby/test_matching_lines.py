"""Lines keep the order of places, cost the same when long, and keep nothing of those who left."""

from __future__ import annotations

import random
from bisect import insort

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.lobby.lines import SPAN, Lines, _LongLine


def standing(lines: Lines[str], key: str = "k") -> list[int]:
    return list(lines.walk(key))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(1, 6 * SPAN),
    order=st.sampled_from(("ascending", "descending", "shuffled")),
    farewell=st.sampled_from(("first", "last", "any")),
)
def test_a_line_is_always_in_order_however_people_come_and_go(
    seed: int, size: int, order: str, farewell: str
) -> None:
    rng = random.Random(seed)
    places = rng.sample(range(10 * size), size)
    if order != "shuffled":
        places.sort(reverse=order == "descending")
    lines: Lines[str] = Lines()
    expected: list[int] = []
    for place in places:
        lines.enter(["k"], place)
        insort(expected, place)
        assert lines.first("k") == expected[0]
    assert standing(lines) == expected
    while expected:
        index = {"first": 0, "last": len(expected) - 1, "any": rng.randrange(len(expected))}[
            farewell
        ]
        lines.leave(["k"], expected.pop(index))
        assert lines.first("k") == (expected[0] if expected else None)
        if len(expected) % 97 == 0:
            assert standing(lines) == expected
    assert len(lines) == 0


def test_lines_under_different_keys_do_not_touch_each_other() -> None:
    lines: Lines[str] = Lines()
    lines.enter("ab", 1)
    lines.enter("bc", 2)
    assert [standing(lines, key) for key in "abc"] == [[1], [1, 2], [2]]
    lines.leave("ab", 1)
    assert [standing(lines, key) for key in "abc"] == [[], [2], [2]]
    assert len(lines) == 2


@pytest.mark.parametrize("size", [1, 3, 5 * SPAN])
@pytest.mark.parametrize("stranger", [-1, 1, 10**9])
def test_who_does_not_stand_there_cannot_leave(size: int, stranger: int) -> None:
    lines: Lines[str] = Lines()
    for place in range(0, 2 * size, 2):
        lines.enter(["k"], place)
    with pytest.raises(KeyError):
        lines.leave(["k"], stranger)
    with pytest.raises(KeyError):
        lines.leave(["nobody"], 0)
    assert standing(lines) == list(range(0, 2 * size, 2))


def test_no_change_of_a_long_line_moves_more_than_one_stretch() -> None:
    rng = random.Random(3)
    lines: Lines[str] = Lines()
    present: list[int] = []
    for _ in range(100 * SPAN):
        place = rng.randrange(10**9)
        lines.enter(["k"], place)
        present.append(place)
    rng.shuffle(present)
    for place in present[: 90 * SPAN]:
        lines.leave(["k"], place)
    line = lines._lines["k"]
    assert isinstance(line, _LongLine)
    assert max(map(len, line.stretches)) <= SPAN
    # Neighbours that fit together were joined: a shrunken line is not left in crumbs.
    assert len(line.stretches) <= 2 * len(present[90 * SPAN :]) / (SPAN // 2) + 1


def test_newcomers_fill_a_long_line_without_gaps() -> None:
    lines: Lines[str] = Lines()
    for place in range(50 * SPAN):
        lines.enter(["k"], place)
    line = lines._lines["k"]
    assert isinstance(line, _LongLine)
    assert len(line.stretches) == 50
