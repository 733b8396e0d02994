"""Any valid stream, however chopped, gives its messages; no hostile one gets an exception out."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.engine.frames import (
    Close,
    FrameReader,
    Item,
    Ping,
    Pong,
    Violation,
)
from tests.support.outcome import outcome, taken
from tests.support.wsclient import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    TEXT,
    client_close,
    client_frame,
)

MAX = 65536
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(*chunks: bytes, max_message: int = MAX) -> list[object]:
    return outcome(chunks, max_message)


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
        items += taken(reader, data[at : at + size])
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
