"""The hub from the inside: whose place somebody takes, and that nothing is left of those who are gone."""

from __future__ import annotations

from types import FunctionType

import pytest

from parley.lobby.schemas import Join
from parley.settings import Rate
from tests.support.engine import Poller, until
from tests.support.hub import HubServer, hub_server
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Refused, SocketLine

pytestmark = pytest.mark.usefixtures("strangers")


async def absent(served: HubServer, one: Stranger) -> None:
    """Let its transport break, and wait until the hub knows."""
    before = len(served.server.absent)
    one.vanish()
    await until(lambda: len(served.server.absent) > before)


async def test_an_older_tab_does_not_take_the_place_of_one_that_breaks() -> None:
    async with hub_server() as served:
        one, other = await Stranger.arrive(served.port), await Stranger.arrive(served.port)
        room = await couple(one, other)
        tab = await one.back("token")
        served.clock.advance(60)
        await absent(served, one)
        assert await other.hear("partner_reconnecting") == {"roomId": room}
        again = await one.back("pid")
        assert again.session["room"]["roomId"] == room
        assert await other.hear("partner_reconnected") == {"roomId": room}
        await tab.do("leave_queue")
        assert served.hub.connections == 3


async def test_one_that_has_just_come_takes_the_place_of_the_one_that_breaks() -> None:
    async with hub_server() as served:
        one, other = await Stranger.arrive(served.port), await Stranger.arrive(served.port)
        room = await couple(one, other)
        tab = await one.back("token")
        assert await tab.fail("leave_room", {"roomId": "x"}) == "not_in_room"
        served.clock.advance(2)
        one.vanish()
        session = await tab.hear("session")
        assert (session["recovered"], session["room"]["roomId"]) == (True, room)
        assert served.hub.connections == 2
        assert served.remembered()["participants"] == 2


async def test_one_that_is_busy_elsewhere_takes_nobodys_place() -> None:
    async with hub_server() as served:
        one, other = await Stranger.arrive(served.port), await Stranger.arrive(served.port)
        await couple(one, other)
        tab = await one.back("token")
        await tab.do("join", {"type": "video"})
        await tab.hear("waiting_for_partner")
        await absent(served, one)
        await other.hear("partner_reconnecting")
        await tab.do("leave_queue")
        assert served.hub.connections == 3


async def test_a_frozen_connection_that_answers_in_time_is_no_dead_one() -> None:
    async with hub_server(ping_timeout=5.0) as served:
        one, other = await Stranger.arrive(served.port), await Stranger.arrive(served.port)
        await couple(one, other)
        await one.back("token")
        assert isinstance(one.line, SocketLine)
        assert await one.line.client.frame()  # what its partner said of the match was read before
        one.line.client.send("3")
        await until(lambda: not served.server.engine.proofs)
        assert len(served.server.absent) == 0


@pytest.mark.parametrize("waiting", [1, 2, 3])
async def test_nothing_is_left_of_who_is_told_too_much_while_it_connects(waiting: int) -> None:
    async with hub_server(max_outbound_packets=3) as served:
        poller = Poller(served.port)
        await poller.open()
        for _ in range(waiting):
            await poller.say("40/nowhere,")
        await poller.say('40{"dialect":"omegle"}')
        await served.settled()
        assert set(served.remembered().values()) == {0}


async def test_nothing_is_left_of_anybody_who_came_and_went() -> None:
    async with hub_server(recovery_window=0.2) as served:
        nothing = served.remembered()
        assert set(nothing.values()) == {0}
        for turn in range(12):
            one = await Stranger.arrive(served.port, over=KINDS[turn % 3])
            other = await Stranger.arrive(served.port)
            watcher = await Stranger.arrive(served.port, ("omegle", None)[turn % 2])
            await couple(one, other)
            if turn % 3 == 0:
                await absent(served, one)
                one = await one.back(("token", "pid")[turn // 3 % 2])
            elif turn % 3 == 1:
                await other.do("skip")
            else:
                await absent(served, other)  # and never comes back
            if turn % 4 == 0:
                await one.back("token")
            assert await watcher.fail("nonsense") == "unknown_event"
            for stranger in list(Stranger.present):
                await stranger.go()
        await served.settled()
        assert served.remembered() == nothing
        assert len(served.ended) == 12


async def test_refusals_are_forgiven_with_time() -> None:
    async with hub_server() as served:
        one = await Stranger.arrive(served.port)
        for _ in range(3):
            for _ in range(60):
                await one.fail("nonsense")
            served.clock.advance(10.5)
        for _ in range(99):
            await one.fail("nonsense")
        await one.do("leave_queue")
        await one.emit("nonsense")
        await one.hear("error")
        assert await one.hang_up_heard() == 1000
        assert served.dispatcher.refused["shown_the_door"] == 1


async def test_a_limit_refills_with_time() -> None:
    async with hub_server({"skip": Rate(0.5, 2)}) as served:
        one = await Stranger.arrive(served.port)
        for _ in range(2):
            await one.do("skip")
        answer = await one.ask("skip")
        assert answer["error"]["retryAfterMs"] == 2000
        served.clock.advance(1)
        assert (await one.ask("skip"))["error"]["retryAfterMs"] == 1000
        served.clock.advance(1)
        await one.do("skip")
        assert await one.fail("skip") == "rate_limited"
        served.clock.advance(1000)
        for _ in range(2):
            await one.do("skip")
        assert await one.fail("skip") == "rate_limited"


async def test_a_slow_partner_is_not_talked_out_of_its_connection() -> None:
    async with hub_server(max_outbound_packets=40) as served:
        one, other = await Stranger.arrive(served.port), await Stranger.arrive(served.port)
        room = await couple(one, other)
        payload = {"roomId": room, "candidate": {"candidate": "x" * 1000}}
        code = ""
        for _ in range(5000):  # `other` reads nothing: first the kernel's buffers fill, then ours
            answer = await one.ask("ice_candidate", payload)
            if not answer["ok"]:
                code = answer["error"]["code"]
                break
        assert code == "rate_limited"
        assert served.server.engine.queued_packets() <= 40
        await one.do("leave_room", {"roomId": room})
        while True:
            said = await other.line.said()
            if said.name != "ice_candidate":
                break
        assert (said.name, said.args[0]["reason"]) == ("partner_disconnected", "left")


async def test_nobody_new_is_let_in_on_an_open_session_before_the_end() -> None:
    async with hub_server() as served:
        one = await Stranger.arrive(served.port)
        served.hub.draining = True
        with pytest.raises(Refused) as refusal:
            await Stranger.arrive(served.port)
        assert refusal.value.body["data"]["code"] == "draining"
        assert refusal.value.body["data"]["retryAfterMs"] > 0
        await one.do("leave_queue")


async def test_who_turns_out_to_speak_another_dialect_meets_nobody_as_the_one_before() -> None:
    async with hub_server() as served:
        one = await Stranger.arrive(served.port, "omegle")
        await one.hear("lobby")
        (connection,) = served.events._participants
        joining = served.events.join(
            connection, Join(type="chat")
        )  # said, and its turn not yet come
        other = await Stranger.arrive(served.port, "omegle")
        await other.hear("lobby")
        await joining
        assert served.rooms.matched == 0


async def test_no_handler_is_compiled_as_its_coroutine_would_not_be_known_for_one() -> None:
    async with hub_server() as served:
        for dialect in served.dispatcher.dialects.values():
            for incoming in dialect.incoming.values():
                assert isinstance(getattr(incoming.run, "__func__", incoming.run), FunctionType)
