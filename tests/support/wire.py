"""Three ways to speak to the server, packet by packet: Socket.IO over WebSocket or polling, and the plain WebSocket.

Each is a `Line`: it sends events and says what came. Nothing here knows a dialect. All waiting ends
after `PATIENCE` seconds.
"""

from __future__ import annotations

import json
import re
import socket
import struct
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol, Self
from urllib.parse import urlencode

from .engine import Poller, WebSocketClient
from .wsclient import CLOSE, PING, PONG, TEXT, client_close, client_frame

Kind = Literal["websocket", "polling", "plain"]
KINDS: tuple[Kind, ...] = ("websocket", "polling", "plain")

_OFFSET = re.compile(r"[0-9]{16}")
_PACKET = re.compile(r"4([0-4])(?:/[^,]*,)?(\d*)(.*)", re.DOTALL)


class Said(NamedTuple):
    """What the server said: an event and its arguments, or the answer to what was asked as number `id`."""

    what: Literal["event", "answer", "connected", "refused", "disconnected"]
    name: str = ""
    args: Sequence[Any] = ()
    id: int = 0
    offset: str | None = None


class Refused(Exception):
    """The server did not let the client in; `body` is what it said."""

    def __init__(self, body: Any) -> None:
        super().__init__(body)
        self.body = body


class Line(Protocol):
    """A connection to the server."""

    async def send(self, name: str, args: Sequence[Any], ask: int | None = None) -> None:
        """Send an event; with `ask`, its answer is wanted under that number."""

    async def raw(self, message: str | bytes) -> None:
        """Send one message as it is."""

    async def said(self) -> Said:
        """The next thing that the server says. Raises EOFError when it hung up."""

    async def hang_up(self) -> None:
        """Leave by the transport's own way to leave, and wait until the server has let go."""

    def cut(self) -> None:
        """Break the connection without a word."""


def _event(name: str, args: Sequence[Any], ask: int | None) -> str:
    return f"42{'' if ask is None else ask}{json.dumps([name, *args], ensure_ascii=False)}"


def _understand(packet: str) -> Said | None:
    """What a Socket.IO packet says; None for those of the heartbeat."""
    if packet in ("2", "6") or packet[:1] == "0":
        return None
    assert packet != "1", "the server closed the session"
    found = _PACKET.fullmatch(packet)
    assert found, packet
    kind, number, body = found.groups()
    data: Any = json.loads(body) if body else None
    if kind == "2":
        name, *args = data
        offset = None
        if args and isinstance(args[-1], str) and _OFFSET.fullmatch(args[-1]):
            offset = args.pop()
        return Said("event", name, args, offset=offset)
    if kind == "3":
        return Said("answer", args=data, id=int(number))
    words: dict[str, Any] = {"0": "connected", "1": "disconnected", "4": "refused"}
    return Said(words[kind], args=[data])


class SocketLine:
    """Socket.IO over a WebSocket."""

    def __init__(self, client: WebSocketClient) -> None:
        self.client = client

    @classmethod
    async def open(cls, port: int, query: dict[str, str], **headers: str) -> Self:
        """Open a session; no namespace is joined yet."""
        parameters = urlencode({"EIO": "4", "transport": "websocket", **query})
        client = await WebSocketClient.at(port, f"/socket.io/?{parameters}", **headers)
        assert (await client.text())[0] == "0"
        return cls(client)

    async def send(self, name: str, args: Sequence[Any], ask: int | None = None) -> None:
        self.client.send(_event(name, args, ask))

    async def raw(self, message: str | bytes) -> None:
        self.client.send(message)

    async def said(self) -> Said:
        while True:
            frame = await self.client.frame()
            if frame.opcode == CLOSE:
                raise EOFError(frame.close_code)
            if frame.text == "2":
                self.client.send("3")
            elif (said := _understand(frame.text)) is not None:
                return said

    async def hang_up(self) -> None:
        self.client.write(client_close(1000))
        await self.client.rest()

    def cut(self) -> None:
        self.client.cut()

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        sock = self.client.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.client.cut()


class PlainLine(SocketLine):
    """Events as JSON objects over a bare WebSocket."""

    @classmethod
    async def open(cls, port: int, query: dict[str, str], **headers: str) -> Self:
        """Open the WebSocket, with what Socket.IO calls `auth` in the query."""
        return cls(await WebSocketClient.at(port, f"/ws?{urlencode(query)}", **headers))

    async def send(self, name: str, args: Sequence[Any], ask: int | None = None) -> None:
        body: dict[str, Any] = {"event": name}
        if len(args) == 1:
            body["data"] = args[0]
        elif args:
            body["args"] = list(args)
        if ask is not None:
            body["id"] = ask
        self.client.send(json.dumps(body, ensure_ascii=False))

    async def said(self) -> Said:
        while True:
            frame = await self.client.frame()
            if frame.opcode == CLOSE:
                raise EOFError(frame.close_code)
            if frame.opcode == PING:
                self.client.write(client_frame(PONG, frame.payload))
                continue
            assert frame.opcode == TEXT, frame
            body = json.loads(frame.text)
            if "reply" in body:
                return Said("answer", args=[body], id=body.pop("reply"))
            args = [body["data"]] if "data" in body else body.get("args", [])
            what: Any = "refused" if body["event"] == "connect_error" else "event"
            return Said(what, body["event"], args)


class PollingLine:
    """Socket.IO by long-polling alone."""

    def __init__(self, poller: Poller) -> None:
        self.poller = poller
        self._said: deque[Said] = deque()
        self._over = False

    @classmethod
    async def open(cls, port: int, query: dict[str, str], **headers: str) -> Self:
        """Open a session; no namespace is joined yet."""
        poller = Poller(port, query=urlencode(query))
        await poller.open(**headers)
        return cls(poller)

    async def send(self, name: str, args: Sequence[Any], ask: int | None = None) -> None:
        await self.poller.say(_event(name, args, ask))

    async def raw(self, message: str | bytes) -> None:
        assert isinstance(message, str)
        await self.poller.say(message)

    async def said(self) -> Said:
        while not self._said:
            if self._over:
                raise EOFError("closed")
            for packet in await self.poller.poll():
                if packet == "1":
                    self._over = True
                    break
                if packet == "2":
                    await self.poller.say("3")
                elif (said := _understand(packet)) is not None:
                    self._said.append(said)
        return self._said.popleft()

    async def hang_up(self) -> None:
        answer = await self.poller.post("1")
        assert answer.status in (200, 400)  # 400: it was over already

    def cut(self) -> None:
        """Nothing is open between two polls; the server finds out by its heartbeat."""
