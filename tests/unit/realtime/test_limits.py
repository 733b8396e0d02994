"""Buckets, windows and the gate: what they let through, when they say to come back, and what they remember."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.engine import Request
from parley.realtime import AddressGate, Bucket, Window, whose
from parley.settings import Rate
from tests.support.clock import ManualClock


def test_a_bucket_is_full_at_first_and_fills_at_its_rate() -> None:
    rate = Rate(2, 3)
    bucket = Bucket(rate, 100.0)
    assert [bucket.take(100.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take(100.0) == 0.5
    assert bucket.take(100.25) == 0.25
    assert bucket.take(100.5) == 0.0
    assert bucket.take(100.5) > 0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    rate = Rate(10, 2)
    bucket = Bucket(rate, 0.0)
    assert [bucket.take(1e6) == 0.0 for _ in range(3)] == [True, True, False]


@given(
    rate=st.builds(Rate, st.floats(0.1, 1000), st.integers(1, 600)),
    up=st.floats(0, 1e8),  # three years
)
def test_a_bucket_gives_its_burst_and_no_more_however_long_the_machine_is_up(
    rate: Rate, up: float
) -> None:
    bucket = Bucket(rate, up)
    assert not any(bucket.take(up) for _ in range(rate.burst))
    assert bucket.take(up) > 0


def test_several_can_be_taken_at_once_and_too_many_cost_a_full_bucket() -> None:
    rate = Rate(1, 10)
    bucket = Bucket(rate, 0.0)
    assert bucket.take(0.0, 7) == 0.0
    assert bucket.take(0.0, 5) == 2.0
    assert bucket.take(0.0, 0) == 0.0
    assert bucket.take(2.0, 5) == 0.0
    assert bucket.take(2.0, 99) == 10.0
    assert bucket.take(12.0, 99) == 0.0


@given(
    rate=st.builds(Rate, st.floats(0.1, 1000), st.integers(1, 100)),
    waits=st.lists(st.floats(0, 10), min_size=1, max_size=50),
)
def test_who_waits_as_long_as_told_is_let_through(rate: Rate, waits: list[float]) -> None:
    now = 0.0
    bucket = Bucket(rate, now)
    for taken, wait in enumerate(waits, 1):
        now += wait
        told = bucket.take(now)
        if told:
            now += told * (1 + 1e-9) + 1e-9
            assert bucket.take(now) == 0.0
        assert taken <= rate.burst + now * rate.rate + 0.01


def test_a_window_lets_so_many_through_and_says_when_it_ends() -> None:
    clock = ManualClock()
    window = Window(3, 60.0, clock)
    assert [window.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    clock.advance(20)
    assert window.take("a") == pytest.approx(40)
    assert window.take("b") == 0.0
    clock.advance(40)
    assert window.take("a") == 0.0


def test_a_window_remembers_the_latest_keys_alone() -> None:
    window = Window(1, 60.0, ManualClock(), keys=3)
    for key in "abcd":
        assert window.take(key) == 0.0
    assert window.take("d") > 0
    assert window.take("b") > 0
    assert window.take("a") == 0.0  # forgotten


def request(address: str) -> Request:
    return Request("/socket.io/", "", [], address)


def test_the_gate_counts_who_comes_and_who_leaves() -> None:
    gate = AddressGate(per_address=2, in_all=3, handshakes=Rate(1e6, 100), clock=ManualClock())
    assert gate.enter(request("a")) is None
    assert gate.enter(request("a")) is None
    refusal = gate.enter(request("a"))
    assert refusal is not None
    assert (refusal.status, refusal.code) == (429, "rate_limited")
    assert gate.enter(request("b")) is None
    refusal = gate.enter(request("c"))
    assert refusal is not None
    assert (refusal.status, refusal.code) == (503, "overloaded")
    assert refusal.retry_after is not None
    gate.leave("a")
    assert gate.enter(request("c")) is None
    assert gate.refused == {"rate_limited": 1, "overloaded": 1}
    for address in ("a", "b", "c"):
        gate.leave(address)
    assert gate.sockets == 0
    assert gate._open == {}


def test_the_gate_lets_so_many_in_a_second() -> None:
    clock = ManualClock()
    gate = AddressGate(per_address=1000, in_all=1000, handshakes=Rate(2, 3), clock=clock)
    entered = [gate.enter(request("a")) is None for _ in range(5)]
    assert entered == [True] * 3 + [False] * 2
    assert gate.sockets == 3
    clock.advance(1)
    assert [gate.enter(request("a")) is None for _ in range(3)] == [True, True, False]


def test_who_comes_and_goes_without_end_leaves_the_handshakes_to_others() -> None:
    clock = ManualClock()
    gate = AddressGate(per_address=3, in_all=100, handshakes=Rate(300, 600), clock=clock)
    for _ in range(6):
        assert gate.enter(request("a")) is None
        gate.leave("a")
    refusal = gate.enter(request("a"))
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.retry_after) == (429, "rate_limited", 10)
    assert gate.enter(request("b")) is None
    clock.advance(10)
    assert gate.enter(request("a")) is None


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::ffff", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no:address", "no:address"),
        ("", ""),
    ],
)
def test_an_ipv6_address_counts_as_its_network(address: str, counts_as: str) -> None:
    assert whose(address) == counts_as


def test_the_gate_counts_the_addresses_of_one_ipv6_network_together() -> None:
    gate = AddressGate(per_address=2, in_all=9, handshakes=Rate(1e6, 100), clock=ManualClock())
    assert gate.enter(request("2001:db8::1")) is None
    assert gate.enter(request("2001:db8::2")) is None
    assert gate.enter(request("2001:db8::3")) is not None
    assert gate.enter(request("2001:db8:0:1::3")) is None
    for address in ("2001:db8::2", "2001:db8::1", "2001:db8:0:1::3"):
        gate.leave(address)
    assert gate._open == {}
