"""The client's side of RFC 6455 framing, for tests: builds masked frames, reads a server's frames.

Written apart from `parley.engine.frames`, so that a test compares two readings of the RFC.
"""

from __future__ import annotations

from typing import NamedTuple

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x37\xfa\x21\x3d"  # the key of the examples in RFC 6455, section 5.7


def client_frame(
    opcode: int,
    payload: bytes | str = b"",
    mask: bytes | None = MASK,
    fin: bool = True,
    rsv: int = 0,
) -> bytes:
    """One frame as a client sends it; `mask=None` leaves it unmasked, which no client may."""
    body = payload.encode() if isinstance(payload, str) else payload
    first = fin << 7 | rsv << 4 | opcode
    masked = 0 if mask is None else 0x80
    size = len(body)
    if size < 126:
        head = bytes((first, masked | size))
    elif size < 65536:
        head = bytes((first, masked | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, masked | 127)) + size.to_bytes(8, "big")
    if mask is None:
        return head + body
    return head + mask + bytes(byte ^ mask[index & 3] for index, byte in enumerate(body))


def client_close(code: int, reason: bytes | str = b"") -> bytes:
    """A close frame; `code` may be one that no client is allowed to send."""
    body = reason.encode() if isinstance(reason, str) else reason
    return client_frame(CLOSE, code.to_bytes(2, "big") + body)


def client_fragments(opcode: int, payload: bytes | str, size: int) -> list[bytes]:
    """The frames of one message, each with at most `size` bytes of payload."""
    body = payload.encode() if isinstance(payload, str) else payload
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    last = len(pieces) - 1
    return [
        client_frame(CONT if index else opcode, piece, fin=index == last)
        for index, piece in enumerate(pieces)
    ]


class ServerFrame(NamedTuple):
    """A frame as a server sent it."""

    opcode: int
    payload: bytes
    fin: bool = True

    @property
    def text(self) -> str:
        assert self.opcode == TEXT, self
        return self.payload.decode()

    @property
    def close_code(self) -> int:
        """The close code; 1005 when the close frame has no body."""
        assert self.opcode == CLOSE, self
        return int.from_bytes(self.payload[:2], "big") if self.payload else 1005


class ServerFrames:
    """Reads a server's stream; AssertionError on what a server must not send."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[ServerFrame]:
        """The frames that `data` completes."""
        self._buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    @property
    def rest(self) -> bytes:
        """The bytes of the frame that is not complete yet."""
        return self._buffer

    def _next(self) -> ServerFrame | None:
        data = self._buffer
        if len(data) < 2:
            return None
        first, size = data[0], data[1]
        assert not first & 0x70, "reserved bits set"
        assert not size & 0x80, "masked frame from a server"
        assert first & 0x0F in (CONT, TEXT, BINARY, CLOSE, PING, PONG), "reserved opcode"
        assert first & 0x08 == 0 or (first & 0x80 and size < 126), "bad control frame"
        at = 2
        if size > 125:
            at = 4 if size == 126 else 10
            if len(data) < at:
                return None
            size = int.from_bytes(data[2:at], "big")
            assert size > (125 if at == 4 else 65535), "length not in its shortest form"
        if len(data) < at + size:
            return None
        self._buffer = data[at + size :]
        return ServerFrame(first & 0x0F, data[at : at + size], bool(first & 0x80))
