"""An event is encoded once for all who read it the same way, and has one place in the order of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parley.engine import Emission
from parley.engine.emission import Encoding, SocketIOEncoding
from parley.engine.frames import unframe
from parley.engine.packets import frame


class Counting(Encoding):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def encode(self, emission: Emission) -> bytes:
        self.asked += 1
        return frame(emission.name)

    def encode_ack(self, ack_id: int, args: Sequence[Any]) -> bytes:
        raise NotImplementedError


def packets(emission: Emission, encoding: Encoding) -> list[str | bytes]:
    return unframe(emission.frames(encoding))


def test_it_is_encoded_once_per_encoding() -> None:
    emission = Emission("x")
    first, second = Counting(), Counting()
    for _ in range(3):
        assert emission.frames(first) is emission.frames(first)
        emission.frames(second)
    assert (first.asked, second.asked) == (1, 1)


def test_encodings_differ_in_namespace_and_offset() -> None:
    emission = Emission("said", (1, b"\x00"))
    placeholder = '{"_placeholder":true,"num":0}'
    assert packets(emission, SocketIOEncoding("/", offsets=False)) == [
        f'451-["said",1,{placeholder}]',
        b"\x00",
    ]
    assert packets(emission, SocketIOEncoding("/custom", offsets=True)) == [
        f'451-/custom,["said",1,{placeholder},"{emission.offset}"]',
        b"\x00",
    ]


def test_offsets_grow_are_never_given_twice_and_stay() -> None:
    emissions = [Emission("x") for _ in range(100)]
    offsets = [emission.offset for emission in emissions]
    assert len(set(offsets)) == 100
    assert offsets == sorted(offsets, key=int)
    assert [emission.offset for emission in emissions] == offsets


def test_a_volatile_event_has_no_offset() -> None:
    emission = Emission("typing", volatile=True)
    assert packets(emission, SocketIOEncoding("/", offsets=True)) == ['42["typing"]']


def test_its_size_is_known_once_it_was_encoded() -> None:
    emission = Emission("x", (b"12345",))
    assert emission.size == 0
    emission.frames(SocketIOEncoding("/", offsets=False))
    assert emission.size > 40
