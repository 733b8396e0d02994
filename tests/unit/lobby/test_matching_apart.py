"""Blocks last, cooldowns end, and what has ended takes no memory."""

from __future__ import annotations

from parley.lobby.apart import Apart


def ended(apart: Apart, now: float) -> list[tuple[str, str]]:
    pairs = []
    while (end := apart.next_end()) is not None and end <= now:
        pair = apart.end_next()
        if pair is not None:
            pairs.append(pair)
    return pairs


def test_a_cooldown_is_symmetric_and_over_at_its_very_end() -> None:
    apart = Apart()
    apart.cool("a", "b", 10)
    assert apart.between("a", "b", 9.999)
    assert apart.between("b", "a", 9.999)
    assert not apart.between("a", "b", 10)
    assert not apart.between("a", "c", 0)


def test_the_longest_cooldown_counts() -> None:
    apart = Apart()
    apart.cool("a", "b", 10)
    apart.cool("b", "a", 20)
    apart.cool("a", "b", 5)
    assert apart.between("a", "b", 19)
    assert ended(apart, 10) == []
    assert apart.next_end() == 20
    assert ended(apart, 20) == [("a", "b")]


def test_cooldowns_end_in_the_order_of_their_ends() -> None:
    apart = Apart()
    apart.cool("a", "b", 30)
    apart.cool("c", "d", 10)
    apart.cool("a", "c", 20)
    assert ended(apart, 25) == [("c", "d"), ("a", "c")]
    assert apart.between("a", "b", 25)


def test_prolonging_again_and_again_takes_no_memory() -> None:
    apart = Apart()
    for until in range(1, 1000):
        apart.cool("a", "b", until)
        apart.cool("b", "a", until)
    assert len(apart) == len(apart._ends) == 1


def test_a_block_lasts_until_it_is_lifted() -> None:
    apart = Apart()
    apart.block("a", "b")
    apart.block("a", "b")
    assert apart.between("b", "a", 1e12)
    assert len(apart) == 1
    assert apart.lift("b", "a")
    assert not apart.lift("a", "b")
    assert not apart.between("a", "b", 0)


def test_lifting_a_block_leaves_the_cooldown_to_run() -> None:
    apart = Apart()
    apart.cool("a", "b", 10)
    apart.block("a", "b")
    apart.lift("a", "b")
    assert apart.between("a", "b", 9)
    assert not apart.between("a", "b", 10)


def test_nobody_is_kept_apart_from_oneself() -> None:
    apart = Apart()
    apart.cool("a", "a", 10)
    apart.block("a", "a")
    assert len(apart) == 0


def test_what_has_ended_is_forgotten() -> None:
    apart = Apart()
    for number in range(100):
        apart.cool("a", f"p{number}", number)
        apart.block("a", f"p{number}")
    assert len(ended(apart, 100)) == 100
    for number in range(100):
        apart.lift("a", f"p{number}")
    assert (len(apart), apart._blocks, apart._cooldowns, apart._ends) == (0, {}, {}, [])
