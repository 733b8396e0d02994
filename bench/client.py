"""A load client: many stock Socket.IO clients over WebSockets, with as little work as possible for each.

It speaks just enough of RFC 6455, Engine.IO v4 and Socket.IO v5 to be one, on bare asyncio transports, so
that one core of it keeps a server busy. It masks with a real mask, answers pings, and asks of what it
receives only its event's name.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
from collections.abc import Callable, Sequence
from typing import Any

from websockets.speedups import apply_mask

TEXT = ("The quick brown fox jumps over the lazy dog; strangers meet and talk. " * 3)[:200]

_GREETED = b'42["session"'
_ERROR = b'42["error"'


class Client(asyncio.Protocol):
    """One client. `heard(client, packet)` is called with each Socket.IO packet once it is greeted."""

    def __init__(self, host: str, port: int) -> None:
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: Callable[[Client, bytes], None] | None = None
        self.room = ""
        self.place = -1  # among those that talk
        self._mask = os.urandom(4)
        self._buffer = b""
        self._upgraded = False
        self._host = f"{host}:{port}".encode()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        key = base64.b64encode(os.urandom(16))
        transport.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + self._host + b"\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: " + key + b"\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        at = 0
        if not self._upgraded:
            at = data.find(b"\r\n\r\n") + 4
            if at < 4:
                self._buffer = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                self._fail(data[:200].decode("latin-1"))
                return
            self._upgraded = True
        end = len(data)
        while end - at >= 2:
            size, head = data[at + 1], 2
            if size == 126:
                size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            elif size == 127:
                size, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
            if end - at < head + size:
                break
            self._packet(data[at], data[at + head : at + head + size])
            at += head + size
        self._buffer = data[at:]

    def _packet(self, first: int, packet: bytes) -> None:
        if first == 0x88:
            self._fail(f"closed by the server: {packet[2:].decode('latin-1')}")
        elif packet == b"2":
            self.send(b"3")
        elif self.heard is not None:
            self.heard(self, packet)
        elif packet.startswith(b"0"):
            self.send(b"40")
        elif packet.startswith(_GREETED):
            self.greeted.set_result(None)
        elif packet.startswith(b"44"):
            self._fail(packet.decode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection broke: {exc}")

    def _fail(self, why: str) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(ConnectionError(why))

    # --- sending -----------------------------------------------------------------------------------

    def frame(self, packet: bytes) -> bytes:
        """A masked text frame."""
        size = len(packet)
        head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
        return head + self._mask + apply_mask(packet, self._mask)

    def event(self, name: str, payload: Any) -> bytes:
        """An event as a frame, to be sent as often as one likes."""
        return self.frame(b"42" + json.dumps([name, payload], separators=(",", ":")).encode())

    def send(self, packet: bytes) -> None:
        """Send an Engine.IO packet."""
        self.transport.write(self.frame(packet))


async def connect(host: str, port: int, count: int, at_once: int = 32) -> list[Client]:
    """So many clients, each of them greeted; `at_once` of them connect at any time."""
    loop = asyncio.get_running_loop()
    clients: list[Client] = []

    async def some() -> None:
        while len(clients) < count:
            client = Client(host, port)
            clients.append(client)
            await loop.create_connection(lambda client=client: client, host, port)  # type: ignore[misc]
            await client.greeted

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(some())
    return clients


async def close(clients: Sequence[Client]) -> None:
    """Close them all, politely, and wait until it is done."""
    for client in clients:
        client.transport.write(b"\x88\x82" + bytes(4) + b"\x03\xe8")
    await asyncio.sleep(0.2)
    for client in clients:
        client.transport.abort()
    await asyncio.sleep(0.2)


async def pair_up(clients: Sequence[Client]) -> None:
    """Let them all join; returns when each has met another."""
    left = len(clients)
    done = asyncio.get_running_loop().create_future()

    def heard(client: Client, packet: bytes) -> None:
        nonlocal left
        if packet.startswith(b'42["partner_found"'):
            client.room = json.loads(packet[2:])[1]["roomId"]
            left -= 1
            if not left:
                done.set_result(None)
        elif packet.startswith(_ERROR) and not done.done():
            done.set_exception(ConnectionError(packet.decode()))

    for client in clients:
        client.heard = heard
    for client in clients:
        client.transport.write(client.event("join", {"type": "chat"}))
    async with asyncio.timeout(60):
        await done


class Talk:
    """Paired clients that talk: a message every `1 / rate` seconds, each by another pair in turn.

    `heard` counts the messages that both have heard.
    """

    def __init__(self, clients: Sequence[Client], rate: float) -> None:
        self._rate = rate
        self._deliveries = 0
        self._expected = 0
        self._refused = ""
        self._caught_up = asyncio.Event()
        self._frames = []
        for client in clients:
            client.heard = self._listen
            message = {"roomId": client.room, "message": TEXT}
            self._frames.append((client.transport, client.event("send_message", message)))
        random.Random(1).shuffle(self._frames)

    @property
    def heard(self) -> float:
        return self._deliveries / 2

    def _listen(self, client: Client, packet: bytes) -> None:
        if packet.startswith(b'42["new_message"'):
            self._deliveries += 1
            if self._deliveries == self._expected:
                self._caught_up.set()
        elif packet.startswith(_ERROR):
            self._refused = packet.decode()
            self._caught_up.set()

    async def go_on(self, seconds: float) -> None:
        """Talk for a while and wait until all of it was heard."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        sent = 0
        total = int(seconds * self._rate)
        self._expected = self._deliveries + 2 * total
        self._caught_up.clear()
        frames, count = self._frames, len(self._frames)
        while sent < total:
            due = min(total, int((loop.time() - start) * self._rate) + 1)
            # A client that fell behind does not make up for it all at once.
            for _ in range(min(due - sent, 256)):
                transport, frame = frames[sent % count]
                transport.write(frame)
                sent += 1
            await asyncio.sleep(0.001)
        async with asyncio.timeout(20):
            await self._caught_up.wait()
        if self._refused:
            raise ConnectionError(self._refused)
