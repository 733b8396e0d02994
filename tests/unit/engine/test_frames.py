"""What `frames` promises beyond the Autobahn cases: bounds, memory, chopping, the server's frames."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, settings

from parley.engine.frames import (
    Close,
    CloseCode,
    FrameReader,
    Ping,
    Violation,
    xor_mask,
)
from tests.support.outcome import outcome
from tests.support.wsclient import (
    BINARY,
    CONT,
    MASK,
    PING,
    TEXT,
    client_close,
    client_fragments,
    client_frame,
)

MAX = 65536
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(*chunks: bytes, max_message: int = MAX) -> list[object]:
    return outcome(chunks, max_message)


# --- Headers ----------------------------------------------------------------------------------


def header(first: int, second: int, length: bytes = b"") -> bytes:
    return bytes((first, second)) + length


@pytest.mark.parametrize(
    ("head", "code"),
    [
        pytest.param(header(0x81, 0x05), 1002, id="unmasked text"),
        pytest.param(header(0x82, 0x00), 1002, id="unmasked empty binary"),
        pytest.param(header(0x89, 0x00), 1002, id="unmasked ping"),
        pytest.param(header(0x88, 0x00), 1002, id="unmasked close"),
        pytest.param(header(0xC1, 0x80), 1002, id="reserved bit"),
        pytest.param(header(0x83, 0x80), 1002, id="reserved opcode"),
        pytest.param(header(0x09, 0x80), 1002, id="fragmented ping"),
        pytest.param(header(0x08, 0x80), 1002, id="fragmented close"),
        pytest.param(header(0x8A, 0xFE), 1002, id="pong with a 16-bit length"),
        pytest.param(header(0x88, 0xFF), 1002, id="close with a 64-bit length"),
        pytest.param(header(0x80, 0x80), 1002, id="nothing to continue"),
        pytest.param(header(0x81, 0xFE, b"\x00\x7d"), 1002, id="125 in 16 bits"),
        pytest.param(header(0x82, 0xFE, bytes(2)), 1002, id="0 in 16 bits"),
        pytest.param(header(0x81, 0xFF, b"\x00\x00\x00\x00\x00\x00\xff\xff"), 1002, id="64 bits"),
        pytest.param(header(0x82, 0xFF, b"\x80" + bytes(7)), 1002, id="top bit"),
        pytest.param(header(0x82, 0xFF, b"\xff" * 8), 1002, id="all bits"),
        pytest.param(header(0x81, 0xFF, b"\x7f" + b"\xff" * 7), 1009, id="63 bits"),
        pytest.param(header(0x81, 0xFF, b"\x00\x00\x00\x00\x00\x01\x00\x01"), 1009, id="too big"),
    ],
)
def test_a_bad_header_is_refused_before_its_mask_or_payload_arrives(head: bytes, code: int) -> None:
    assert read(head) == [code]
    assert read(*(head[at : at + 1] for at in range(len(head)))) == [code]
    assert read(head + MASK + b"payload") == [code]


@pytest.mark.parametrize("size", [0, 1, 117, 124, 125])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_whole_frame_with_a_longer_length_than_it_needs_is_refused(
    opcode: int, size: int
) -> None:
    tail = MASK + xor_mask(b"x" * size, MASK)
    assert read(header(0x80 | opcode, 0xFE, size.to_bytes(2, "big")) + tail) == [1002]
    assert read(header(0x80 | opcode, 0xFF, size.to_bytes(8, "big")) + tail) == [1002]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_new_message_inside_a_fragmented_one_is_refused(opcode: int) -> None:
    opening = client_frame(BINARY, b"begun", fin=False)
    assert read(opening, client_frame(opcode, b"other", fin=False)) == [1002]


def test_nothing_is_said_of_an_incomplete_frame() -> None:
    frame = client_frame(TEXT, "x" * 300)
    for cut in range(len(frame)):
        assert read(frame[:cut]) == []


@pytest.mark.parametrize("end", [client_close(1001, "bye"), header(0x81, 0x00)])
def test_after_a_close_or_a_violation_nothing_more_is_read(end: bytes) -> None:
    reader = FrameReader(MAX)
    (last,) = reader.feed(end + client_frame(TEXT, "after"))
    assert isinstance(last, Close | Violation)
    assert reader.feed(client_frame(TEXT, "after")) == ()
    assert reader.feed(b"\x00") == ()


def test_a_violation_says_what_was_wrong() -> None:
    (item,) = FrameReader(MAX).feed(client_frame(TEXT, "x", mask=None))
    assert item == Violation(CloseCode.PROTOCOL_ERROR, "unmasked frame")


@pytest.mark.parametrize("code", [1012, 1013, 1014])
def test_close_codes_registered_after_the_rfc_are_valid(code: int) -> None:
    assert read(client_close(code, "é")) == [Close(code, "é")]


# --- Bounds -----------------------------------------------------------------------------------


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("bound", [0, 1, 125, 126, 1000, 65535, 65536])
def test_a_message_of_exactly_the_bound_passes_and_one_byte_more_is_1009(
    opcode: int, bound: int
) -> None:
    fits, over = client_frame(opcode, b"x" * bound), client_frame(opcode, b"x" * (bound + 1))
    expected = "x" * bound if opcode == TEXT else b"x" * bound
    assert read(fits, max_message=bound) == [expected]
    assert read(over, max_message=bound) == [1009]


def test_earlier_fragments_count_against_the_bound() -> None:
    begun = client_frame(TEXT, "x" * 600, fin=False)
    assert read(begun, client_frame(CONT, "x" * 400), max_message=1000) == ["x" * 1000]
    assert read(begun, client_frame(CONT, "x" * 401)[:4], max_message=1000) == [1009]


def test_the_bound_counts_anew_for_the_next_message() -> None:
    message = client_fragments(TEXT, "x" * 1000, 100)
    assert read(*message, *message, max_message=1000) == ["x" * 1000] * 2


def test_control_frames_are_free_of_the_bound() -> None:
    assert read(client_frame(PING, "x" * 125), max_message=1) == [Ping(b"x" * 125)]


# --- Memory and work --------------------------------------------------------------------------


def held_by(reader: FrameReader) -> list[object]:
    """What an object keeps alive, apart from its class, its bound and None."""
    return [each for each in gc.get_referents(reader) if not isinstance(each, int | type | None)]


def test_an_idle_reader_holds_nothing() -> None:
    reader = FrameReader(MAX)
    assert sys.getsizeof(reader) <= 56
    for chunks in (
        [client_frame(TEXT, "hello")],
        [client_frame(BINARY, b"x" * 5000)],
        [client_frame(PING, "x"), client_frame(TEXT, "a") * 3],
        client_fragments(TEXT, "fragmented", 2),
        [bytes((byte,)) for byte in client_frame(TEXT, "in octets")],
    ):
        for chunk in chunks:
            reader.feed(chunk)
        assert held_by(reader) == []


@pytest.mark.parametrize("size", [0, 1, 125, 126, MAX - 1])
def test_a_whole_text_in_one_frame_is_taken_in_one_go(size: int) -> None:
    frame = client_frame(TEXT, "x" * size)
    assert FrameReader(MAX).text(frame) == "x" * size
    assert FrameReader(size - 1).text(frame) is None
    assert FrameReader(MAX).text(frame + b"\x81") is None
    assert FrameReader(MAX).text(frame[:-1]) is None


def peak_memory(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def feed_all(chunks: Sequence[bytes], times: int = 1) -> None:
    reader = FrameReader(MAX)
    for _ in range(times):
        for chunk in chunks:
            assert not any(isinstance(item, Violation) for item in reader.feed(chunk))


def test_a_message_of_as_many_fragments_as_it_may_have_passes_empty_ones_too() -> None:
    begun = client_frame(TEXT, "begun", fin=False)
    empties = client_frame(CONT, fin=False) * 1022
    reader = FrameReader(MAX)
    for _ in range(3):
        assert reader.feed(begun + empties) == []
        assert reader.feed(client_frame(CONT, "!")) == ["begun!"]


def test_an_endless_run_of_fragments_ends_with_1008() -> None:
    begun = client_frame(TEXT, "begun", fin=False)
    assert read(begun, client_frame(CONT, fin=False) * 1024) == [1008]


def test_a_refused_length_takes_no_memory() -> None:
    head = header(0x82, 0xFF, b"\x00\x00\x00\x00\x7f\xff\xff\xff") + MASK
    reader = FrameReader(MAX)
    reader.feed(head)

    def run() -> None:
        for _ in range(1000):
            assert reader.feed(bytes(1000)) == ()

    assert peak_memory(run) < 10_000


def test_an_announced_length_takes_no_memory_before_its_bytes_arrive() -> None:
    head = client_frame(BINARY, bytes(MAX))[:14]
    assert peak_memory(lambda: feed_all([head])) < 5_000


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_in_small_fragments_takes_no_more_than_its_size(opcode: int) -> None:
    fragments = client_fragments(opcode, b"x" * 20_000, 20)[:-1]
    assert peak_memory(lambda: feed_all(fragments)) < 3 * 20_000


def test_a_message_of_a_megabyte_may_arrive_byte_by_byte() -> None:
    # Work that grew with the square of the size would keep this test running for minutes.
    frame = client_frame(TEXT, "x" * (1 << 20))
    chunks = [frame[at : at + 1] for at in range(len(frame))]
    assert read(*chunks, max_message=1 << 20) == ["x" * (1 << 20)]


def test_a_chunk_of_many_frames_gives_them_all() -> None:
    stream = b"".join(client_frame(TEXT, str(n)) for n in range(20_000))
    assert read(stream) == [str(n) for n in range(20_000)]
