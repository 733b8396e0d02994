"""What means nothing is borne, a hundred times between two pings; masses of it are not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parley.engine import ConnectRefused, Namespace, Options, Reason, Server, Socket
from tests.support.engine import Echo, WebSocketClient, until
from tests.support.wsclient import PING, PONG, TEXT, client_close, client_frame

Serve = Callable[..., Awaitable[int]]


class Guarded(Namespace):
    """Lets nobody in."""

    def admit(self, socket: Socket, auth: dict[str, Any]) -> None:
        raise ConnectRefused("no")


@pytest.fixture
def server() -> Server:
    return Server({"/": Echo(), "/guarded": Guarded()})


@pytest.fixture
async def port(serve: Serve, server: Server) -> int:
    return await serve(server)


async def test_a_plain_client_that_sends_too_much_nonsense_is_closed(serve: Serve) -> None:
    class Patient(Echo):
        def on_malformed(self, socket: Socket) -> None:
            self.diary.write("malformed")

    patient = Patient()
    port = await serve(Server({"/": patient}), plain={"/ws": patient})
    client = await WebSocketClient.at(port, "/ws")
    client.send(*["nonsense"] * 101)
    assert await client.closed() == 1008
    assert patient.diary.entries[-1] == ("disconnect", Reason.TOO_MANY_ODDITIES)


ODDITIES = {
    "acknowledgement of nothing": client_frame(TEXT, "437[]"),
    "pong nobody asked for": client_frame(TEXT, "3"),
    "ping": client_frame(TEXT, "2"),
    "noop": client_frame(TEXT, "6"),
    "upgrade": client_frame(TEXT, "5"),
    "unknown namespace": client_frame(TEXT, "40/x,"),
    "leaving what was not joined": client_frame(TEXT, "41/x,"),
    "coming and going": client_frame(TEXT, "41") + client_frame(TEXT, "40"),
    "asking again where one was refused": client_frame(TEXT, "40/guarded,"),
    "WebSocket ping": client_frame(PING, "x"),
    "WebSocket pong": client_frame(PONG, "x"),
}


@pytest.mark.parametrize("frame", ODDITIES.values(), ids=ODDITIES.keys())
async def test_meaningless_packets_are_borne_but_not_in_masses(
    port: int, server: Server, frame: bytes
) -> None:
    client = await WebSocketClient.socketio(port)
    client.write(frame * 100)
    client.send('42["still here"]')
    while True:
        got = await client.frame()
        if got.opcode == TEXT and got.text == '42["still here"]':
            break
    client.write(frame)
    assert await client.closed() == 1008
    assert server.engine.malformed == 1


async def test_whoever_says_goodbye_has_broken_no_protocol(port: int, server: Server) -> None:
    client = await WebSocketClient.socketio(port)
    client.send("41")
    client.write(client_close(1000))
    await client.rest()
    await until(lambda: not server.engine.sessions)
    assert server.engine.malformed == 0


async def test_a_few_of_them_in_each_interval_are_borne_for_ever(serve: Serve) -> None:
    port = await serve(Server({"/": Echo()}, Options(ping_interval=0.01, ping_timeout=5)))
    client = await WebSocketClient.socketio(port)
    for _ in range(4):
        client.write(client_frame(PING, "x") * 60)
        seen = [await client.frame() for _ in range(60)]
        while not any(frame.opcode == TEXT for frame in seen):
            seen = [await client.frame()]
        client.send("3")
    client.send('42["still here"]')
    assert await client.text() == '42["still here"]'
