"""Pure codec for Engine.IO v4 and Socket.IO v5 packets: text in, values out, and back. No I/O, no clock.

Follows the public protocol documents (Engine.IO protocol v4, Socket.IO protocol v5). Whatever is
not a packet raises `PacketError` and nothing else.

JSON from a client is held to more than RFC 8259 asks: at most `MAX_DEPTH` levels and `MAX_BRACKETS`
arrays and objects, no NUL and no lone surrogate in a string (they cannot be stored or re-encoded), no
number that no float holds, as NaN is. What asks for more raises `JsonRefused`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from .frames import binary_frame, text_frame, unframe

MAX_DEPTH = 32
MAX_BRACKETS = 2048
MAX_PAYLOAD_PACKETS = 16
MAX_ATTACHMENTS = 4
SEPARATOR = "\x1e"

# Engine.IO packet types (protocol v4, "Protocol").
OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"


class PacketError(Exception):
    """The peer sent something that is no packet; its connection is to be closed."""


class JsonRefused(PacketError):
    """The peer sent JSON that we do not take; in an event, that event alone may be refused for it."""


class PacketType(IntEnum):
    """Socket.IO packet types (protocol v5, "Packet encoding")."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


class Packet(NamedTuple):
    """A Socket.IO packet as received; `data` is the JSON text behind the header, "" when there is none."""

    type: PacketType
    namespace: str
    id: int | None
    data: str
    attachments: int


def frame(packet: str | bytes) -> bytes:
    """An Engine.IO packet as the WebSocket frame that most receivers get; `unframe` is its inverse."""
    return text_frame(packet) if isinstance(packet, str) else binary_frame(packet)


# --- Engine.IO payloads (several packets in one polling body) ------------------------------------


def decode_payload(body: str) -> list[str | bytes]:
    """Split a polling body into packets; binary ones (`b` + base64) become bytes."""
    parts = body.split(SEPARATOR, MAX_PAYLOAD_PACKETS)
    if len(parts) > MAX_PAYLOAD_PACKETS:
        raise PacketError("too many packets in one payload")
    packets: list[str | bytes] = []
    for part in parts:
        if part.startswith("b"):
            try:
                packets.append(base64.b64decode(part[1:], validate=True))
            except (binascii.Error, ValueError) as error:
                raise PacketError("invalid base64") from error
        elif part[:1] in _ENGINE_TYPES:
            packets.append(part)
        else:
            raise PacketError("unknown Engine.IO packet type")
    return packets


_ENGINE_TYPES = frozenset("0123456")


def encode_payload(packets: Sequence[str | bytes]) -> str:
    """Join packets into one polling body."""
    return SEPARATOR.join(
        packet if isinstance(packet, str) else "b" + base64.b64encode(packet).decode()
        for packet in packets
    )


# --- Socket.IO packets ---------------------------------------------------------------------------

_HEADER = re.compile(
    r"([0-6])(?:(?<=[56])([0-9]{1,3})-)?(?:(/[^,\s]{0,127})(?:,|\Z))?([0-9]{0,15})"
)
_WITH_ARRAY = frozenset(
    (PacketType.EVENT, PacketType.ACK, PacketType.BINARY_EVENT, PacketType.BINARY_ACK)
)
_TYPES = {str(int(kind)): kind for kind in PacketType}


def decode(text: str) -> Packet:
    """Read a Socket.IO packet: the text of an Engine.IO message, without its leading `4`."""
    if text.startswith("2["):  # by far the most frequent: an event of the main namespace
        return Packet(PacketType.EVENT, "/", None, text[1:], 0)
    head = _HEADER.match(text)
    if head is None:
        raise PacketError("unknown Socket.IO packet type")
    kind = _TYPES[head[1]]
    data = text[head.end() :]
    packet_id = int(head[4]) if head[4] else None
    attachments = 0
    if kind in _WITH_ARRAY:
        if not data.startswith("["):
            raise PacketError("payload is not an array")
        if kind in (PacketType.ACK, PacketType.BINARY_ACK) and packet_id is None:
            raise PacketError("an acknowledgement needs an id")
        if kind in (PacketType.BINARY_EVENT, PacketType.BINARY_ACK):
            if head[2] is None:
                raise PacketError("missing number of attachments")
            attachments = int(head[2])
            if attachments > MAX_ATTACHMENTS:
                raise PacketError("too many attachments")
    elif packet_id is not None:
        raise PacketError("unexpected id")
    elif kind is PacketType.DISCONNECT:
        if data:
            raise PacketError("unexpected payload")
    elif data and not data.startswith("{"):
        raise PacketError("payload is not an object")
    return Packet(kind, head[3] or "/", packet_id, data, attachments)


def check_json(text: str) -> None:
    """Refuse what no string of ours may hold and what nests too deep. Cheap for ordinary texts."""
    # Looking for one letter is ten times as fast as for two.
    if "\\" in text and "\\u" in text and not _GOOD_ESCAPES.fullmatch(text):
        raise JsonRefused("NUL or lone surrogate in a string")
    if text.find("[", 1) < 0 and text.find("{", text.find("{") + 1) < 0:
        return  # nearly always: a list with one object in it, at most
    brackets = text.count("[") + text.count("{")
    if brackets > MAX_BRACKETS:
        raise JsonRefused("too many arrays and objects")
    if brackets > MAX_DEPTH:
        depth = 0
        for token in _BRACKETS.finditer(text):
            char = token[0]
            if char in "[{":
                depth += 1
                if depth > MAX_DEPTH:
                    raise JsonRefused("JSON nested too deep")
            elif char in "]}":
                depth -= 1


# Anything but a backslash; a short escape; a pair of surrogates; any other code unit but NUL. One pass in C,
# without a step back: a text full of escapes must not cost more than it weighs.
_GOOD_ESCAPES = re.compile(
    r"(?s)(?:[^\\]++|\\(?:[^u]|u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4})))*+"
)
# An unfinished string matches to its end: were it tried again at each quote inside it, the work would
# grow with the square of its length.
_BRACKETS = re.compile(r'(?s)"(?:[^"\\]|\\.)*+"?|[\[\]{}]')

_decode = msgspec.json.Decoder().decode


def decode_json(text: str) -> Any:
    """Decode JSON from a client, held to the module's rules."""
    check_json(text)
    try:
        return _decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise not_read(text) from error


def not_read(text: str) -> PacketError:
    """Why JSON that has passed `check_json` cannot be read: for a number alone, or because it is none."""
    try:
        json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return PacketError("invalid JSON")
    return JsonRefused("NaN, Infinity, or a number that is too large")


def _header(kind: PacketType, namespace: str, attachments: int = 0) -> bytes:
    """A message packet up to the id."""
    number = f"{attachments}-" if attachments else ""
    return f"{MESSAGE}{kind:d}{number}{'' if namespace == '/' else namespace + ','}".encode()


# Only namespaces that the server has: a client's inventions stay out of the cache.
_cached_header = lru_cache(64)(_header)

_encode_json = msgspec.json.Encoder().encode


def _encode_array(
    plain: PacketType,
    binary: PacketType,
    namespace: str,
    packet_id: int | None,
    array: Sequence[Any],
) -> bytes:
    attachments: list[bytes] = []
    if _has_bytes(array):
        array = [_take_bytes(value, attachments) for value in array]
    head = _cached_header(binary if attachments else plain, namespace, len(attachments))
    if packet_id is not None:
        head += b"%d" % packet_id
    text = text_frame(head + _encode_json(array))
    return b"".join([text, *map(binary_frame, attachments)]) if attachments else text


_MAX_OWN_DEPTH = 500
_CAN_HOLD_BYTES = frozenset((bytes, bytearray, dict, list, tuple))


def _has_bytes(value: Any) -> bool:
    kind = type(value)
    if kind is bytes or kind is bytearray:
        return True
    if kind not in _CAN_HOLD_BYTES:
        return False
    return any(map(_has_bytes, value.values() if kind is dict else value))


def _take_bytes(value: Any, attachments: list[bytes], depth: int = 0) -> Any:
    if depth > _MAX_OWN_DEPTH:  # compiled, it would end in a crash and no exception
        raise RecursionError("what is to be sent is nested too deeply")
    if isinstance(value, dict):
        return {key: _take_bytes(item, attachments, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_take_bytes(item, attachments, depth + 1) for item in value]
    if isinstance(value, (bytes, bytearray)):
        attachments.append(bytes(value))
        return {"_placeholder": True, "num": len(attachments) - 1}
    return value


def encode_event(namespace: str, array: list[Any], packet_id: int | None = None) -> bytes:
    """An event, `array` its name and arguments: the frames of its text packet and of each attachment."""
    if packet_id is None and namespace == "/" and _CAN_HOLD_BYTES.isdisjoint(map(type, array)):
        return text_frame(b"42" + _encode_json(array))  # what nearly every one is
    return _encode_array(PacketType.EVENT, PacketType.BINARY_EVENT, namespace, packet_id, array)


def read_event(frames: bytes) -> list[Any]:
    """What `encode_event` made these frames of: each item as JSON, or, with attachments among them, as it was."""
    text, *attachments = unframe(frames)
    assert isinstance(text, str)
    head = _HEADER.match(text, len(MESSAGE))
    assert head is not None
    array = text[head.end() :]
    return (
        put_bytes(_decode(array), attachments.__getitem__) if attachments else _items.decode(array)
    )


_items = msgspec.json.Decoder(list[msgspec.Raw])


def put_bytes(value: Any, attachment: Callable[[Any], Any]) -> Any:
    """The value with `attachment(num)` in place of each placeholder; `num` is whatever the placeholder has."""
    if isinstance(value, dict):
        if value.get("_placeholder") is True:
            return attachment(value.get("num"))
        return {key: put_bytes(item, attachment) for key, item in value.items()}
    if isinstance(value, list):
        return [put_bytes(item, attachment) for item in value]
    return value


def encode_ack(namespace: str, packet_id: int, args: Sequence[Any]) -> bytes:
    """The answer to the event `packet_id`, as frames."""
    return _encode_array(PacketType.ACK, PacketType.BINARY_ACK, namespace, packet_id, args)


def encode_control(kind: PacketType, namespace: str, data: Any = None) -> bytes:
    """The frame of a CONNECT, CONNECT_ERROR or DISCONNECT packet; `data` is left out when None."""
    body = b"" if data is None else _encode_json(data)
    return text_frame(_header(kind, namespace) + body)
