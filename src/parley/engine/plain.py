"""The same events over a bare WebSocket, for clients without a Socket.IO library.

A client sends `{"event": "...", "data": ..., "id": 7}` and, if it gave an `id`, is answered
`{"reply": 7, "ok": true, "data": ...}`. The server sends `{"event": "...", "data": ...}`. An event with
more than one argument has `"args": [...]` in place of `"data"`. What Socket.IO clients give as `auth`
comes in the query here. The heartbeat is RFC 6455's own ping.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from . import packets
from .emission import Emission, Encoding
from .engine import new_id
from .event import Event
from .frames import ping_frame, text_frame, unframe
from .namespace import Namespace
from .options import Request
from .packets import JsonRefused, PacketError
from .server import Server
from .session import Reason, Session
from .socket import Socket
from .websocket import (
    FORBIDDEN,
    attach,
    engine_error,
    handshake_key,
    origin_allowed,
    refuse,
    refuse_entry,
)


class PlainEncoding(Encoding):
    """Events and replies as JSON objects."""

    def encode(self, emission: Emission) -> bytes:
        return _object({"event": emission.name} | _arguments(emission.args))

    def read(self, frames: bytes) -> tuple[str, tuple[Any, ...]]:
        (text,) = unframe(frames)
        incoming = _decoder.decode(text)
        return incoming.event, tuple(incoming.arguments)

    def encode_ack(self, ack_id: int, args: Sequence[Any]) -> bytes:
        body = args[0] if args else None
        if not (isinstance(body, dict) and "ok" in body):
            body = {"ok": True} | _arguments(args)
        return _object({"reply": ack_id} | body)

    def encode_refusal(self, body: dict[str, Any]) -> bytes:
        return _object({"event": "connect_error", "data": body})


def _arguments(args: Sequence[Any]) -> dict[str, Any]:
    if not args:
        return {}
    return {"data": args[0]} if len(args) == 1 else {"args": args}


def _object(body: dict[str, Any]) -> bytes:
    return text_frame(msgspec.json.encode(body))


_ENCODING = PlainEncoding()


_PING = ping_frame()


class _Incoming(msgspec.Struct):
    event: str
    data: msgspec.Raw = msgspec.Raw(b"")
    args: list[msgspec.Raw] | None = None
    id: int | None = None

    @property
    def arguments(self) -> list[msgspec.Raw]:
        if self.args is not None:
            return self.args
        return [self.data] if self.data else []


_decoder = msgspec.json.Decoder(_Incoming)


class PlainSession(Session):
    """A bare WebSocket and its one socket."""

    __slots__ = ("server", "socket")

    def __init__(self, server: Server, request: Request) -> None:
        super().__init__(server.engine, request.query, request.address)
        self.server = server
        self.socket: Socket | None = None

    def join(self, socket: Socket) -> None:
        """The socket speaks through this session."""
        self.socket = socket

    def leave(self, socket: Socket) -> None:
        """The socket no longer speaks through this session."""
        self.socket = None

    def sockets(self) -> list[Socket]:
        return [] if self.socket is None else [self.socket]

    def ping_frame(self) -> bytes:
        return _PING

    def pong_frame_received(self) -> None:
        self.alive()

    def ping_sent(self) -> None:
        if self.socket is not None:
            self.socket.mark()

    def pong_received(self) -> None:
        if self.socket is not None:
            self.socket.confirm()

    def received(self, packet: str | bytes) -> None:
        socket = self.socket
        if socket is None:
            return
        try:
            self.server.received(socket, _decode(packet))
        except PacketError:
            self.malformed()

    def malformed(self) -> None:
        self.engine.malformed += 1
        self.oddity()
        if self.socket is not None:
            self.server.received(self.socket, None)

    def ended(self, reason: Reason) -> None:
        if self.socket is not None:
            self.socket.session_ended(reason)


def _decode(packet: str | bytes) -> Event:
    if isinstance(packet, bytes):
        raise PacketError("binary messages have no meaning here")
    refused = ""
    try:
        packets.check_json(packet)
    except JsonRefused as refusal:
        refused = str(refusal)
    try:
        incoming = _decoder.decode(packet)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        head = _named(packet)
        if head is None:
            raise PacketError("not an event") from error
        refused = refused or "NaN, Infinity, or a number that is too large"
        return Event(head.event, head.id, _refused=refused)
    if refused:
        return Event(incoming.event, incoming.id, _refused=refused)
    return Event(incoming.event, incoming.id, None, incoming.arguments)


class _Head(msgspec.Struct):
    event: str
    args: list[Any] | None = None
    id: int | None = None


def _named(packet: str) -> _Head | None:
    """The name and id of an event whose payload is not taken; None when it has none, or is no JSON at all."""
    try:
        # Unlike ours, this reader takes lone surrogates, NaN and numbers without end.
        head = msgspec.convert(json.loads(packet), _Head)
    except (ValueError, RecursionError):
        return None
    return head if head.event.isascii() else None


def plain_upgrade(
    server: Server, namespace: Namespace, request: Request, transport: asyncio.Transport
) -> None:
    """Answer an upgrade request for a bare WebSocket; its socket is in `namespace` at once."""
    key = handshake_key(transport, request)
    if key is None:
        return
    if not origin_allowed(server.engine, request):
        refuse(transport, 403, engine_error(FORBIDDEN))
        return
    try:
        auth: dict[str, Any] = dict(request.parameters())
    except ValueError:
        refuse(transport, 400, {"code": "bad_request", "message": "Bad request"})
        return
    if refuse_entry(server.engine, request, transport):
        return
    session = PlainSession(server, request)
    server.engine.enrol(session, request)
    attach(session, key, transport)
    socket = Socket(server, namespace, session, new_id(), _ENCODING)
    session.join(socket)
    server.admit(socket, auth)
