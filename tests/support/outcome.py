"""What a `FrameReader` makes of a client's bytes, in a form that is easy to compare."""

from __future__ import annotations

from collections.abc import Iterable

from parley.engine.frames import FrameReader, Violation


def outcome(chunks: Iterable[bytes], max_message: int = 1 << 20) -> list[object]:
    """All that comes out of `chunks`, fed one by one; a number is the code of a `Violation`."""
    reader = FrameReader(max_message)
    items = [item for chunk in chunks for item in reader.feed(chunk)]
    return [item.code if isinstance(item, Violation) else item for item in items]


def chopped(stream: bytes, size: int) -> list[bytes]:
    """The stream in chunks of `size` bytes."""
    return [stream[at : at + size] for at in range(0, len(stream), size)]
