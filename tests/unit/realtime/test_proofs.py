"""A proof is as good as the last thing that was heard of its user, and as long as its token says."""

from __future__ import annotations

from typing import Any, cast

from parley.engine import Socket
from parley.kernel.actor import Actor
from parley.realtime import Connection, Dialect, Proof
from parley.realtime.proofs import GRACE_S, Arrival, Proofs
from tests.support.clock import ManualClock

USER = Actor("u", "user")
DIALECT = Dialect("native", {}, {})


class Line:
    """A socket that writes down what happens to it."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def emit(self, name: str, *args: Any) -> None:
        self.heard.append(name)

    def disconnect(self, reason: Any) -> None:
        self.heard.append("closed")


def proven(proofs: Proofs, expires_at: int) -> tuple[Connection, Line]:
    line = Line()
    connection = Connection(cast("Socket", line), USER, DIALECT, settled=True, since=0.0)
    proofs.set(connection, Proof(USER, "t", "s", expires_at))
    return connection, line


def test_who_shows_no_other_token_is_told_once_and_closed_after_the_grace() -> None:
    clock = ManualClock()
    proofs = Proofs(clock)
    _, line = proven(proofs, clock.wall() + 1000)
    proofs.sweep()
    assert line.heard == []
    clock.advance(1.0)
    proofs.sweep()
    proofs.sweep()
    assert line.heard == ["token_expired"]
    clock.advance(GRACE_S - 0.1)
    proofs.sweep()
    assert line.heard == ["token_expired"]
    clock.advance(0.1)
    proofs.sweep()
    assert line.heard == ["token_expired", "closed"]


def test_who_shows_another_token_in_time_stays_until_that_one_is_too_old() -> None:
    clock = ManualClock()
    proofs = Proofs(clock)
    connection, line = proven(proofs, clock.wall())
    proofs.sweep()
    proofs.set(connection, Proof(USER, "t2", "s", clock.wall() + 100_000))
    clock.advance(GRACE_S + 1)
    proofs.sweep()
    assert line.heard == ["token_expired"]
    clock.advance(40)
    proofs.sweep()
    assert line.heard == ["token_expired", "token_expired"]


def test_a_connection_that_is_over_is_forgotten() -> None:
    clock = ManualClock()
    proofs = Proofs(clock)
    connection, line = proven(proofs, clock.wall())
    proofs.sweep()
    proofs.forget(connection)
    clock.advance(GRACE_S)
    proofs.sweep()
    assert line.heard == ["token_expired"]
    assert len(proofs) == 0


def test_what_is_heard_while_somebody_is_looked_up_counts() -> None:
    arrival = Arrival()
    proof = Proof(USER, "t", "s", 0)
    assert arrival.up_to_date(proof) == proof
    arrival.heard_matching("somebody else", False, "IN")
    arrival.heard_ended(frozenset({"another"}))
    assert arrival.up_to_date(proof) == proof
    arrival.heard_matching("u", False, "IN")
    found = arrival.up_to_date(proof)
    assert found is not None
    assert (found.available, found.country) == (False, "IN")
    arrival.heard_ended(frozenset({"s"}))
    assert arrival.up_to_date(proof) is None
