"""Waiting lines under keys: who came first, in each of very many lines.

A *place* is an integer that says when somebody came; a smaller one came earlier. Each key has one
line of places in ascending order, whatever the order in which they were put in: a ticket that gives
up a wish enters a line late and still stands where its place says.

Promises, for a line of n places: the first is had at once; entering and leaving take O(log n)
comparisons and move at most `SPAN` places; leaving leaves nothing behind, so no later question pays
for those who left (an ordered dict whose head was emptied walks over all its dead entries each time
that it is asked for the first). A key without a line costs nothing, a line of one place no
container, a long line about nine bytes a place.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable, Iterator
from typing import Final, Generic, TypeVar

SPAN: Final = 128
"""The most places in one stretch of a line: what one change may have to move."""

K = TypeVar("K", bound=Hashable)


class Lines(Generic[K]):
    """Lines of places under keys. `len()` is how many keys have a line."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        # Most lines of a big index hold one place: that one is its own line. The others are arrays
        # and not lists, because a search in a list of integers reads each of them elsewhere in
        # memory, which is what a long queue would cost.
        self._lines: dict[K, int | array[int] | _LongLine] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def first(self, key: K) -> int | None:
        """The earliest place in the line of `key`; None when nobody stands there."""
        line = self._lines.get(key)
        if line is None or isinstance(line, int):
            return line
        if isinstance(line, array):
            return line[0]
        return line.stretches[0][0]

    def walk(self, key: K) -> Iterator[int]:
        """The places in the line of `key`, earliest first. The line must not change meanwhile."""
        line = self._lines.get(key)
        if line is None:
            return
        if isinstance(line, int):
            yield line
        elif isinstance(line, array):
            yield from line
        else:
            for stretch in line.stretches:
                yield from stretch

    def enter(self, keys: Iterable[K], place: int) -> None:
        """Put `place` into the lines of all `keys`; it must not stand there already."""
        lines = self._lines
        for key in keys:
            line = lines.get(key)
            if line is None:
                lines[key] = place
            elif isinstance(line, int):
                lines[key] = array("q", (line, place) if line < place else (place, line))
            elif isinstance(line, _LongLine):
                line.enter(place)
            elif len(line) >= SPAN:
                lines[key] = long = _LongLine(line)
                long.enter(place)
            elif place > line[-1]:
                line.append(place)
            else:
                insort(line, place)

    def leave(self, keys: Iterable[K], place: int) -> None:
        """Take `place` out of the lines of all `keys`. Raises KeyError where it does not stand."""
        lines = self._lines
        for key in keys:
            line = lines[key]
            if isinstance(line, int):
                if line != place:
                    raise KeyError(place)
                del lines[key]
                continue
            if isinstance(line, _LongLine):
                line.leave(place)
                # Far below the length at which a line becomes long, or it would flutter.
                if len(line.stretches) > 1 or len(line.stretches[0]) > SPAN // 4:
                    continue
                line = lines[key] = line.stretches[0]
            elif line[0] == place:
                del line[0]
            else:
                _take(line, place)
            if len(line) == 1:
                lines[key] = line[0]


class _LongLine:
    """A line cut into ascending stretches of 1 to `SPAN` places each.

    `lows[i]` is at or below all of `stretches[i]` and above all before it: it says into which
    stretch a place belongs, and need not be a place that is still there.
    """

    __slots__ = ("lows", "stretches")

    def __init__(self, places: array[int]) -> None:
        self.stretches = [places]
        self.lows = array("q", places[:1])

    def enter(self, place: int) -> None:
        last = self.stretches[-1]
        if place > last[-1]:
            # Newcomers go to the end, and into full stretches: halving would leave them half empty.
            if len(last) < SPAN:
                last.append(place)
            else:
                self.stretches.append(array("q", (place,)))
                self.lows.append(place)
            return
        at = max(bisect_right(self.lows, place) - 1, 0)
        if len(self.stretches[at]) >= SPAN:
            self._halve(at)
            if place >= self.lows[at + 1]:
                at += 1
        insort(self.stretches[at], place)
        if place < self.lows[at]:
            self.lows[at] = place

    def leave(self, place: int) -> None:
        at = 0
        stretch = self.stretches[0]
        if stretch[0] == place:
            # Who is matched is mostly at the head.
            del stretch[0]
        else:
            at = bisect_right(self.lows, place) - 1
            if at < 0:
                raise KeyError(place)
            stretch = self.stretches[at]
            _take(stretch, place)
        if not stretch:
            del self.stretches[at], self.lows[at]
        elif len(stretch) <= SPAN // 2 and not self._join(at):
            # Thinned-out neighbours become one, or a line that shrank would stay cut into crumbs.
            self._join(at - 1)

    def _halve(self, at: int) -> None:
        stretch = self.stretches[at]
        half = len(stretch) // 2
        self.stretches.insert(at + 1, stretch[half:])
        self.lows.insert(at + 1, stretch[half])
        del stretch[half:]

    def _join(self, at: int) -> bool:
        if at < 0 or at + 1 >= len(self.stretches):
            return False
        stretch, after = self.stretches[at], self.stretches[at + 1]
        if len(stretch) + len(after) > SPAN // 2:
            return False
        stretch.extend(after)
        del self.stretches[at + 1], self.lows[at + 1]
        return True


def _take(stretch: array[int], place: int) -> None:
    index = bisect_left(stretch, place)
    if index == len(stretch) or stretch[index] != place:
        raise KeyError(place)
    del stretch[index]
