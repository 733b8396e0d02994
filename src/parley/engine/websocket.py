"""WebSocket on a transport that uvicorn gave up: the handshake, and a protocol without task or queue.

Follows RFC 6455, sections 4.2 (opening handshake), 5.5 (control frames) and 7 (closing).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import http
import os
from typing import TYPE_CHECKING, Any

import msgspec

from .engine_session import EngineSession, Probe
from .frames import (
    Close,
    CloseCode,
    FrameReader,
    Ping,
    Pong,
    Violation,
    close_frame,
    pong_frame,
    text_frame,
)
from .options import Refusal, Request
from .session import Session

if TYPE_CHECKING:
    from .engine import Engine
    from .engine_session import Polling

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

# Engine.IO's error codes, as its reference server answers them.
UNKNOWN_TRANSPORT = (0, "Transport unknown")
UNKNOWN_SID = (1, "Session ID unknown")
BAD_HANDSHAKE_METHOD = (2, "Bad handshake method")
BAD_REQUEST = (3, "Bad request")
FORBIDDEN = (4, "Forbidden")
UNSUPPORTED_VERSION = (5, "Unsupported protocol version")


class WebSocket(asyncio.Protocol):
    """Carries a session, or the probe that wants to take a polling one over."""

    __slots__ = (
        "_closers",
        "_fd",
        "_reader",
        "_session",
        "_transport",
        "paused",
    )

    def __init__(self, transport: asyncio.Transport, engine: Engine[Any]) -> None:
        self._transport = transport
        self._session: Session | Probe | None = (
            None  # None before the first one, and once it is over
        )
        self._reader = FrameReader(engine.options.max_message_bytes)
        self._closers = engine.closers
        self._fd = _descriptor(transport)
        transport.set_protocol(self)
        if self._fd >= 0:
            # It says so whenever it has something left to write.
            transport.set_write_buffer_limits(0)
        # Below its mark it never said that it was behind, and will not say that it no longer is.
        self.paused = transport.get_write_buffer_size() > transport.get_write_buffer_limits()[1]

    def carry(self, session: Session) -> None:
        """Packets are this session's from now on."""
        self._session = session
        self._closers.clear(self)
        if self.paused:
            session.write_paused()

    def probe(self, session: EngineSession, polling: Polling) -> None:
        """Packets are a probe's from now on; one that comes to nothing is soon cut."""
        self._session = Probe(session, polling, self)
        self._closers.set(self)

    # --- asyncio.Protocol --------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        session = self._session
        if session is not None and (text := self._reader.text(data)) is not None:
            session.received(text)
            return
        for item in self._reader.feed(data):
            session = self._session
            if session is None:
                if isinstance(item, Close):  # the answer to our own close frame
                    self._transport.close()
            elif isinstance(item, str) or isinstance(item, bytes):  # noqa: SIM101 - half the price of a pair
                session.received(item)
            else:
                self._control(session, item)

    def _control(self, session: Session | Probe, item: Ping | Pong | Close | Violation) -> None:
        if isinstance(item, Ping):
            session.oddity()  # one too many ends it, and nothing follows a close frame
            if self._session is not None and not self.paused:
                self.write(pong_frame(item.payload))
        elif isinstance(item, Pong):
            session.pong_frame_received()
        elif isinstance(item, Close):
            # Whoever closes has nothing to read any more: what is still to be written must not wait for it.
            self._end(CloseCode.NORMAL if item.code == CloseCode.NO_STATUS else item.code, "")
            self._transport.close()
            session.websocket_closed(clean=True)
        else:
            session.engine.malformed += 1
            self._end(item.code, item.reason)
            if self._transport.can_write_eof():
                self._transport.write_eof()  # its answer could no longer be told from the rest
            session.violated()

    def pause_writing(self) -> None:
        self.paused = True
        if self._session is not None:
            self._session.write_paused()

    def resume_writing(self) -> None:
        self.paused = False
        if self._session is not None:
            self._session.write_resumed()

    def eof_received(self) -> None:
        # The transport closes when it has nothing left to write: what waits for the end of the turn it must have now.
        if self._session is not None:
            self._session.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closers.clear(self)
        session, self._session = self._session, None
        self._fd = -1  # soon somebody else's
        if session is not None:
            session.websocket_closed(clean=False)

    # --- for the session ---------------------------------------------------------------------------

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and wait a moment for the client's; then cut."""
        if self._session is not None:
            self._end(code, reason)

    def write(self, frames: bytes) -> None:
        """Send whole frames now."""
        # A twelfth of what it costs to send is the transport's. It gets what the socket does not take.
        try:
            sent = 0 if self.paused else os.write(self._fd, frames)
        except OSError:
            sent = 0  # full, not to be written to, or broken, which the transport finds out
        if sent < len(frames):
            self._transport.write(frames[sent:])

    def abort(self) -> None:
        """Cut the connection now."""
        self._transport.abort()

    def _end(self, code: int, reason: str) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.flush()
        self.write(close_frame(code, reason))
        self._closers.set(self)


def _descriptor(transport: asyncio.Transport) -> int:
    """What to write to in the transport's place while it has nothing to write; -1, which is nothing, if it encrypts."""
    socket = transport.get_extra_info("socket")
    encrypts = transport.get_extra_info("sslcontext") is not None
    return -1 if socket is None or encrypts else socket.fileno()


def accept_key(key: str) -> bytes:
    """The value of Sec-WebSocket-Accept (RFC 6455, section 4.2.2)."""
    return base64.b64encode(
        hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()
    )


def switching_protocols(key: str) -> bytes:
    """The response that ends the opening handshake."""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_key(key) + b"\r\n\r\n"
    )


def refuse(transport: asyncio.Transport, status: int, body: Any, *headers: str) -> None:
    """Answer an upgrade request with an HTTP error and close."""
    content = msgspec.json.encode(body)
    lines = [
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *headers,
    ]
    transport.write("\r\n".join([*lines, "", ""]).encode() + content)
    transport.close()


def engine_error(error: tuple[int, str]) -> dict[str, Any]:
    """The JSON body of an Engine.IO error."""
    return {"code": error[0], "message": error[1]}


def refusal_body(refusal: Refusal) -> dict[str, Any]:
    """The JSON body of a refused handshake."""
    return {"code": refusal.code, "message": http.HTTPStatus(refusal.status).phrase}


def handshake_key(transport: asyncio.Transport, request: Request) -> str | None:
    """The client's key when the request is a proper opening handshake; else it is refused, and None."""
    if request.header(b"sec-websocket-version") != "13":
        refuse(
            transport,
            426,
            engine_error(BAD_REQUEST),
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
        )
        return None
    key = request.header(b"sec-websocket-key") or ""
    try:
        valid = len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        valid = False
    if not valid:
        refuse(transport, 400, engine_error(BAD_REQUEST))
        return None
    return key


def read_query(request: Request, transport: str) -> tuple[tuple[int, str] | None, str | None]:
    """What is wrong with a request that came by this transport, if anything, and the session id."""
    try:
        parameters = request.parameters()
    except ValueError:
        return BAD_REQUEST, None
    name = parameters.get("transport")
    if name not in ("polling", "websocket"):
        return UNKNOWN_TRANSPORT, None
    if parameters.get("EIO") != "4":
        return UNSUPPORTED_VERSION, None
    return (None if name == transport else BAD_REQUEST), parameters.get("sid")


def origin_allowed(engine: Engine[Any], request: Request) -> bool:
    """Whether the page that asks, if it is a page, may."""
    origin = request.header(b"origin")
    return origin is None or engine.options.allow_origin(origin, request.header(b"host"))


def refuse_entry(engine: Engine[Any], request: Request, transport: asyncio.Transport) -> bool:
    """Ask the gate; when it refuses, answer so and return True."""
    refusal = engine.admit(request)
    if refusal is None:
        return False
    wait = [] if refusal.retry_after is None else [f"Retry-After: {refusal.retry_after}"]
    refuse(transport, refusal.status, refusal_body(refusal), *wait)
    return True


def upgrade(engine: Engine[Any], request: Request, transport: asyncio.Transport) -> None:
    """Answer a WebSocket upgrade request for an Engine.IO session and set the protocol on its transport."""
    key = handshake_key(transport, request)
    if key is None:
        return
    if not origin_allowed(engine, request):
        refuse(transport, 403, engine_error(FORBIDDEN))
        return
    error, sid = read_query(request, "websocket")
    if error is not None:
        refuse(transport, 400, engine_error(error))
        return
    if sid is not None:
        session = engine.find(sid)
        if session is None or not session.open:
            refuse(transport, 400, engine_error(UNKNOWN_SID))
        else:
            _take_over(session, key, transport)
        return
    if refuse_entry(engine, request, transport):
        return
    session = engine.open(request, polling=False)
    attach(session, key, transport, text_frame(engine.open_packet(session)))
    session.opened()


def attach(session: Session, key: str, transport: asyncio.Transport, first: bytes = b"") -> None:
    """End the opening handshake and let a WebSocket carry the session; `first` is its first frame."""
    session.websocket = _accept(session.engine, key, transport, first)
    session.websocket.carry(session)


def _take_over(session: EngineSession, key: str, transport: asyncio.Transport) -> None:
    """Let a WebSocket probe to carry a session that polls; a session's second WebSocket is closed."""
    websocket = _accept(session.engine, key, transport)
    polling = session.polling
    if polling is None or polling.probe is not None:
        transport.write(close_frame(CloseCode.POLICY, "the session has a WebSocket"))
        transport.close()
    else:
        websocket.probe(session, polling)


def _accept(
    engine: Engine[Any], key: str, transport: asyncio.Transport, first: bytes = b""
) -> WebSocket:
    transport.write(switching_protocols(key) + first)
    return WebSocket(transport, engine)
