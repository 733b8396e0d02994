"""What a `FrameReader` makes of a client's bytes, in a form that is easy to compare."""

from __future__ import annotations

from collections.abc import Iterable

from parley.engine.frames import FrameReader, Item, Violation


def outcome(chunks: Iterable[bytes], max_message: int = 1 << 20) -> list[object]:
    """All that comes out of `chunks`, fed one by one; a number is the code of a `Violation`.

    It must be the same whether or not one looks for a single text first, as a `WebSocket` does.
    """
    fed, asked = FrameReader(max_message), FrameReader(max_message)
    items: list[Item] = []
    for chunk in chunks:
        found = list(fed.feed(chunk))
        assert taken(asked, chunk) == found
        items += found
    return [item.code if isinstance(item, Violation) else item for item in items]


def taken(reader: FrameReader, chunk: bytes) -> list[Item]:
    """What a `WebSocket` makes of the next bytes."""
    text = reader.text(chunk)
    return list(reader.feed(chunk)) if text is None else [text]


def chopped(stream: bytes, size: int) -> list[bytes]:
    """The stream in chunks of `size` bytes."""
    return [stream[at : at + size] for at in range(0, len(stream), size)]
