"""An event is encoded once for all who read it the same way, and has one place in the order of all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from parley.engine import Emission
from parley.engine.emission import Encoding, SocketIOEncoding
from parley.engine.frames import unframe
from parley.engine.packets import frame
from parley.engine.plain import PlainEncoding


class Counting(Encoding):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def encode(self, emission: Emission) -> bytes:
        self.asked += 1
        return frame(emission.name)

    def encode_ack(self, ack_id: int, args: Sequence[Any]) -> bytes:
        raise NotImplementedError


def texts(emission: Emission, encoding: Encoding) -> list[Any]:
    """What a client reads, whatever the spelling."""
    return [json.loads(str(packet).lstrip("42")) for packet in unframe(emission.frames(encoding))]


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
    assert offsets == sorted(offsets)
    assert [emission.offset for emission in emissions] == offsets


def test_an_event_that_cannot_be_encoded_is_sent_to_nobody() -> None:
    emission = Emission("said", (object(),))
    for _ in range(2):
        with pytest.raises(TypeError):
            emission.frames(SocketIOEncoding("/", offsets=False))
        assert emission.encoding is None


def test_a_volatile_event_has_no_offset() -> None:
    emission = Emission("typing", volatile=True)
    assert packets(emission, SocketIOEncoding("/", offsets=True)) == ['42["typing"]']


@pytest.mark.parametrize(
    "encoding",
    [
        SocketIOEncoding("/", offsets=True),
        SocketIOEncoding("/", offsets=False),
        SocketIOEncoding("/a[1]", offsets=True),
        PlainEncoding(),
    ],
)
@pytest.mark.parametrize(
    "args",
    [
        (),
        (None,),
        ({"text": "\u2028é\U0001f600", "n": 10**30},),
        (1.0, [{"deep": [[]]}], "last"),
        ([[]] * 3000,),
    ],
)
def test_what_was_encoded_can_be_read_and_encoded_in_any_other_way(
    encoding: Encoding, args: tuple[Any, ...]
) -> None:
    emission = Emission('a "name"', args and (msgspec.Raw(json.dumps(args[0]).encode()), *args[1:]))
    again = encoding.decode(emission.frames(encoding))
    assert again.frames(encoding) is emission.frames(encoding)
    for other in (PlainEncoding(), SocketIOEncoding("/", offsets=False)):
        assert texts(again, other) == texts(emission, other)


def test_attachments_are_read_again() -> None:
    false = {"_placeholder": False}  # a client's own: only true makes a placeholder
    emission = Emission("said", ({"a": [b"1", {"b": b""}]}, false, b"\xff") + (b"x",) * 5)
    for offsets in (False, True):
        encoding = SocketIOEncoding("/custom", offsets=offsets)
        assert encoding.decode(emission.frames(encoding)).args == emission.args


def test_only_an_encoding_with_offsets_tells_one() -> None:
    emission = Emission("said", ("123",))
    encoding = SocketIOEncoding("/", offsets=True)
    assert encoding.offset(emission.frames(encoding)) == str(emission.offset)
    for other in (SocketIOEncoding("/", offsets=False), PlainEncoding()):
        assert other.offset(emission.frames(other)) is None
