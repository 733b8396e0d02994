"""Events on their way out: encoded once for all who read them the same way, each with its place in the order.

No I/O. A `SocketIOEncoding` appends the event's offset for clients that can come back and say how far
they had got (connection state recovery, as the stock client does it).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Any

from . import packets
from .packets import OutPacket, PacketType

# Offsets grow for as long as the process lives and mean nothing to another one.
_offsets = itertools.count(1)
_EPOCH = format(time.time_ns() // 1_000_000, "x")


def is_offset(value: object) -> bool:
    """Whether it is an offset that this process gave."""
    return isinstance(value, str) and value.startswith(_EPOCH)


class Encoding:
    """A way to write an event; sockets that share one share the packets."""

    offsets = False

    def encode(self, emission: Emission) -> list[OutPacket]:
        """The packets that carry the event."""
        raise NotImplementedError

    def encode_ack(self, ack_id: int, args: Sequence[Any]) -> list[OutPacket]:
        """The packets that answer the client's event `ack_id`."""
        raise NotImplementedError

    def encode_refusal(self, body: dict[str, Any]) -> list[OutPacket]:
        """The packets that tell the client why it is not let in."""
        raise NotImplementedError


class SocketIOEncoding(Encoding):
    """Socket.IO packets of one namespace; with `offsets`, the last argument is the event's offset."""

    def __init__(self, namespace: str, *, offsets: bool) -> None:
        self.namespace = namespace
        self.offsets = offsets

    def encode(self, emission: Emission) -> list[OutPacket]:
        if self.offsets and not emission.volatile:
            args = [*emission.args, emission.offset]
            return packets.encode_event(self.namespace, emission.name, args)
        return packets.encode_event(self.namespace, emission.name, emission.args)

    def encode_ack(self, ack_id: int, args: Sequence[Any]) -> list[OutPacket]:
        return packets.encode_ack(self.namespace, ack_id, args)

    def encode_refusal(self, body: dict[str, Any]) -> list[OutPacket]:
        return [packets.encode_control(PacketType.CONNECT_ERROR, self.namespace, body)]


class Emission:
    """An event to be sent to any number of sockets, encoded once per encoding.

    A volatile one is not kept for those who are absent, and carries no offset.
    """

    __slots__ = ("_encoded", "_encoding", "_offset", "_others", "args", "name", "size", "volatile")

    def __init__(self, name: str, *args: Any, volatile: bool = False) -> None:
        self.name = name
        self.args = args
        self.volatile = volatile
        self.size = 0  # bytes, in the encoding that was first asked for
        self._offset: str | None = None
        # Nearly always there is one encoding, and one receiver: a dict is for the others.
        self._encoding: Encoding | None = None
        self._encoded: list[OutPacket] = []
        self._others: dict[Encoding, list[OutPacket]] | None = None

    @property
    def offset(self) -> str:
        """The event's place in the order of all that this process sent."""
        if self._offset is None:
            self._offset = f"{_EPOCH}-{next(_offsets)}"
        return self._offset

    def packets(self, encoding: Encoding) -> list[OutPacket]:
        """The packets in this encoding."""
        if self._encoding is encoding:
            return self._encoded
        if self._encoding is None:
            self._encoded = encoding.encode(self)
            self._encoding = encoding
            for packet in self._encoded:
                self.size += len(packet.frame)
            return self._encoded
        if self._others is None:
            self._others = {}
        if encoding not in self._others:
            self._others[encoding] = encoding.encode(self)
        return self._others[encoding]
