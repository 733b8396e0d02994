"""Who may stand at the door, and how many of them."""

from __future__ import annotations

from ipaddress import ip_network

from parley.realtime.doorstep import Doorstep


def doorstep(room: int = 100) -> Doorstep:
    return Doorstep(
        per_address=2,
        trusted_proxies=[ip_network("10.0.0.0/8")],
        full=lambda waiting: waiting > room,
    )


def test_an_address_has_so_many_and_others_have_theirs() -> None:
    step = doorstep()
    assert step.enter("192.0.2.1") is step.enter("192.0.2.1") is None
    refusal = step.enter("192.0.2.1")
    assert refusal is not None
    assert refusal.startswith(b"HTTP/1.1 429 ")
    assert step.enter("192.0.2.2") is None
    assert step.refused == {"rate_limited": 1}


def test_whoever_goes_makes_room_the_refused_among_them() -> None:
    step = doorstep()
    for _ in range(3):
        step.enter("192.0.2.1")
    step.leave("192.0.2.1")
    assert step.enter("192.0.2.1") is not None
    for _ in range(3):
        step.leave("192.0.2.1")
    assert (step.connections, step._open) == (0, {})


def test_a_network_that_one_visitor_has_counts_together() -> None:
    step = doorstep()
    for last in range(2):
        assert step.enter(f"2001:db8::{last}") is None
    assert step.enter("2001:db8::ffff:1") is not None
    assert step.enter("2001:db8:0:1::1") is None


def test_a_trusted_proxy_stands_for_many() -> None:
    step = doorstep()
    assert [step.enter("10.1.2.3") for _ in range(50)] == [None] * 50


def test_ipv4_on_a_socket_for_both_families_is_still_ipv4() -> None:
    step = doorstep()
    for last in range(5):
        assert step.enter(f"::ffff:192.0.2.{last}") is None
    assert step.enter("192.0.2.1") is None
    assert step.enter("::ffff:192.0.2.1") is not None
    assert [step.enter("::ffff:10.1.2.3") for _ in range(50)] == [None] * 50
    for address in ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.1"):
        step.leave(address)
    assert "192.0.2.1" not in step._open


def test_all_together_leave_room_for_sockets() -> None:
    step = doorstep(room=3)
    for last in range(3):
        assert step.enter(f"10.0.0.{last}") is None
    refusal = step.enter("10.0.0.9")
    assert refusal is not None
    assert refusal.startswith(b"HTTP/1.1 503 ")
    assert step.refused == {"overloaded": 1}
