"""What a client may still miss: never twice, never with a gap that it is not told of, never without bound."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parley.engine import Emission
from parley.engine.emission import SocketIOEncoding
from parley.engine.kept import Kept

ENCODING = SocketIOEncoding("/", offsets=True)
BARE = SocketIOEncoding("/", offsets=False)


def encoded(number: int) -> bytes:
    return Emission("event", (number,)).frames(ENCODING)


def kept_with(count: int, most: int = 256) -> tuple[Kept, list[bytes]]:
    kept = Kept(most, 1 << 20)
    events = [encoded(number) for number in range(count)]
    for event in events:
        keep(kept, event)
    return kept, events


def keep(kept: Kept, event: bytes) -> bool:
    """What a socket does with an event. False when an absent client may have missed what went for it."""
    kept.append(event)
    return not (len(kept) >= kept.check_at or len(event) > kept.share) or kept.bound()


@example(most=3, size=28, steps=[20, 3, 3, 3])
@given(
    most=st.integers(1, 12),
    size=st.integers(0, 200),
    steps=st.lists(st.sampled_from((1, 2, 3, 8, 20, 60, "mark", "confirm")), max_size=60),
)
def test_whatever_comes_in_whatever_order_the_bounds_hold_and_no_event_more_goes(
    most: int, size: int, steps: list[int | str]
) -> None:
    kept = Kept(most, size)
    left: list[bytes] = []
    marked = 0
    for step in steps:
        if step == "mark":
            kept.mark()
            marked = len(left)
        elif step == "confirm":
            kept.confirm()
            del left[:marked]
            marked = 0
        else:
            assert isinstance(step, int)
            event = b"x" * step
            keep(kept, event)
            left.append(event)
            while len(left) > most or sum(map(len, left)) > size:
                del left[0]
                marked = max(0, marked - 1)
        assert kept == left


@given(st.integers(1, 20), st.data())
def test_an_offset_is_followed_by_exactly_what_came_after_it(
    count: int, data: st.DataObject
) -> None:
    kept, events = kept_with(count)
    last = data.draw(st.integers(0, count - 1))
    assert kept.missed(ENCODING.offset(events[last]), ENCODING) == events[last + 1 :]


def test_an_offset_that_was_confirmed_is_followed_by_all_that_is_left() -> None:
    kept, events = kept_with(5)
    kept.mark()
    more = encoded(5)
    keep(kept, more)
    kept.confirm()
    assert kept.missed(ENCODING.offset(events[4]), ENCODING) == [more]
    assert len(kept) == 1


def test_a_pong_confirms_what_went_before_its_ping_once() -> None:
    kept, _ = kept_with(3)
    kept.confirm()  # there was no ping
    assert len(kept) == 3
    kept.mark()
    kept.confirm()
    kept.confirm()
    assert len(kept) == 0


def test_a_gap_makes_recovery_impossible_until_a_pong_closes_it() -> None:
    kept, events = kept_with(2, most=2)
    kept.mark()
    events.append(encoded(3))
    keep(kept, events[2])
    assert kept.missed(ENCODING.offset(events[0]), ENCODING) is None
    assert kept.missed(None, ENCODING) is None
    assert kept.missed(ENCODING.offset(events[1]), ENCODING) == [events[2]]
    kept.mark()
    kept.confirm()
    assert kept.missed(ENCODING.offset(events[2]), ENCODING) == []


def test_a_gap_behind_the_ping_is_not_closed_by_its_pong() -> None:
    kept, events = kept_with(1, most=1)
    kept.mark()
    for number in range(2):
        keep(kept, encoded(number))
    kept.confirm()
    assert kept.missed(ENCODING.offset(events[0]), ENCODING) is None


@pytest.mark.parametrize(
    ("waiting", "silent", "unseen"),
    [(0, False, 0), (2, False, 2), (0, True, 3), (4, True, 4), (5, False, 5)],
)
def test_what_waited_or_followed_an_unanswered_ping_is_unseen(
    waiting: int, silent: bool, unseen: int
) -> None:
    kept, events = kept_with(2)
    kept.mark()
    for number in range(3):
        events.append(encoded(number))
        keep(kept, events[-1])
    kept.broke(b"", events[5 - waiting :], silent=silent)
    assert kept.unseen() == events[5 - unseen :]
    assert kept.missed("garbage", ENCODING) == kept.unseen()
    assert kept.missed(None, BARE) == kept.unseen()


def test_the_bound_counts_packets_and_bytes() -> None:
    size = len(encoded(0))
    for packets, bytes_, left in [(4, 4 * size, 4), (3, 4 * size, 3), (4, 4 * size - 1, 3)]:
        kept = Kept(packets, bytes_)
        for number in range(4):
            keep(kept, encoded(number))
        assert len(kept) == left


def test_what_was_confirmed_counts_no_longer() -> None:
    kept = Kept(4, 4 * len(encoded(0)))
    for number in range(8):
        assert keep(kept, encoded(number))
        assert len(kept) == number % 4 + 1
        if number == 3:
            kept.mark()
            kept.confirm()


def test_keeping_more_says_when_it_took_what_an_absent_client_had_not_seen() -> None:
    kept, _ = kept_with(3, most=3)
    kept.broke(b"", (), silent=False)
    assert all(keep(kept, encoded(number)) for number in range(3))
    assert not keep(kept, encoded(4))
