"""Whatever people do in whatever order, pair rooms keep their promises: hypothesis looks for an order that breaks one."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.lobby_client import Client
from tests.support.lobby_life import Life
from tests.support.lobby_world import World

PEOPLE = 6
clients = st.integers(0, PEOPLE - 1)
WISHES = st.fixed_dictionaries(
    {"kind": st.sampled_from(["chat", "video"])},
    optional={
        "country": st.sampled_from(["DE", "IN"]),
        "countries": st.sets(st.sampled_from(["DE", "IN"]), min_size=1).map(frozenset),
        "country_required": st.booleans(),
        "interests": st.sets(st.sampled_from(["tea", "go"]), min_size=1).map(frozenset),
        "language": st.sampled_from(["de", "en"]),
        "pool": st.sampled_from(["", "apart"]),
    },
)
ANY = st.just({"kind": "chat"})


class PairRoomsMachine(RuleBasedStateMachine):
    """Six tabs of five people, an onlooker with a ledger, and hypothesis as their fate."""

    @initialize(seed=st.integers(0, 2**16))
    def open(self, seed: int) -> None:
        self.world = World(seed, PEOPLE)
        self.life = Life(self.world, seed)
        for client in self.world.clients:
            self.world.connect(client)

    def _who(self, n: int, *, online: bool = True) -> Client | None:
        """That client, if it can act; what the lobby has to hear of it, it hears before."""
        client = self.world.clients[n]
        if any(one is client for _, one in self.world.deferred):
            self.world.later(all_of_it=True)
        if client.closed:
            if client.participant is None:
                self.world.connect(client)
            return None
        return client if client.online is online else None

    @rule(n=clients, wishes=st.one_of(ANY, WISHES))
    def join(self, n: int, wishes: dict[str, Any]) -> None:
        if client := self._who(n):
            self.world.join(client, wishes)

    @rule(n=clients)
    def stop_looking(self, n: int) -> None:
        if client := self._who(n):
            self.world.stop_looking(client)

    @rule(n=clients)
    def skip(self, n: int) -> None:
        if client := self._who(n):
            self.world.skip(client)

    @rule(n=clients, late=st.booleans())
    def leave(self, n: int, late: bool) -> None:
        if client := self._who(n):
            self.world.leave(client, client.used if late or not client.room else client.room)

    @rule(n=clients, late=st.booleans(), kind=st.integers(0, 2), times=st.sampled_from([1, 1, 20]))
    def signal(self, n: int, late: bool, kind: int, times: int) -> None:
        for _ in range(times):
            if client := self._who(n):
                self.world.signal(client, client.used if late else client.room or "none", kind)

    @rule(n=clients)
    def lose(self, n: int) -> None:
        if client := self._who(n):
            self.world.lose(client)

    @rule(n=clients)
    def regain(self, n: int) -> None:
        if client := self._who(n, online=False):
            self.world.regain(client)

    @rule(n=clients, online=st.booleans(), clean=st.booleans())
    def hang_up(self, n: int, online: bool, clean: bool) -> None:
        if client := self._who(n, online=online):
            self.world.hang_up(client, clean=clean and online)

    @rule(n=clients)
    def read_slowly(self, n: int) -> None:
        if client := self._who(n):
            client.reading = False

    @rule(n=clients)
    def catch_up(self, n: int) -> None:
        if client := self._who(n):
            self.world.catch_up(client)

    @rule(one=clients, other=clients)
    def block_or_reunite(self, one: int, other: int) -> None:
        people = self.world.clients
        self.world.block_or_reunite(people[one].person, people[other].person)

    @rule(seconds=st.sampled_from([0.25, 1.0, 3.0, 10.0, 61.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    @precondition(lambda self: self.world.deferred)
    @rule()
    def hear_news(self) -> None:
        self.world.later(all_of_it=True)

    @invariant()
    def promises_are_kept(self) -> None:
        self.life.check_touched()
        if not self.world.deferred:
            self.world.pass_time(0.0)
            self.life.take_stock()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.life.end()


PairRoomsMachine.TestCase.settings = settings(
    max_examples=250,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
test_pair_rooms_keep_their_promises_in_any_order = PairRoomsMachine.TestCase
