"""Events on their way out: encoded once for all who read them the same way, each with its place in the order.

No I/O. A `SocketIOEncoding` appends the event's offset for clients that can come back and say how far
they had got (connection state recovery, as the stock client does it).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from . import packets
from .packets import PacketType

# Offsets grow for as long as the process lives; they begin where those of one before it have not come to.
_offsets = itertools.count(time.time_ns() // 1000)


def is_offset(value: object) -> bool:
    """Whether it could be an offset of ours."""
    return isinstance(value, str) and value.isdecimal()


class Encoding:
    """A way to write an event; sockets that share one share the packets."""

    offsets = False

    def encode(self, emission: Emission) -> bytes:
        """The frames that carry the event."""
        raise NotImplementedError

    def decode(self, frames: bytes) -> Emission:
        """The event, no volatile one, that these frames of `encode` carry; in this encoding it is the same frames."""
        name, args = self.read(frames)
        return Emission(name, args, encoding=self, encoded=frames)

    def read(self, frames: bytes) -> tuple[str, tuple[Any, ...]]:
        """The name and the arguments of the event, no volatile one, that these frames carry; some still as JSON."""
        raise NotImplementedError

    def offset(self, frames: bytes) -> str | None:
        """The offset of the event, no volatile one, that these frames carry; None where events have none."""
        return None

    def encode_ack(self, ack_id: int, args: Sequence[Any]) -> bytes:
        """The frames that answer the client's event `ack_id`."""
        raise NotImplementedError

    def encode_refusal(self, body: dict[str, Any]) -> bytes:
        """The frame that tells the client why it is not let in."""
        raise NotImplementedError


class SocketIOEncoding(Encoding):
    """Socket.IO packets of one namespace; with `offsets`, the last argument is the event's offset."""

    def __init__(self, namespace: str, *, offsets: bool) -> None:
        self.namespace = namespace
        self.offsets = offsets

    def encode(self, emission: Emission) -> bytes:
        array = [emission.name, *emission.args]
        if self.offsets and not emission.volatile:
            array.append(str(emission.offset))
        return packets.encode_event(self.namespace, array)

    def read(self, frames: bytes) -> tuple[str, tuple[Any, ...]]:
        name, *args = packets.read_event(frames)
        return _text(name), tuple(args[:-1] if self.offsets else args)

    def offset(self, frames: bytes) -> str | None:
        return _text(packets.read_event(frames)[-1]) if self.offsets else None

    def encode_ack(self, ack_id: int, args: Sequence[Any]) -> bytes:
        return packets.encode_ack(self.namespace, ack_id, args)

    def encode_refusal(self, body: dict[str, Any]) -> bytes:
        return packets.encode_control(PacketType.CONNECT_ERROR, self.namespace, body)


def _text(item: str | msgspec.Raw) -> str:
    return item if isinstance(item, str) else msgspec.json.decode(item, type=str)


class Emission(msgspec.Struct, eq=False, gc=False):
    """An event to be sent to any number of sockets, encoded once per encoding.

    A volatile one is not kept for those who are absent, and carries no offset.
    """

    name: str
    args: tuple[Any, ...] = ()
    volatile: bool = False
    offset: int = msgspec.field(default_factory=_offsets.__next__)
    """Its place in the order of all that this process makes, as text on the wire; what `decode` gives has one of its own
    for other encodings."""
    # The first encoding that was asked for, nearly always the only one, and the frames in it.
    encoding: Encoding | None = None
    encoded: bytes = b""
    _others: dict[Encoding, bytes] | None = None

    def frames(self, encoding: Encoding) -> bytes:
        """The event in this encoding, as the WebSocket frames that most receivers get."""
        if self.encoding is None:
            self.encoded = encoding.encode(self)
            self.encoding = encoding
        if self.encoding is encoding:
            return self.encoded
        if self._others is None:
            self._others = {}
        if encoding not in self._others:
            self._others[encoding] = encoding.encode(self)
        return self._others[encoding]
