"""The engine on a free port, in the test's own loop, and the clients that talk to it: raw HTTP and WebSocket.

Nothing here sleeps. Every wait is for something that arrives, and fails after `PATIENCE` seconds.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ClassVar, NamedTuple

from uvicorn.server import ServerState

from parley.engine import (
    Application,
    Engine,
    EngineSession,
    Event,
    Namespace,
    Reason,
    Server,
    Socket,
)
from tests.support.wsclient import BINARY, CLOSE, TEXT, ServerFrame, ServerFrames, client_frame

PATIENCE = 10.0
KEY = base64.b64encode(b"sixteen bytes ok").decode()


_states: dict[int, ServerState] = {}


def http_connections(port: int) -> int:
    """How many connections the server on this port has that speak HTTP."""
    return len(_states[port].connections)


@asynccontextmanager
async def serving(
    engine: Engine[Any] | Server, *, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[int]:
    """Serve on a free port of 127.0.0.1, which it yields; `options` are `Application`'s."""
    application = Application(engine, **options)
    config = application.config(lifespan="off")
    config.load()
    state = ServerState()
    protocol = partial(application.http, config, state, {})
    listener = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    _states[port] = state
    try:
        yield port
    finally:
        listener.close()
        del _states[port]
        if isinstance(engine, Server):
            await engine.close()
        for connection in list(state.connections):
            connection.transport.abort()
        for websocket in list(application.engine.closers):
            websocket.abort()
        await listener.wait_closed()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until the condition holds: for what only the server's inside can tell."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0)


async def turn() -> None:
    """Let the loop turn once."""
    await asyncio.sleep(0)


class Diary:
    """What happened, in order; a test waits for the entry that it needs."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self._news = asyncio.Event()

    def write(self, *entry: Any) -> None:
        self.entries.append(entry[0] if len(entry) == 1 else entry)
        self._news.set()

    async def until(self, *entry: Any) -> None:
        """Wait until this entry is there."""
        wanted = entry[0] if len(entry) == 1 else entry
        await self.holds(lambda entries: wanted in entries)

    async def holds(self, condition: Callable[[list[Any]], bool]) -> None:
        """Wait until the entries fulfil the condition."""
        async with asyncio.timeout(PATIENCE):
            while not condition(self.entries):
                self._news.clear()
                await self._news.wait()


class Echo(Namespace):
    """Sends every event back, acknowledges those that ask, and keeps a diary of the rest."""

    def __init__(self) -> None:
        self.diary = Diary()
        self.sockets: list[Socket] = []

    def on_connect(self, socket: Socket, auth: dict[str, Any]) -> Awaitable[None] | None:
        self.sockets.append(socket)
        self.diary.write("connect", auth)
        return None

    def on_event(self, socket: Socket, event: Event) -> Awaitable[None] | None:
        if event.id is not None:
            socket.ack(event, *event.args)
        else:
            socket.emit(event.name, *event.args)
        return None

    def on_absent(self, socket: Socket, reason: Reason) -> None:
        self.diary.write("absent", reason)

    def on_return(self, socket: Socket) -> None:
        self.diary.write("return")

    def on_disconnect(self, socket: Socket, reason: Reason) -> None:
        self.diary.write("disconnect", reason)


class EchoSession(EngineSession):
    """One level lower: sends every Engine.IO message back."""

    def message_received(self, data: str | bytes) -> None:
        self.send_message(data)


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One TCP connection, on which HTTP requests follow one another."""

    opened: ClassVar[list[Connection]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.opened.append(self)

    @classmethod
    async def close_all(cls) -> None:
        """Close what the test left open."""
        while cls.opened:
            await cls.opened.pop().close()

    @classmethod
    async def open(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    def request(self, method: str, target: str, body: str | None = None, **headers: str) -> None:
        """Send a request; header names with `_` for `-`."""
        content = b"" if body is None else body.encode()
        lines = [f"{method} {target} HTTP/1.1", "Host: test"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(content)}")
        self.write("\r\n".join([*lines, "", ""]).encode() + content)

    async def answer(self) -> Answer:
        """Read one response."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in head[1:] if line)
            }
            status = int(head[0].split(" ")[1])
            size = int(headers.get("content-length", 0))
            return Answer(status, headers, (await self.reader.readexactly(size)).decode())

    async def rest(self) -> bytes:
        """All that comes until the server closes the connection."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    def cut(self) -> None:
        """Reset the connection: no close frame, no FIN."""
        self.writer.transport.abort()

    async def close(self) -> None:
        self.writer.transport.abort()
        try:
            await self.writer.wait_closed()
        except OSError:
            return


class Poller:
    """HTTP long-polling, each request on a connection of its own."""

    def __init__(self, port: int, path: str = "/socket.io/", query: str = "") -> None:
        self._port = port
        self._base = f"{path}?EIO=4&transport=polling{'&' if query else ''}{query}"
        self.sid = ""

    async def send(
        self, method: str, target: str, body: str | None = None, **headers: str
    ) -> Answer:
        connection = await Connection.open(self._port)
        connection.request(method, target, body, **headers)
        answer = await connection.answer()
        await connection.close()
        return answer

    @property
    def target(self) -> str:
        return f"{self._base}&sid={self.sid}" if self.sid else self._base

    async def open(self, **headers: str) -> dict[str, Any]:
        """Open a session; returns what the open packet says."""
        answer = await self.send("GET", self.target, **headers)
        assert answer.status == 200, answer
        assert answer.body[0] == "0"
        opened: dict[str, Any] = json.loads(answer.body[1:])
        self.sid = opened["sid"]
        return opened

    async def get(self) -> Answer:
        return await self.send("GET", self.target)

    async def post(self, body: str) -> Answer:
        return await self.send("POST", self.target, body)

    async def poll(self) -> list[str]:
        """The packets of one poll."""
        answer = await self.get()
        assert answer.status == 200, answer
        return answer.body.split("\x1e")

    async def say(self, *packets: str) -> None:
        answer = await self.post("\x1e".join(packets))
        assert (answer.status, answer.body) == (200, "ok"), answer


class WebSocketClient(Connection):
    """A WebSocket whose every frame is the test's own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer)
        self._frames = ServerFrames()
        self._ready: list[ServerFrame] = []

    def upgrade(self, target: str, **headers: str) -> None:
        """Send the opening handshake."""
        handshake = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec_WebSocket_Version": "13",
            "Sec_WebSocket_Key": KEY,
        }
        self.request("GET", target, **(handshake | headers))

    @classmethod
    async def at(cls, port: int, target: str, **headers: str) -> WebSocketClient:
        """Open a WebSocket at this target."""
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        client.upgrade(target, **headers)
        answer = await client.answer()
        assert answer.status == 101, answer
        return client

    @classmethod
    async def engine(cls, port: int, path: str = "/socket.io/", **headers: str) -> WebSocketClient:
        """Open an Engine.IO session; its open packet is read."""
        client = await cls.at(port, f"{path}?EIO=4&transport=websocket", **headers)
        assert (await client.text())[0] == "0"
        return client

    @classmethod
    async def socketio(cls, port: int, auth: str = "", **headers: str) -> WebSocketClient:
        """Open a session and join the main namespace."""
        client = await cls.engine(port, **headers)
        client.send("40" + auth)
        assert (await client.text())[:2] == "40"
        return client

    def send(self, *messages: str | bytes) -> None:
        for message in messages:
            opcode = TEXT if isinstance(message, str) else BINARY
            self.write(client_frame(opcode, message))

    async def frame(self) -> ServerFrame:
        """The next frame."""
        async with asyncio.timeout(PATIENCE):
            while not self._ready:
                data = await self.reader.read(65536)
                if not data:
                    raise EOFError("the server closed the connection")
                self._ready += self._frames.feed(data)
        return self._ready.pop(0)

    async def text(self) -> str:
        """The next message, which is text and no ping."""
        while True:
            message = (await self.frame()).text
            if message != "2":
                return message
            self.send("3")

    async def closed(self) -> int:
        """The code that the server closes with; whatever it sends before that is dropped."""
        while True:
            frame = await self.frame()
            if frame.opcode == CLOSE:
                return frame.close_code


async def waiting_poll(port: int, poller: Poller, session: EchoSession) -> Connection:
    """A GET that the server holds back until there is something to tell."""
    poll = await Connection.open(port)
    poll.request("GET", poller.target)
    await until(lambda: session.polling is not None and session.polling.waiting)
    return poll
