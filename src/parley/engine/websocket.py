"""WebSocket on a transport that uvicorn gave up: the handshake, and a protocol with no task or queue of its own.

Follows RFC 6455, sections 4.2 (opening handshake), 5.5 (control frames) and 7 (closing).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import http
from typing import TYPE_CHECKING, Any

import msgspec

from .frames import Close, CloseCode, FrameReader, Ping, Pong, Violation, close_frame, pong_frame
from .options import Refusal, Request
from .session import EngineSession, Session

if TYPE_CHECKING:
    from .deadlines import Deadlines
    from .engine import Engine

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

# Engine.IO's error codes, as its reference server answers them.
UNKNOWN_TRANSPORT = (0, "Transport unknown")
UNKNOWN_SID = (1, "Session ID unknown")
BAD_HANDSHAKE_METHOD = (2, "Bad handshake method")
BAD_REQUEST = (3, "Bad request")
FORBIDDEN = (4, "Forbidden")
UNSUPPORTED_VERSION = (5, "Unsupported protocol version")


class WebSocket(asyncio.Protocol):
    """Carries a session, or, until it has proved itself, probes to take over a polling one."""

    __slots__ = ("_closers", "_ended", "_probing", "_reader", "_session", "_transport", "paused", "write")

    def __init__(
        self,
        transport: asyncio.Transport,
        session: Session,
        max_message: int,
        closers: Deadlines[WebSocket],
        *,
        probing: bool = False,
    ) -> None:
        self._transport = transport
        self._session: Session | None = session
        self._reader = FrameReader(max_message)
        self._closers = closers
        self._probing = probing
        self._ended = False
        self.paused = False
        self.write = transport.write

    # --- asyncio.Protocol --------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        for item in self._reader.feed(data):
            session = self._session
            if session is None:
                if isinstance(item, Close):  # the answer to our own close frame
                    self._transport.close()
                return
            kind = type(item)
            if kind is str or kind is bytes:
                if self._probing:
                    self._probe(session, item)  # type: ignore[arg-type]
                else:
                    session.received(item)  # type: ignore[arg-type]
            elif kind is Ping:
                if not self.paused:
                    self.write(pong_frame(item.payload))  # type: ignore[union-attr]
            elif kind is Pong:
                session.pong_frame_received()
            elif isinstance(item, Close):
                self._answer_close(session, item)
            elif isinstance(item, Violation):
                session.engine.oddities += 1
                self._fail(session, item)

    def pause_writing(self) -> None:
        self.paused = True
        if self._session is not None and not self._probing:
            self._session.write_paused()

    def resume_writing(self) -> None:
        self.paused = False
        if self._session is not None and not self._probing:
            self._session.write_resumed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closers.clear(self)
        session, self._session = self._session, None
        self.write = _discard
        if session is not None and not self._probing:
            session.websocket_closed(clean=False)

    # --- for the session ---------------------------------------------------------------------------

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and wait a moment for the client's; then cut."""
        if not self._ended:
            self._ended = True
            self.write(close_frame(code, reason))
            self.write = _discard
            self._session = None
            self._closers.set(self)

    def abort(self) -> None:
        """Cut the connection now."""
        self._transport.abort()

    def _probe(self, session: Session, packet: str | bytes) -> None:
        if not isinstance(session, EngineSession) or not session.probe(self, packet):
            self._session = None
            self.close(CloseCode.PROTOCOL_ERROR, "upgrade failed")
        elif session.websocket is self:
            self._probing = False
            self._closers.clear(self)

    def _answer_close(self, session: Session, frame: Close) -> None:
        self._ended = True
        self._session = None
        code = CloseCode.NORMAL if frame.code == CloseCode.NO_STATUS else frame.code
        self.write(close_frame(code))
        self.write = _discard
        self._transport.close()
        if not self._probing:
            session.websocket_closed(clean=True)

    def _fail(self, session: Session, violation: Violation) -> None:
        if not self._probing:
            session.violated()
        self.close(violation.code, violation.reason)


def _discard(data: Any) -> None:
    """Where writes go once the close frame is out."""


def accept_key(key: str) -> bytes:
    """The value of Sec-WebSocket-Accept (RFC 6455, section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1") + _GUID).digest())


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
            transport, 426, engine_error(BAD_REQUEST), "Upgrade: websocket", "Sec-WebSocket-Version: 13"
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
    try:
        parameters = request.parameters()
    except ValueError:
        refuse(transport, 400, engine_error(BAD_REQUEST))
        return
    if parameters.get("transport") != "websocket":
        refuse(transport, 400, engine_error(UNKNOWN_TRANSPORT))
        return
    if parameters.get("EIO") != "4":
        refuse(transport, 400, engine_error(UNSUPPORTED_VERSION))
        return
    sid = parameters.get("sid")
    if sid is not None:
        session = engine.find(sid)
        if session is None:
            refuse(transport, 400, engine_error(UNKNOWN_SID))
            return
        attach(session, key, transport, probing=True)
        return
    if refuse_entry(engine, request, transport):
        return
    session = engine.open(request, polling=False)
    attach(session, key, transport)
    session.send(engine.open_packet(session))
    session.opened()


def attach(
    session: Session, key: str, transport: asyncio.Transport, *, probing: bool = False
) -> None:
    """End the opening handshake and let a WebSocket carry the session (or probe to)."""
    engine = session.engine
    websocket = WebSocket(
        transport, session, engine.options.max_message_bytes, engine.closers, probing=probing
    )
    transport.write(switching_protocols(key))
    transport.set_protocol(websocket)
    if probing:
        engine.closers.set(websocket)  # a probe that never comes to anything is cut
    else:
        session.websocket = websocket
