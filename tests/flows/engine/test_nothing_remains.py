"""However connections come and go, nothing of them remains: no session, no timer, no topic, no object."""

from __future__ import annotations

import gc
import json
from collections.abc import Awaitable, Callable, Sized

import pytest

from parley.engine import Namespace, Options, Reason, Server
from parley.engine.server import SocketIOSession
from parley.engine.websocket import WebSocket
from tests.support.engine import Connection, Echo, Poller, WebSocketClient, until
from tests.support.wsclient import client_close

Serve = Callable[..., Awaitable[int]]
Visit = Callable[[int], Awaitable[None]]


async def cut_websocket(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    client.cut()


async def close_websocket(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    client.write(client_close(1000))
    await client.closed()


async def violate(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    client.write(b"\xff\xff")
    await client.closed()


async def malformed(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    client.send("4?")
    await client.closed()


async def leave_politely(port: int) -> None:
    client = await WebSocketClient.socketio(port)
    client.send("41", "1")
    await client.closed()


async def never_join(port: int) -> None:
    client = await WebSocketClient.engine(port)
    await client.closed()


async def recover(port: int) -> None:
    client = await WebSocketClient.engine(port)
    client.send("40")
    pid = json.loads((await client.text())[2:])["pid"]
    client.cut()
    client = await WebSocketClient.engine(port)
    client.send("40" + json.dumps({"pid": pid}))
    assert json.loads((await client.text())[2:])["pid"] == pid
    client.send("1")
    await client.closed()


async def polling(port: int) -> None:
    poller = Poller(port)
    await poller.open()
    await poller.say("40")
    await poller.poll()
    await poller.say("1")


async def polling_aborted(port: int) -> None:
    poller = Poller(port)
    await poller.open()
    poll = await Connection.open(port)
    poll.request("GET", poller.target)
    poll.cut()


async def polling_in_silence(port: int) -> None:
    await Poller(port).open()


async def upgraded(port: int) -> None:
    poller = Poller(port)
    await poller.open()
    client = await WebSocketClient.at(
        port, f"/socket.io/?EIO=4&transport=websocket&sid={poller.sid}"
    )
    client.send("2probe", "5", "40")
    assert await client.text() == "3probe"
    await client.text()
    client.cut()


async def half_upgraded(port: int) -> None:
    poller = Poller(port)
    await poller.open()
    client = await WebSocketClient.at(
        port, f"/socket.io/?EIO=4&transport=websocket&sid={poller.sid}"
    )
    client.send("2probe")
    await client.text()


async def plain(port: int) -> None:
    client = await WebSocketClient.at(port, "/ws")
    client.send('{"event":"x"}')
    await client.text()
    client.cut()


async def half_open(port: int) -> None:
    connection = await Connection.open(port)
    connection.write(b"GET /soc")


VISITS: list[Visit] = [
    cut_websocket,
    close_websocket,
    violate,
    malformed,
    leave_politely,
    never_join,
    recover,
    polling,
    polling_aborted,
    polling_in_silence,
    upgraded,
    half_upgraded,
    plain,
    half_open,
]


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.__name__)
@pytest.mark.parametrize("window", [0, 0.02], ids=["no recovery", "recovery"])
async def test_nothing_of_a_visit_remains(serve: Serve, visit: Visit, window: float) -> None:
    if visit is recover and not window:
        return
    options = Options(
        ping_interval=0.05,
        ping_timeout=0.05,
        connect_timeout=0.05,
        header_timeout=0.05,
        recovery_window=30 if visit is recover else window,
    )
    echo = Echo()
    server = Server({"/": echo}, options)
    engine = server.engine
    engine.closers.seconds = engine.farewells.seconds = 0.02
    port = await serve(server, plain={"/ws": echo})
    for _ in range(5):
        await visit(port)
        for socket in echo.sockets:
            if socket.connected:
                server.join(socket, "topic")
                socket.emit("something to keep")
    registries: list[Sized] = [
        engine.sessions,
        engine._by_sid,
        engine.pings,
        engine.pongs,
        engine.proofs,
        engine.closers,
        engine.farewells,
        server.sockets,
        server.topics,
        server.connecting,
        server.absent,
        server._tasks,
    ]
    await until(lambda: not any(len(registry) for registry in registries))
    sockets = len(echo.sockets)
    ends = [entry for entry in echo.diary.entries if entry[0] == "disconnect"]
    assert len(ends) == sockets
    assert all(not one.connected and not one.topics for one in echo.sockets)
    await Connection.close_all()


async def test_a_connection_that_is_over_is_freed_without_the_collector(serve: Serve) -> None:
    kinds = (SocketIOSession, WebSocket)
    server = Server({"/": Namespace()})
    port = await serve(server)
    await cut_websocket(port)
    await until(lambda: not server.engine.sessions)
    server.engine.closers.seconds = 0.02
    gc.collect()
    gc.disable()
    try:
        for visit in (cut_websocket, leave_politely):
            await visit(port)
        await until(lambda: not any(isinstance(one, kinds) for one in gc.get_objects()))
    finally:
        gc.enable()


async def test_closing_the_server_ends_everybody_once_the_absent_too(serve: Serve) -> None:
    echo = Echo()
    server = Server({"/": echo}, Options(recovery_window=30))
    port = await serve(server, plain={"/ws": echo})
    absent = await WebSocketClient.socketio(port)
    absent.cut()
    await echo.diary.until("absent", Reason.TRANSPORT_ERROR)
    websocket = await WebSocketClient.socketio(port)
    poller = Poller(port)
    await poller.open()
    await poller.say("40")
    bare = await WebSocketClient.at(port, "/ws")
    await until(lambda: len(echo.sockets) == 4)
    await server.close()
    assert await websocket.closed() == 1012
    assert await bare.closed() == 1012
    assert (await poller.poll())[-1] == "1"
    ends = [entry for entry in echo.diary.entries if entry[0] == "disconnect"]
    assert ends == [("disconnect", Reason.SHUTTING_DOWN)] * 4
    assert not server.sockets
