"""What people in a simulated lobby do, step by step, and what must be true after each step."""

from __future__ import annotations

import random
from typing import Any

from parley.lobby.ticket import KINDS

from .lobby_client import Client
from .lobby_ledger import PromiseBroken, must
from .lobby_world import OUTBOX, World

STOCK_TAKING_EVERY = 5000
FAR_STOCK_TAKING_EVERY = 500
FEW_BLOCKS = 150

_COUNTRIES = ("DE", "IN", "US", "BR")
_INTERESTS = ("music", "films", "go", "tea", "rust", "chess", "birds", "maps")
_LANGUAGES = ("de", "en", "pt")


def wishes(chance: random.Random) -> dict[str, Any]:
    """The wishes of somebody: often none, sometimes many, sometimes a must."""
    found: dict[str, Any] = {"kind": KINDS[chance.random() < 0.7]}
    if chance.random() < 0.06:
        found["pool"] = "apart"
    if chance.random() < 0.5:
        found["country"] = chance.choice(_COUNTRIES)
    if chance.random() < 0.3:
        found["countries"] = frozenset(chance.sample(_COUNTRIES, chance.choice((1, 1, 2))))
        found["country_required"] = chance.random() < 0.4
    if chance.random() < 0.4:
        found["interests"] = frozenset(chance.sample(_INTERESTS, chance.choice((1, 2, 3))))
    if chance.random() < 0.3:
        found["language"] = chance.choice(_LANGUAGES)
    return found


class Life:
    """Lets a world live. Raises PromiseBroken, with the seed and the step, when it breaks a promise."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._chance = world.random
        self._stock_taking = FAR_STOCK_TAKING_EVERY if world.far else STOCK_TAKING_EVERY
        self.steps = 0

    def live(self, steps: int) -> None:
        """Take so many steps."""
        world = self._world
        chance = self._chance.random
        clients = world.clients
        crowd = len(clients)
        try:
            for self.steps in range(self.steps + 1, self.steps + steps + 1):  # noqa: B020 - counts on
                if chance() < 0.05:
                    world.pass_time(self._chance.expovariate(2.0))
                elif chance() < 0.006:
                    self._block_or_reunite()
                else:
                    self._act(clients[int(chance() * crowd)])
                if world.deferred:
                    world.later(all_of_it=chance() < 0.3)
                if world.flights:
                    world.go_on()
                self.check_touched()
                if self.steps % self._stock_taking == 0:
                    self.take_stock()
        except AssertionError as broken:
            where = f"seed {self._seed}, step {self.steps}"
            raise PromiseBroken(f"{where}: {broken}") from broken

    # --- one step --------------------------------------------------------------------------------------

    def _act(self, client: Client) -> None:
        if any(one is client for _, one in self._world.deferred):
            self._world.later(all_of_it=True)  # its own news travel before its next deed
        if client.closed:
            if client.participant is None:
                self._world.connect(client)
        elif not client.online:
            self._stay_away(client)
        elif client.busy:
            self._falter(client, self._chance.uniform(0.5, 1.0))
        elif client.outbox and self._chance.random() < 0.1:
            self._world.catch_up(client)
        elif client in self._world.ledger.room_of:
            self._talk(client)
        else:
            self._look(client)

    def _stay_away(self, client: Client) -> None:
        chance = self._chance.random()
        if chance < 0.5:
            self._world.regain(client)
        elif chance < 0.6:
            self._world.counts["expired"] += 1
            self._world.hang_up(client)

    def _talk(self, client: Client) -> None:
        world, chance = self._world, self._chance.random()
        room = client.room or client.used  # a slow reader may not know of its room yet
        if chance < 0.79:
            world.signal(client, room, int(chance * 100) % 3)
        elif chance < 0.80:
            self._change(client)
        elif chance < 0.84:
            world.signal(client, client.used, 2)
        elif chance < 0.90:
            world.skip(client)
        elif chance < 0.93:
            world.leave(client, room)
        elif chance < 0.935:
            world.join(client, wishes(self._chance))
        elif chance < 0.94:
            world.block(client)
        else:
            self._falter(client, chance)

    def _look(self, client: Client) -> None:
        world, chance = self._world, self._chance.random()
        if chance < 0.5 and client not in world.ledger.waiting:
            world.join(client, wishes(self._chance))
        elif chance < 0.62:
            world.signal(client, client.used, int(chance * 100) % 3)
        elif chance < 0.68:
            world.stop_looking(client)
        elif chance < 0.74:
            world.skip(client)
        elif chance < 0.76:
            world.leave(client, client.used)
        elif chance < 0.80:
            world.join(client, wishes(self._chance))
        elif chance < 0.805:
            world.block(client)
        elif chance < 0.83:
            self._change(client)
        elif chance > 0.94:
            self._falter(client, chance)

    def _change(self, client: Client) -> None:
        world = self._world
        if client.person == client.guest and self._chance.random() < 0.3:
            world.sign_in(client, world.any_user())
        else:
            world.set_available(client, not client.available or self._chance.random() < 0.5)

    def _falter(self, client: Client, chance: float) -> None:
        if chance < 0.94:
            return
        if chance < 0.96:
            self._world.lose(client)
        elif chance < 0.97:
            self._world.hang_up(client, clean=True)
        elif chance < 0.975:
            self._world.hang_up(client)
        else:
            client.reading = not client.reading

    def _block_or_reunite(self) -> None:
        world = self._world
        blocks = world.ledger.blocks()
        if len(blocks) > FEW_BLOCKS:
            world.block_or_reunite(*blocks[int(self._chance.random() * len(blocks))])
        else:
            one, other = self._chance.sample(world.clients, 2)
            world.block_or_reunite(one.person, other.person)

    # --- what must be true ---------------------------------------------------------------------------

    def check_touched(self) -> None:
        """Check whoever had to do with the last step."""
        world = self._world
        touched = world.touched
        if not touched:
            return
        for client in touched:
            self._check(client)
        touched.clear()
        ledger = world.ledger
        must(len(world.rooms.pairs) == len(ledger.meetings), "every pair is a meeting")
        if world.flights:
            return  # the lobby has yet to hear of something
        for kind, count in ledger.counts.items():
            must(world.lobby.waiting[kind] == count, "who waits is in the queue", kind, count)

    def _check(self, client: Client, *, still: bool = False) -> None:
        ledger = self._world.ledger
        must(len(client.outbox) <= OUTBOX, "a slow client costs a bounded amount", client)
        one = client.participant
        if one is None:
            must(client not in ledger.room_of, "who is gone is in no room", client)
            must(client not in ledger.waiting, "who is gone does not wait", client)
            return
        must(one.waiting == (client in ledger.waiting), "who waits knows it", client)
        must(one.pair is None or not one.waiting, "nobody waits and talks at once", client)
        room = one.pair.room_id if one.pair is not None else None
        must(room == ledger.room_of.get(client), "one is where one was told to be", client, room)
        if one.pair is not None:
            must(one.pair.partner(one).pair is one.pair, "a pair is one from both sides", client)
        if client.online and not client.outbox:
            must(client.room == room, "a client knows where it is", client)
            # What comes from far away comes later.
            if one.waiting and not client.away and (still or not self._world.far):
                rung = len(ledger.relaxed(client))
                must(client.rung == rung, "who waits knows on which rung", client, client.rung)

    def take_stock(self) -> None:
        """Check everything, and everybody against everybody."""
        world = self._world
        world.calm()
        for client in world.clients:
            self._check(client, still=True)
        world.ledger.nobody_waits_in_vain()

    def end(self) -> None:
        """Everybody goes home; nothing may be left of them."""
        world = self._world
        for client in world.clients:
            if not client.closed:
                world.hang_up(client)
        world.calm()
        self.check_touched()
        self.take_stock()
        must(not world.rooms.pairs, "no pair outlives its people")
        must(not sum(world.lobby.waiting.values()), "no ticket outlives its holder")
        must(not world.ledger.room_of, "no meeting outlives its people")
