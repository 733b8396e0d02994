"""RFC 6455 framing, the server's side: bytes in, whole messages and close codes out. No I/O, no clock.

Promises: `FrameReader.feed` never raises on any input; what breaks the protocol comes out as a
`Violation` that carries the close code; a length is checked against the bound before any byte
behind it is kept; the work is linear in the bytes received, however they are chopped up; an idle
reader holds no buffer. No extension is negotiated, so every reserved bit is an error.
"""

from __future__ import annotations

import enum
from codecs import utf_8_decode
from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final


def xor_mask(data: bytes | bytearray | memoryview, mask: bytes | bytearray) -> bytes:
    """Mask or unmask `data` with the four bytes of `mask` (RFC 6455, section 5.3)."""
    size = len(data)
    key = (bytes(mask) * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


try:  # nine times as fast at 200 bytes; absent where there is no C extension
    from websockets.speedups import apply_mask
except ImportError:
    apply_mask = xor_mask


class CloseCode(enum.IntEnum):
    """Close codes of RFC 6455, section 7.4.1, and of the IANA registry that it began."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED = 1003
    NO_STATUS = 1005  # never on the wire: stands for a close frame without a body
    ABNORMAL = 1006  # never on the wire: stands for an end without a close frame
    INVALID_PAYLOAD = 1007
    POLICY = 1008
    TOO_BIG = 1009
    MISSING_EXTENSION = 1010
    INTERNAL = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN = 1013


@dataclass(frozen=True, slots=True)
class Ping:
    """A ping; the answer is a pong with the same payload (at most 125 bytes)."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """A pong, asked for or not (section 5.5.3)."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The peer's close frame. `code` is one that may be on the wire, or 1005 when it named none."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Violation:
    """The peer broke the protocol or a bound: the connection must be failed with `code`."""

    code: int
    reason: str


Item = str | bytes | Ping | Pong | Close | Violation

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_OPCODES: Final = frozenset((_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG))
_MAX_CONTROL: Final = 125
# A message has no more fragments: empty ones cost time, and would cost it for ever.
_MAX_FRAGMENTS: Final = 1024


class _Failure(Exception):
    """Leaves the parsing of the frame at hand; becomes a `Violation`."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        self.code = code
        self.reason = reason


class _Held:
    """What a reader keeps between two calls: bytes of an unfinished frame, an unfinished message."""

    __slots__ = ("buffer", "checked", "fragments", "message", "needed", "opcode")

    def __init__(self) -> None:
        self.buffer = bytearray()  # begins with a frame's header
        self.needed = 0  # parsing the buffer makes no sense before it holds so many bytes
        self.opcode = _CONTINUATION  # of the fragmented message; _CONTINUATION: there is none
        self.message = bytearray()  # its payload so far, unmasked
        self.checked = 0  # how much of a text message is known to be whole, valid characters
        self.fragments = 0


_two_shorts: Final = Struct(">HH").unpack_from
_OVER: Final = _Held()  # shared by all readers that ended; nothing is ever put in it


class FrameReader:
    """Turns the bytes of one client into messages, control frames and, at the end, a verdict."""

    # An idle reader is one of thousands: `_held` is None then.
    __slots__ = ("_held", "_max_message")

    def __init__(self, max_message: int) -> None:
        """`max_message`: bytes of payload in one assembled message; beyond it, a 1009."""
        self._max_message = max_message
        self._held: _Held | None = None

    def text(self, data: bytes) -> str | None:
        """The text message that the next bytes of the stream are, if they are one, whole and in a single frame.

        Nearly all that clients send is of this kind. It never raises and keeps nothing: whatever else it is (None),
        `feed` is to have it.
        """
        size = len(data)
        if size < 6 or self._held is not None:
            return None
        head, length = _two_shorts(data)  # with a length of 7 or 16 bits, and a mask
        if head == 0x81FE and length == size - 8 and length > 125:
            at = 8
        elif head == 0x8180 - 6 + size and size < 132:
            at = 6
        else:
            return None
        if size - at > self._max_message:
            return None
        try:
            return apply_mask(data[at:], data[at - 4 : at]).decode()
        except UnicodeDecodeError:
            return None

    def feed(self, data: bytes) -> Sequence[Item]:
        """Take the next bytes of the stream; return what they complete, in stream order.

        Text messages are `str` (their UTF-8 was valid), binary ones `bytes`. A `Close` or a
        `Violation` is the last item ever: whatever follows it is dropped unread.
        """
        held = self._held
        if held is _OVER:
            return ()
        if held is None:
            held = _Held()
        buffer = held.buffer
        buffer += data
        if len(buffer) < held.needed:
            return ()
        items: list[Item] = []
        try:
            over = self._parse(held, items)
        except _Failure as failure:
            items.append(Violation(failure.code, failure.reason))
            over = True
        if over:
            self._held = _OVER
        else:
            self._held = held if buffer or held.opcode != _CONTINUATION else None
        return items

    def _parse(self, held: _Held, items: list[Item]) -> bool:
        """Take all whole frames out of the buffer; true when one of them was a close frame."""
        buffer = held.buffer
        end = len(buffer)
        start = 0
        while end - start >= 2:
            first, second = buffer[start], buffer[start + 1]
            opcode = first & 0x0F
            _check_header(first, second, in_message=held.opcode != _CONTINUATION)
            length = second & 0x7F
            at = start + 2
            if length > 125:
                at += 2 if length == 126 else 8
                if at > end:
                    held.needed = at - start
                    break
                length = _extended_length(buffer[start + 2 : at])
            if opcode < _CLOSE and len(held.message) + length > self._max_message:
                raise _Failure(CloseCode.TOO_BIG, "message too big")
            payload_at = at + 4
            if payload_at + length > end:
                held.needed = payload_at + length - start
                break
            start = payload_at + length
            payload = apply_mask(buffer[payload_at:start], buffer[at:payload_at])
            if opcode >= _CLOSE:
                items.append(_control(opcode, payload))
                if opcode == _CLOSE:
                    return True
            else:
                message = _data(held, first, payload)
                if message is not None:
                    items.append(message)
        else:
            held.needed = 2
        del buffer[:start]
        return False


def _check_header(first: int, second: int, *, in_message: bool) -> None:
    """Refuse what the first two bytes of a frame already show to be wrong (section 5.2)."""
    opcode = first & 0x0F
    if first & 0x70:
        raise _Failure(CloseCode.PROTOCOL_ERROR, "reserved bits set")
    if opcode not in _OPCODES:
        raise _Failure(CloseCode.PROTOCOL_ERROR, "reserved opcode")
    if not second & 0x80:
        raise _Failure(CloseCode.PROTOCOL_ERROR, "unmasked frame")
    if opcode >= _CLOSE:
        if not first & 0x80:
            raise _Failure(CloseCode.PROTOCOL_ERROR, "fragmented control frame")
        if second & 0x7F > _MAX_CONTROL:
            raise _Failure(CloseCode.PROTOCOL_ERROR, "control frame too long")
    elif opcode == _CONTINUATION:
        if not in_message:
            raise _Failure(CloseCode.PROTOCOL_ERROR, "nothing to continue")
    elif in_message:
        raise _Failure(CloseCode.PROTOCOL_ERROR, "message inside a fragmented message")


def _extended_length(field: bytearray) -> int:
    """The length in a field of 2 or 8 bytes, which must be the shortest that can hold it."""
    length = int.from_bytes(field, "big")
    if length < (126 if len(field) == 2 else 1 << 16):
        raise _Failure(CloseCode.PROTOCOL_ERROR, "length not in its shortest form")
    if length >> 63:
        raise _Failure(CloseCode.PROTOCOL_ERROR, "length beyond 63 bits")
    return length


def _data(held: _Held, first: int, payload: bytes) -> str | bytes | None:
    """Add a data frame to its message; return the message when this was its last frame."""
    final = first & 0x80
    if held.opcode == _CONTINUATION:
        opcode = first & 0x0F
        if final:
            return payload if opcode == _BINARY else _text(payload)
        held.opcode = opcode
    held.fragments += 1
    if held.fragments > _MAX_FRAGMENTS:
        raise _Failure(CloseCode.POLICY, "too many fragments")
    message = held.message
    message += payload
    if held.opcode == _TEXT:
        held.checked += _check_text(message[held.checked :])
    if not final:
        return None
    whole = _text(message) if held.opcode == _TEXT else bytes(message)
    held.opcode = _CONTINUATION
    held.message = bytearray()
    held.checked = 0
    held.fragments = 0
    return whole


def _text(payload: bytes | bytearray) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise _Failure(CloseCode.INVALID_PAYLOAD, "invalid UTF-8") from None


def _check_text(piece: bytearray) -> int:
    """How many bytes of `piece` are whole characters; fails at the first byte that cannot be one."""
    try:
        used = utf_8_decode(piece, "strict", False)[1]
    except UnicodeDecodeError:
        raise _Failure(CloseCode.INVALID_PAYLOAD, "invalid UTF-8") from None
    # The codec waits for the third byte of a surrogate, which its second byte gives away.
    if len(piece) - used == 2 and piece[used] == 0xED and piece[used + 1] > 0x9F:
        raise _Failure(CloseCode.INVALID_PAYLOAD, "invalid UTF-8")
    return used


def _control(opcode: int, payload: bytes) -> Ping | Pong | Close:
    if opcode == _PING:
        return Ping(payload)
    if opcode == _PONG:
        return Pong(payload)
    if not payload:
        return Close(CloseCode.NO_STATUS, "")
    if len(payload) == 1:
        raise _Failure(CloseCode.PROTOCOL_ERROR, "close frame with half a code")
    code = (payload[0] << 8) + payload[1]
    if not _may_be_sent(code):
        raise _Failure(CloseCode.PROTOCOL_ERROR, "invalid close code")
    return Close(code, _text(payload[2:]))


def _may_be_sent(code: int) -> bool:
    """Whether a close frame may carry `code` (section 7.4; the IANA registry goes up to 1014)."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


# --- The server's own frames: final and unmasked (section 5.1) -----------------------------------

_SHORT_TEXT: Final = tuple(bytes((0x80 | _TEXT, size)) for size in range(126))
_header_16: Final = Struct(">BBH").pack
_header_64: Final = Struct(">BBQ").pack


def text_frame(payload: bytes | str) -> bytes:
    """A text message; `bytes` must be valid UTF-8 already. A lone surrogate: UnicodeEncodeError."""
    if isinstance(payload, str):
        payload = payload.encode()
    size = len(payload)
    if size < 126:
        return _SHORT_TEXT[size] + payload
    if size < 1 << 16:
        return _header_16(0x80 | _TEXT, 126, size) + payload
    return _header_64(0x80 | _TEXT, 127, size) + payload


def binary_frame(payload: bytes) -> bytes:
    """A binary message."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | _BINARY, size)) + payload
    if size < 1 << 16:
        return _header_16(0x80 | _BINARY, 126, size) + payload
    return _header_64(0x80 | _BINARY, 127, size) + payload


def unframe(frames: bytes) -> list[str | bytes]:
    """The messages in whole frames of `text_frame` and `binary_frame`."""
    messages: list[str | bytes] = []
    at = 0
    while at < len(frames):
        binary = frames[at] == 0x80 | _BINARY
        size, at = frames[at + 1], at + 2
        if size > 125:
            longer = 2 if size == 126 else 8
            size, at = int.from_bytes(frames[at : at + longer], "big"), at + longer
        payload = frames[at : at + size]
        messages.append(payload if binary else payload.decode())
        at += size
    return messages


def ping_frame(payload: bytes = b"") -> bytes:
    """A ping; ValueError when `payload` is longer than 125 bytes."""
    return _control_frame(_PING, payload)


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping, with the ping's payload; ValueError beyond 125 bytes."""
    return _control_frame(_PONG, payload)


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; no body for 1005; `reason` is cut to 123 bytes, between two characters.

    ValueError for a code that must never be on the wire (1004, 1006, 1015, below 1000, …).
    """
    if code == CloseCode.NO_STATUS:
        return _control_frame(_CLOSE, b"")
    if not _may_be_sent(code):
        raise ValueError(f"close code {code} must not be sent")
    text = reason.encode(errors="replace")[: _MAX_CONTROL - 2]
    return _control_frame(_CLOSE, code.to_bytes(2, "big") + text.decode(errors="ignore").encode())


def _control_frame(opcode: int, payload: bytes) -> bytes:
    if len(payload) > _MAX_CONTROL:
        raise ValueError("a control frame holds at most 125 bytes")
    return bytes((0x80 | opcode, len(payload))) + payload
