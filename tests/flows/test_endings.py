"""However a pair ends, whoever is left is told once, and with the reason; a broken transport gets its time."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.engine import Connection
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple
from tests.support.wire import KINDS, Kind, PollingLine, SocketLine
from tests.support.wsclient import CLOSE, client_close, client_frame

pytestmark = pytest.mark.usefixtures("strangers")

RESUME_MS = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    folder = tmp_path_factory.mktemp("endings")
    with ParleyServer(folder, resume_ms=RESUME_MS, drain_s=1) as running:
        yield running


async def told_once(one: Stranger, room: str, reason: str) -> None:
    """The end is the next that it hears, and the marker the one after that."""
    assert await one.hear("partner_disconnected") == {"roomId": room, "reason": reason}
    assert await one.fail("typing", {"roomId": room, "isTyping": True}) == "not_in_room"
    await one.do("join", {"type": "chat"})
    await one.hear("waiting_for_partner")


async def told_of_a_break(one: Stranger, room: str) -> None:
    assert await one.hear("partner_reconnecting") == {"roomId": room}
    await told_once(one, room, "dropped")


async def leave_room(one: Stranger, room: str) -> None:
    await one.emit("leave_room", {"roomId": room})


async def skip(one: Stranger, room: str) -> None:
    await one.emit("skip")


async def disconnect(one: Stranger, room: str) -> None:
    await one.line.raw("41")


async def close_engine(one: Stranger, room: str) -> None:
    await one.line.raw("1")


async def hang_up(one: Stranger, room: str) -> None:
    await one.line.hang_up()


def close_frame(frame: bytes) -> Callable[[Stranger, str], Any]:
    async def close(one: Stranger, room: str) -> None:
        assert isinstance(one.line, SocketLine)
        one.line.client.write(frame)

    return close


DEEDS = [
    (leave_room, "left", KINDS),
    (skip, "skipped", KINDS),
    (disconnect, "left", ("websocket", "polling")),
    (close_engine, "left", ("websocket", "polling")),
    (hang_up, "left", KINDS),
    (close_frame(client_close(1001, "going away")), "left", ("websocket", "plain")),
    (close_frame(client_frame(CLOSE)), "left", ("websocket", "plain")),
]


@pytest.mark.parametrize(
    ("deed", "reason", "over"),
    [(deed, reason, over) for deed, reason, wires in DEEDS for over in wires],
)
async def test_whoever_leaves_on_purpose_ends_the_pair_at_once(
    server: ParleyServer, deed: Callable[[Stranger, str], Any], reason: str, over: Kind
) -> None:
    one = await Stranger.arrive(server.port, over=over)
    other = await Stranger.arrive(server.port)
    room = await couple(one, other)
    await deed(one, room)
    await told_once(other, room, reason)


@pytest.mark.parametrize("over", ["websocket", "plain"])
@pytest.mark.parametrize("how", ["reset", "end of stream", "half a frame"])
async def test_whoever_breaks_off_is_waited_for_and_then_given_up(
    server: ParleyServer, how: str, over: Kind
) -> None:
    one = await Stranger.arrive(server.port, over=over)
    other = await Stranger.arrive(server.port)
    room = await couple(one, other)
    assert isinstance(one.line, SocketLine)
    if how == "reset":
        one.line.reset()
    elif how == "end of stream":
        one.line.client.writer.write_eof()
    else:
        one.line.client.write(client_frame(1, "half")[:4])
        one.line.client.writer.write_eof()
    await told_of_a_break(other, room)


async def test_a_poll_that_is_broken_off_is_a_break(server: ParleyServer) -> None:
    one = await Stranger.arrive(server.port, over="polling")
    other = await Stranger.arrive(server.port)
    room = await couple(one, other)
    assert isinstance(one.line, PollingLine)
    poll = await Connection.open(server.port)
    poll.request("GET", one.line.poller.target)
    poll.cut()
    await told_of_a_break(other, room)


async def test_a_broken_protocol_ends_the_pair_and_is_no_leaving(server: ParleyServer) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    await one.line.raw("42not json")
    await told_once(other, room, "dropped")


CLIENT = """
import asyncio, json, sys
from tests.support.strangers import Stranger

async def main():
    one = await Stranger.arrive(int(sys.argv[1]))
    await one.do("join", {"type": "chat"})
    await one.hear("partner_found")
    print("met", flush=True)
    await asyncio.get_running_loop().create_future()

asyncio.run(main())
"""


async def test_a_client_process_that_is_killed_is_told_of_once(server: ParleyServer) -> None:
    other = await Stranger.arrive(server.port)
    await other.do("join", {"type": "chat"})
    await other.hear("waiting_for_partner")
    process = subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(server.port)],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(sys.path)},
        text=True,
    )
    try:
        room = (await other.hear("partner_found"))["roomId"]
        assert process.stdout is not None
        assert process.stdout.readline() == "met\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    await told_of_a_break(other, room)


@pytest.mark.parametrize("over", KINDS)
async def test_whoever_falls_silent_is_noticed_by_the_heartbeat(
    serve: Callable[..., ParleyServer], over: Kind
) -> None:
    server = serve(ping_interval_ms=300, ping_timeout_ms=1500, resume_ms=200)
    other = await Stranger.arrive(server.port)
    await other.do("join", {"type": "chat"})
    await other.hear("waiting_for_partner")
    one = await Stranger.arrive(server.port, over=over)
    await one.do("join", {"type": "chat"})
    room = (await other.hear("partner_found"))["roomId"]
    # From here on, `one` reads and answers nothing; its connection stays open.
    await told_of_a_break(other, room)


async def test_without_resuming_a_break_ends_the_pair_at_once(
    serve: Callable[..., ParleyServer],
) -> None:
    server = serve(resume_ms=0)
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    assert "pid" not in one.connected
    room = await couple(one, other)
    one.vanish()
    await told_once(other, room, "dropped")
    again = await one.back("token")
    assert again.session["recovered"] is False
    assert again.session["actor"] == one.session["actor"]
    assert again.session["room"] is None


async def test_when_both_break_off_and_one_comes_back_it_is_told_of_the_other(
    server: ParleyServer,
) -> None:
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    room = await couple(one, other)
    other.vanish()
    await one.hear("partner_reconnecting")
    one.vanish()
    again = await one.back("pid")
    assert again.session["recovered"] is True
    await told_once(again, room, "dropped")


async def test_when_the_server_stops_everybody_is_told_and_it_exits_with_0(
    serve: Callable[..., ParleyServer],
) -> None:
    server = serve(drain_s=1)
    one, other = await Stranger.arrive(server.port), await Stranger.arrive(server.port)
    plain = await Stranger.arrive(server.port, over="plain")
    room = await couple(one, other)
    assert server.interrupt() == 0
    for stranger in (one, other):
        assert (await stranger.hear("server_draining"))["retryAfterMs"] < 5000
        assert await stranger.hear("partner_disconnected") == {"roomId": room, "reason": "dropped"}
    assert (await plain.hear("server_draining")).keys() == {"retryAfterMs"}
    for stranger in (one, other, plain):
        with pytest.raises(EOFError, match="1012"):  # service restart
            await stranger.hear("nothing more")
