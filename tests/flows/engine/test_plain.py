"""The bare WebSocket: the same events as JSON objects, for clients without a Socket.IO library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parley.engine import ConnectRefused, Event, Options, Reason, Server, Socket
from tests.support.engine import Connection, Echo, WebSocketClient, until
from tests.support.wsclient import CLOSE, PING, PONG, client_close, client_frame

Serve = Callable[..., Awaitable[int]]


class Doorman(Echo):
    """Lets in who has a token, and answers what is asked."""

    def admit(self, socket: Socket, auth: dict[str, Any]) -> None:
        if auth.get("token") == "wrong":
            raise ConnectRefused("wrong token", {"code": "invalid_token"})

    def on_event(self, socket: Socket, event: Event) -> None:
        if event.name == "refuse":
            socket.ack(event, {"ok": False, "error": {"code": "no"}})
        elif event.name == "succeed":
            socket.ack(event, {"ok": True, "data": 5})
        else:
            super().on_event(socket, event)

    def on_malformed(self, socket: Socket) -> None:
        socket.emit("error", "malformed")


@pytest.fixture
def echo() -> Doorman:
    return Doorman()


@pytest.fixture
def server(echo: Doorman) -> Server:
    return Server({"/": echo})


@pytest.fixture
async def port(serve: Serve, server: Server, echo: Doorman) -> int:
    return await serve(server, plain={"/ws": echo})


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"event": "x", "data": {"a": [1]}}, {"event": "x", "data": {"a": [1]}}),
        ({"event": "x"}, {"event": "x"}),
        ({"event": "x", "data": None}, {"event": "x", "data": None}),
        ({"event": "x", "args": [1, "two"]}, {"event": "x", "args": [1, "two"]}),
        ({"event": "x", "args": [1]}, {"event": "x", "data": 1}),
        ({"event": "x", "data": 1, "more": True}, {"event": "x", "data": 1}),
        ({"event": "x", "data": 3, "id": 7}, {"reply": 7, "ok": True, "data": 3}),
        ({"event": "x", "id": 0}, {"reply": 0, "ok": True}),
        ({"event": "refuse", "id": 1}, {"reply": 1, "ok": False, "error": {"code": "no"}}),
        ({"event": "succeed", "id": 2}, {"reply": 2, "ok": True, "data": 5}),
    ],
)
async def test_an_event_is_an_object_and_so_is_its_answer(
    port: int, sent: dict[str, Any], got: dict[str, Any]
) -> None:
    client = await WebSocketClient.at(port, "/ws")
    client.send(json.dumps(sent))
    assert json.loads(await client.text()) == got


async def test_what_the_query_says_is_given_as_auth(port: int, echo: Doorman) -> None:
    await WebSocketClient.at(port, "/ws?token=a%20b&dialect=omegle")
    await echo.diary.until("connect", {"token": "a b", "dialect": "omegle"})


async def test_a_refusal_is_told_and_ends_it(port: int, server: Server) -> None:
    client = await WebSocketClient.at(port, "/ws?token=wrong")
    told = {"message": "wrong token", "data": {"code": "invalid_token"}}
    assert json.loads(await client.text()) == {"event": "connect_error", "data": told}
    assert await client.closed() == 1000
    assert not server.sockets


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[]",
        "{}",
        '{"event":7}',
        '{"event":"x","id":"7"}',
        '{"event":"x","args":{}}',
        '{"event":"x","data":NaN}',
        '{"event":"x","data":"\\ud800"}',
        '{"event":"x","data":"\\u0000"}',
        '{"event":"x","data":' + "[" * 40 + "]" * 40 + "}",
        b"\x00",
    ],
)
async def test_what_is_no_event_is_told_and_costs_nothing_else(
    port: int, server: Server, message: str | bytes
) -> None:
    client = await WebSocketClient.at(port, "/ws")
    client.send(message, '{"event":"next"}')
    assert json.loads(await client.text()) == {"event": "error", "data": "malformed"}
    assert json.loads(await client.text()) == {"event": "next"}
    assert server.engine.malformed == 1


class Slow(Doorman):
    """Lets in whoever it is, when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.door = asyncio.Event()

    async def admit(self, socket: Socket, auth: dict[str, Any]) -> None:  # type: ignore[override]
        await self.door.wait()


async def test_what_is_no_event_and_comes_too_early_is_told_in_its_turn(serve: Serve) -> None:
    slow = Slow()
    server = Server({"/": slow})
    client = await WebSocketClient.at(await serve(server, plain={"/ws": slow}), "/ws")
    client.send('{"event":"first"}', "no json", '{"event":"last"}')
    await until(lambda: server.engine.malformed == 1)
    slow.door.set()
    said = [json.loads(await client.text()) for _ in range(3)]
    assert [each["event"] for each in said] == ["first", "error", "last"]


async def test_by_default_what_is_no_event_ends_it(serve: Serve) -> None:
    echo = Echo()
    port = await serve(Server({"/": echo}), plain={"/ws": echo})
    client = await WebSocketClient.at(port, "/ws")
    client.send("no json")
    assert await client.closed() == 1002


async def test_the_heartbeat_is_the_websocket_s_own(serve: Serve) -> None:
    echo = Echo()
    server = Server({"/": echo}, Options(ping_interval=0.02, ping_timeout=0.03))
    client = await WebSocketClient.at(await serve(server, plain={"/ws": echo}), "/ws")
    for _ in range(3):
        ping = await client.frame()
        assert ping.opcode == PING
        client.write(client_frame(PONG, ping.payload))
    assert await client.closed() == 1001
    assert echo.diary.entries[-1] == ("disconnect", Reason.PING_TIMEOUT)


async def test_a_close_frame_ends_it_cleanly(port: int, echo: Doorman) -> None:
    client = await WebSocketClient.at(port, "/ws")
    client.write(client_close(1000))
    assert (await client.frame()).opcode == CLOSE
    await echo.diary.until("disconnect", Reason.TRANSPORT_CLOSE)


async def test_disconnecting_closes_it_with_the_reason_s_code(port: int, echo: Doorman) -> None:
    client = await WebSocketClient.at(port, "/ws")
    await until(lambda: bool(echo.sockets))
    echo.sockets[0].disconnect(Reason.SLOW_CONSUMER)
    assert await client.closed() == 1008


async def test_what_an_absent_one_missed_can_be_handed_to_its_successor(serve: Serve) -> None:
    echo = Echo()
    server = Server({"/": echo}, Options(recovery_window=30))
    port = await serve(server, plain={"/ws": echo})
    elder = await WebSocketClient.at(port, "/ws")
    await until(lambda: bool(echo.sockets))
    elder.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    echo.sockets[0].emit("missed", 1)
    newcomer = await WebSocketClient.at(port, "/ws")
    await until(lambda: len(echo.sockets) == 2)
    for emission in echo.sockets[0].hand_over(echo.sockets[1]):
        echo.sockets[1].send(emission)
    assert json.loads(await newcomer.text()) == {"event": "missed", "data": 1}


async def test_a_target_may_be_a_whole_url(port: int) -> None:
    """RFC 9112, section 3.2.2: a server must accept it."""
    client = await WebSocketClient.at(port, "http://test/ws?token=x")
    client.send('{"event":"succeed","id":1}')
    assert json.loads((await client.frame()).text)["reply"] == 1


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://test", 404),
        ("http://test?x=1", 404),
        ("*", 404),
        ("http://test:/ws", 400),
        ("http://test:99999/ws", 400),
        ("http://a@b@c/ws", 400),
    ],
)
async def test_a_target_that_is_no_url_or_names_nothing_is_refused(
    port: int, target: str, status: int
) -> None:
    connection = await Connection.open(port)
    connection.write(
        f"GET {target} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n".encode()
    )
    assert (await connection.answer()).status == status
