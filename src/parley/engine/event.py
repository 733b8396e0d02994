"""Events and acknowledgements as they arrive: the name at once, the arguments when they are asked for. No I/O.

What is JSON at all, and what is too much of it, `packets` decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from .packets import (
    MAX_ATTACHMENTS,
    JsonRefused,
    PacketError,
    check_json,
    decode_json,
    not_read,
    put_bytes,
)

P = TypeVar("P")

_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_any = msgspec.json.Decoder()
_NAME = re.compile(r'\[\s*("(?:[^"\\]|\\.)*+")')


class Event(msgspec.Struct, eq=False, gc=False):
    """An event from a client: its name, its arguments, and the id that an answer goes to, if it wants one.

    The arguments came in one of three ways: behind the name in `array`, which is JSON and of which
    nothing else is known yet; each as JSON; or, with attachments among them, as they are. An event whose
    JSON is refused has a name and an id, so that it can be answered; who reads its arguments is told why.
    """

    name: str
    id: int | None
    array: str | None = None
    _raw: list[msgspec.Raw] | None = None
    _args: list[Any] | None = None
    _refused: str = ""

    @property
    def raw(self) -> list[msgspec.Raw] | None:
        """The arguments, each as JSON; None when there are attachments among them. Raises `PacketError`."""
        if self._raw is None:
            if self.array is not None:
                self._raw = _items(self.array)[1:]
            elif self._refused:
                raise JsonRefused(self._refused)
        return self._raw

    @property
    def args(self) -> list[Any]:
        """The arguments as plain values. Raises `PacketError`."""
        if self._args is None:
            self._args = [_value(raw) for raw in self.raw or ()]
        return self._args


class Payload(Generic[P]):
    """Reads an event's first argument as a value of one type."""

    __slots__ = ("_alone", "_behind_name")

    def __init__(self, shape: Any) -> None:
        self._alone: msgspec.json.Decoder[P] = msgspec.json.Decoder(shape)
        # Nearly every event is a name and one argument; to read both in one go costs half.
        self._behind_name: msgspec.json.Decoder[tuple[str, P]] = msgspec.json.Decoder(
            tuple[str, shape]
        )

    def of(self, event: Event) -> P:
        """The first argument, `{}` when there is none.

        Raises msgspec.ValidationError, msgspec.DecodeError; `PacketError` when the event is no JSON at all.
        """
        if event.array is not None:
            try:
                return self._behind_name.decode(event.array)[1]
            except msgspec.DecodeError:
                pass  # none or several arguments, or something is wrong, which the way below can name
        raw = event.raw
        if raw is not None:
            return self._alone.decode(raw[0] if raw else b"{}")
        return msgspec.convert(event.args[0] if event.args else {}, self._alone.type)


def decode_event(data: str, packet_id: int | None, attachments: Sequence[bytes] = ()) -> Event:
    """Read the array of an EVENT or BINARY_EVENT packet. Raises `PacketError`, as may the event itself."""
    try:
        if attachments:
            return _with_binary_arguments(data, packet_id, attachments)
        check_json(data)
        end = data.find('"', 2)
        if end > 0 and data.startswith('["'):
            name = data[2:end]
            if "\\" not in name:
                return Event(name, packet_id, data)
        raw = _items(data)
    except JsonRefused as refused:
        found = _NAME.match(data)
        if found is None:
            raise
        return Event(_decoded_name(found[1]), packet_id, _refused=str(refused))
    if not raw:
        raise PacketError("an event needs a name")
    return Event(_decoded_name(raw.pop(0)), packet_id, None, raw)


def _with_binary_arguments(data: str, packet_id: int | None, attachments: Sequence[bytes]) -> Event:
    array = _with_attachments(data, attachments)
    name = array.pop(0) if array else None
    if not isinstance(name, str):
        raise PacketError("an event needs a name")
    return Event(name, packet_id, None, None, array)


def _decoded_name(text: str | msgspec.Raw) -> str:
    try:
        return _text.decode(text)
    except (msgspec.DecodeError, ValueError) as error:
        raise PacketError("an event needs a name") from error


def decode_ack(data: str, attachments: Sequence[bytes] = ()) -> list[Any]:
    """Read the array of an ACK or BINARY_ACK packet. Raises `PacketError`."""
    if attachments:
        return _with_attachments(data, attachments)
    array = decode_json(data)
    if not isinstance(array, list):
        raise PacketError("an acknowledgement is an array")
    return array


def _items(array: str) -> list[msgspec.Raw]:
    try:
        return _raw_list.decode(array)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise not_read(array) from error


def _value(raw: msgspec.Raw) -> Any:
    try:
        return _any.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise not_read(bytes(raw).decode()) from error


def _with_attachments(data: str, attachments: Sequence[bytes]) -> list[Any]:
    used = 0

    def attachment(num: Any) -> bytes:
        nonlocal used
        if type(num) is not int or not 0 <= num < len(attachments):
            raise PacketError("illegal attachment")
        used += 1
        return attachments[num]

    array = put_bytes(decode_json(data), attachment)
    if not isinstance(array, list) or used > MAX_ATTACHMENTS:
        raise PacketError("illegal attachments")
    return array
