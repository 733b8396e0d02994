"""What `frames` promises beyond the Autobahn cases: bounds, memory, chopping, the server's frames."""

from __future__ import annotations

import gc
import importlib.util
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from random import Random

import pytest
import websockets.speedups as speedups
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.engine import frames
from parley.engine.frames import (
    Close,
    CloseCode,
    FrameReader,
    Item,
    Ping,
    Pong,
    Violation,
    binary_frame,
    close_frame,
    ping_frame,
    pong_frame,
    text_frame,
    xor_mask,
)
from tests.support.wsclient import (
    BINARY,
    CLOSE,
    CONT,
    MASK,
    PING,
    PONG,
    TEXT,
    ServerFrame,
    ServerFrames,
    client_close,
    client_fragments,
    client_frame,
)

MAX = 65536
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(*chunks: bytes, max_message: int = MAX) -> list[object]:
    """All that comes out of `chunks`; a number is the code of a `Violation`."""
    reader = FrameReader(max_message)
    return [
        item.code if isinstance(item, Violation) else item
        for chunk in chunks
        for item in reader.feed(chunk)
    ]


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
    assert sys.getsizeof(reader) <= 48
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


def test_an_endless_run_of_empty_fragments_takes_no_memory() -> None:
    empties = client_frame(CONT, fin=False) * 100
    reader = FrameReader(MAX)
    reader.feed(client_frame(TEXT, "begun", fin=False))

    def run() -> None:
        for _ in range(300):
            assert reader.feed(empties) == []

    assert peak_memory(run) < 10_000
    assert reader.feed(client_frame(CONT, "!")) == ["begun!"]


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
def test_a_message_in_fragments_of_one_byte_takes_no_more_than_its_size(opcode: int) -> None:
    fragments = client_fragments(opcode, b"x" * 20_000, 1)[:-1]
    assert peak_memory(lambda: feed_all(fragments)) < 3 * 20_000


def test_a_message_of_a_megabyte_may_arrive_byte_by_byte() -> None:
    # Work that grew with the square of the size would keep this test running for minutes.
    frame = client_frame(TEXT, "x" * (1 << 20))
    chunks = [frame[at : at + 1] for at in range(len(frame))]
    assert read(*chunks, max_message=1 << 20) == ["x" * (1 << 20)]


def test_a_chunk_of_many_frames_gives_them_all() -> None:
    stream = b"".join(client_frame(TEXT, str(n)) for n in range(20_000))
    assert read(stream) == [str(n) for n in range(20_000)]


# --- Any chopping, the same messages ----------------------------------------------------------

texts = st.text(max_size=200)
messages = st.one_of(texts, st.binary(max_size=300))
controls = st.one_of(
    st.builds(Ping, st.binary(max_size=125)), st.builds(Pong, st.binary(max_size=125))
)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[object]]:
    """A valid client's stream with random masks, fragments and controls, and what it carries."""
    stream, carried = b"", list[object]()

    def control() -> None:
        nonlocal stream
        item = draw(controls)
        stream += client_frame(PING if isinstance(item, Ping) else PONG, item.payload)
        carried.append(item)

    for message in draw(st.lists(messages, max_size=5)):
        payload = message.encode() if isinstance(message, str) else message
        cuts = sorted(draw(st.lists(st.integers(0, len(payload)), max_size=4)))
        opcode = TEXT if isinstance(message, str) else BINARY
        for start, stop in zip([0, *cuts], [*cuts, len(payload)], strict=True):
            mask = draw(st.binary(min_size=4, max_size=4))
            stream += client_frame(opcode, payload[start:stop], mask, fin=False)
            opcode = CONT
            if draw(st.booleans()):
                control()
        stream += client_frame(CONT)
        carried.append(message)
    if draw(st.booleans()):
        code, reason = draw(st.sampled_from([1000, 1001, 3000, 4999])), draw(st.text(max_size=30))
        stream += client_close(code, reason)
        carried.append(Close(code, reason))
    return stream, carried


@untimed
@given(streams(), st.data())
def test_any_split_of_a_stream_gives_the_same_messages(
    made: tuple[bytes, list[object]], data: st.DataObject
) -> None:
    stream, carried = made
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [
        stream[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True)
    ]
    assert read(*chunks) == carried
    assert read(stream) == carried


@untimed
@given(messages, st.binary(min_size=4, max_size=4))
def test_one_whole_frame_gives_its_message(message: str | bytes, mask: bytes) -> None:
    frame = client_frame(TEXT if isinstance(message, str) else BINARY, message, mask)
    assert read(frame) == [message]


# --- Masking ----------------------------------------------------------------------------------


@untimed
@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_both_ways_of_unmasking_agree(data: bytes, mask: bytes) -> None:
    expected = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    assert xor_mask(data, mask) == expected
    assert xor_mask(bytearray(data), bytearray(mask)) == expected
    assert speedups.apply_mask(data, mask) == expected
    assert read(client_frame(BINARY, data, mask)) == [data]


def test_without_the_c_extension_the_reader_works_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets.speedups", None)
    assert frames.__spec__ is not None
    assert frames.__spec__.origin is not None
    spec = importlib.util.spec_from_file_location("frames_without_c", frames.__spec__.origin)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "frames_without_c", module)
    spec.loader.exec_module(module)
    assert module.apply_mask is module.xor_mask
    reader = module.FrameReader(MAX)
    for size in (0, 1, 5, 125, 126, 1000, 65535, 65536):
        assert list(reader.feed(client_frame(TEXT, "é" * (size // 2)))) == ["é" * (size // 2)]
        assert list(reader.feed(client_frame(BINARY, b"\xff" * size))) == [b"\xff" * size]


# --- Hostile input ----------------------------------------------------------------------------


def hostile(random: Random) -> bytes:
    """Random bytes, or a few valid frames of which some bytes were changed, cut out or doubled."""
    if random.randrange(3) == 0:
        return random.randbytes(random.randrange(1, 60))
    stream = bytearray()
    for _ in range(random.randrange(1, 5)):
        opcode = random.choice((TEXT, TEXT, BINARY, CONT, PING, PONG, CLOSE))
        size = random.choice((0, 1, 2, 7, 125, 126, 300))
        body = random.choice((b"a", "é€😀".encode(), b"\xff\x03\xe8"))
        payload = (body * size)[:size]
        stream += client_frame(opcode, payload, random.randbytes(4), fin=random.random() < 0.7)
    for _ in range(random.randrange(4)):
        at = random.randrange(len(stream))
        match random.randrange(3):
            case 0:
                stream[at] ^= 1 << random.randrange(8)
            case 1:
                del stream[at : at + random.randrange(1, 4)]
            case _:
                stream[at:at] = stream[at : at + 3]
        if not stream:
            return b"\x00"
    return bytes(stream)


def feed_in_pieces(data: bytes, random: Random) -> list[Item]:
    reader = FrameReader(400)
    items: list[Item] = []
    at = 0
    while at < len(data):
        size = random.choice((1, 2, 3, 50, 1000))
        items += reader.feed(data[at : at + size])
        at += size
    return items


def test_ten_thousand_hostile_streams_end_in_a_verdict_or_a_message_never_in_an_exception() -> None:
    random = Random(20_240_601)
    seen: set[object] = set()
    for _ in range(10_000):
        data = hostile(random)
        items = list(FrameReader(400).feed(data))
        assert feed_in_pieces(data, random) == items, data.hex()
        for item in items[:-1]:
            assert not isinstance(item, Close | Violation), data.hex()
        for item in items:
            seen.add(item.code if isinstance(item, Violation) else type(item))
    assert seen == {str, bytes, Ping, Pong, Close, 1002, 1007, 1009}


# --- The server's frames ----------------------------------------------------------------------


def only(frame: bytes) -> ServerFrame:
    reader = ServerFrames()
    (read_frame,) = reader.feed(frame)
    assert reader.rest == b""
    return read_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_a_server_frame_is_final_unmasked_and_has_the_shortest_length(size: int) -> None:
    assert only(text_frame("x" * size)) == (TEXT, b"x" * size, True)
    assert only(text_frame(b"x" * size)) == (TEXT, b"x" * size, True)
    assert only(binary_frame(b"\xff" * size)) == (BINARY, b"\xff" * size, True)
    assert len(text_frame("x" * size)) - size == (2 if size < 126 else 4 if size < 65536 else 10)


def test_a_text_frame_counts_bytes_not_characters() -> None:
    assert only(text_frame("é" * 100)).text == "é" * 100


@pytest.mark.parametrize("size", [0, 125])
def test_control_frames_carry_up_to_125_bytes(size: int) -> None:
    assert only(ping_frame(b"x" * size)) == (PING, b"x" * size, True)
    assert only(pong_frame(b"x" * size)) == (PONG, b"x" * size, True)


@pytest.mark.parametrize("build", [ping_frame, pong_frame])
def test_a_longer_control_frame_is_not_built(build: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ValueError, match="125"):
        build(bytes(126))


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        ("", ""),
        ("going away", "going away"),
        ("x" * 123, "x" * 123),
        ("x" * 124, "x" * 123),
        ("é" * 62, "é" * 61),
        ("x" + "€" * 41, "x" + "€" * 40),
        ("😀" * 40, "😀" * 30),
        ("lone \ud800", "lone ?"),
    ],
)
def test_a_close_reason_is_cut_between_two_characters(reason: str, sent: str) -> None:
    frame = only(close_frame(CloseCode.GOING_AWAY, reason))
    assert (frame.close_code, frame.payload[2:].decode()) == (1001, sent)


def test_a_close_without_status_has_no_body() -> None:
    assert close_frame(CloseCode.NO_STATUS) == b"\x88\x00"


@pytest.mark.parametrize("code", [0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65536, -1])
def test_a_close_code_that_must_not_be_sent_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="must not be sent"):
        close_frame(code)


@pytest.mark.parametrize("code", [c for c in CloseCode if c not in (1005, 1006)])
def test_every_close_code_of_ours_can_be_sent_and_read(code: CloseCode) -> None:
    assert only(close_frame(code)).close_code == code
    assert read(client_close(code)) == [Close(code, "")]
