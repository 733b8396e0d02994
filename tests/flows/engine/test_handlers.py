"""How an application's handlers run: in order, one at a time per socket, and harmless when they fail."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parley.engine import Emission, Event, Namespace, Options, Reason, Server, Socket
from tests.support.engine import Diary, Echo, WebSocketClient, until

Serve = Callable[..., Awaitable[int]]


class Desk(Echo):
    """`slow` waits until the desk is opened, `bad…` fail, anything else is echoed."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()

    def on_event(self, socket: Socket, event: Event) -> Awaitable[None] | None:
        if event.name == "slow":
            return self.slow(socket, event)
        if event.name == "bad":
            raise RuntimeError("a bug of the application's")
        if event.name == "bad later":
            return self.bad()
        return super().on_event(socket, event)

    async def slow(self, socket: Socket, event: Event) -> None:
        await self.opened.wait()
        socket.emit("slow", *event.args)

    async def bad(self) -> None:
        raise RuntimeError("a bug of the application's")


@pytest.fixture
async def desk() -> Desk:
    return Desk()


@pytest.fixture
async def port(serve: Serve, desk: Desk) -> int:
    return await serve(Server({"/": desk}, Options(ping_interval=0.03, ping_timeout=5)))


async def test_events_wait_for_the_handler_before_them_and_keep_their_order(
    port: int, desk: Desk
) -> None:
    client = await WebSocketClient.socketio(port)
    client.send(*(f'42["{name}",{n}]' for n, name in enumerate(["slow", "a", "slow", "slow", "b"])))
    await until(lambda: bool(desk.sockets and desk.sockets[0].waiting))
    desk.opened.set()
    names = [json.loads((await client.text())[2:]) for _ in range(5)]
    assert names == [["slow", 0], ["a", 1], ["slow", 2], ["slow", 3], ["b", 4]]


async def test_pings_and_other_clients_do_not_wait_for_a_handler(port: int, desk: Desk) -> None:
    client = await WebSocketClient.socketio(port)
    client.send('42["slow"]')
    for _ in range(3):
        assert (await client.frame()).text == "2"
        client.send("3")
    other = await WebSocketClient.socketio(port)
    other.send('42["quick"]')
    assert await other.text() == '42["quick"]'
    desk.opened.set()
    assert await client.text() == '42["slow"]'


async def test_so_many_events_may_wait_and_no_more(port: int, desk: Desk) -> None:
    client = await WebSocketClient.socketio(port)
    client.send(*['42["slow"]'] * 66)
    assert await client.closed() == 1008
    assert desk.diary.entries[-1] == ("disconnect", Reason.SLOW_CONSUMER)
    desk.opened.set()


@pytest.mark.parametrize("name", ["bad", "bad later"])
async def test_a_handler_that_raises_ends_nothing(
    port: int, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    client = await WebSocketClient.socketio(port)
    client.send(f'42["{name}"]', '42["next"]')
    assert await client.text() == '42["next"]'
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_lazily_read_argument_that_is_no_json_costs_the_connection_and_no_traceback(
    port: int, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.opened.set()
    client = await WebSocketClient.socketio(port)
    client.send('42["slow",NaN]')
    assert await client.closed() == 1002
    assert not caplog.records


async def test_waiting_events_of_a_client_that_left_are_dropped(port: int, desk: Desk) -> None:
    client = await WebSocketClient.socketio(port)
    client.send('42["slow"]', '42["bad"]', "41")
    await desk.diary.until("disconnect", Reason.CLIENT_LEFT)
    desk.opened.set()
    other = await WebSocketClient.socketio(port)
    other.send('42["fine"]')
    assert await other.text() == '42["fine"]'


class Slow(Echo):
    """Takes its time at the door and on the mat."""

    def __init__(self) -> None:
        super().__init__()
        self.door, self.mat = asyncio.Event(), asyncio.Event()

    async def admit(self, socket: Socket, auth: dict[str, Any]) -> None:
        await self.door.wait()

    async def on_connect(self, socket: Socket, auth: dict[str, Any]) -> None:
        self.sockets.append(socket)
        await self.mat.wait()
        socket.emit("welcome")


async def test_events_wait_until_the_socket_is_in_and_welcomed(serve: Serve) -> None:
    slow = Slow()
    client = await WebSocketClient.engine(await serve(Server({"/": slow})))
    client.send("40", '42["early"]')
    slow.door.set()
    assert (await client.text()).startswith("40{")
    client.send('42["less early"]')
    slow.mat.set()
    assert [await client.text() for _ in range(3)] == [
        '42["welcome"]',
        '42["early"]',
        '42["less early"]',
    ]


async def test_who_leaves_at_the_door_never_was_in(serve: Serve) -> None:
    slow = Slow()
    server = Server({"/": slow})
    client = await WebSocketClient.engine(await serve(server))
    client.send("40", "1")
    assert await client.closed() == 1000
    slow.door.set()
    await until(lambda: not server._tasks)
    assert not slow.sockets
    assert not server.sockets


class Fragile(Namespace):
    """Every method of it fails, after it wrote down that it was called."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary

    def _fail(self, what: str) -> None:
        self.diary.write(what)
        raise RuntimeError("a bug of the application's")

    def on_connect(self, socket: Socket, auth: dict[str, Any]) -> None:
        self._fail("connect")

    def on_absent(self, socket: Socket, reason: Reason) -> None:
        self._fail("absent")

    def on_return(self, socket: Socket) -> None:
        self._fail("return")

    def on_disconnect(self, socket: Socket, reason: Reason) -> None:
        self._fail("disconnect")

    def on_malformed(self, socket: Socket) -> None:
        self._fail("malformed")


async def test_whatever_an_application_fails_at_the_engine_goes_on(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary()
    fragile = Fragile(diary)
    server = Server({"/": fragile}, Options(recovery_window=30))
    port = await serve(server, plain={"/ws": fragile})
    client = await WebSocketClient.engine(port)
    client.send("40")
    pid = json.loads((await client.text())[2:])["pid"]
    socket = next(iter(server.sockets.values()))
    socket.call(lambda _: fragile._fail("answered"), "asked")
    await client.text()
    client.send("431[]")
    await diary.until("answered")
    client.cut()
    await diary.until("absent")
    client = await WebSocketClient.engine(port)
    client.send("40" + json.dumps({"pid": pid}))
    assert json.loads((await client.text())[2:])["pid"] == pid
    await diary.until("return")
    client.send("41")
    await diary.until("disconnect")
    plain = await WebSocketClient.at(port, "/ws")
    plain.send("no event")
    await diary.until("malformed")
    plain.cut()
    await until(lambda: len(server.engine.sessions) == 1)
    assert all(record.levelno == logging.ERROR for record in caplog.records)


async def test_a_topic_is_heard_by_its_members_but_the_one_that_is_skipped(
    serve: Serve, port: int
) -> None:
    echo = Echo()
    server = Server({"/": echo, "/custom": echo})
    port = await serve(server, plain={"/ws": echo})
    clients = [await WebSocketClient.socketio(port) for _ in range(3)]
    other = await WebSocketClient.engine(port)
    other.send("40/custom,")
    await other.text()
    plain = await WebSocketClient.at(port, "/ws")
    await until(lambda: len(echo.sockets) == 5)
    for socket in echo.sockets[1:]:
        server.join(socket, "news")
    server.broadcast("news", Emission("said", ({"n": 1},)), skip=echo.sockets[2])
    server.broadcast_all(Emission("all"))
    assert await clients[0].text() == '42["all"]'
    assert await clients[1].text() == '42["said",{"n":1}]'
    assert await clients[2].text() == '42["all"]'
    assert await other.text() == '42/custom,["said",{"n":1}]'
    assert await plain.text() == '{"event":"said","data":{"n":1}}'
    server.leave(echo.sockets[1], "news")
    clients[1].send("1")
    for wire in (other, plain):
        await wire.text()
        wire.cut()
    clients[2].cut()
    await until(lambda: len(server.sockets) == 1)
    assert not server.topics
