"""The index of the queue: in which lines a ticket stands, and in which it looks for a partner.

A ticket stands in one line (see `lines`) for each combination of

    from its country, or from anywhere   x   accepts a country, or any
    x   speaks its language, or any      x   has one of its interests, or does not ask for any

Of these, "from anywhere" is there for those who look and do not mind; the others on the right are
for a ticket that does not insist. So a ticket finds all who may meet it in the lines that mirror its
own: from where it accepts, accepting where it is from, of the same language and interests. All that
the index offers is fit by the wishes of both; only who the persons are is left open.

A ticket usually stands in two to ten lines. With ten countries, ten interests and a language given
up it is in 440, and never in more. In a long queue each line lies in memory that nothing has touched
lately. So that nobody waits for all those of a partner with many wishes, its place is left in some of
them, where it counts for nothing, until others who come and go have cleared them, a few lines each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Final, NamedTuple

from parley.lobby.lines import Lines
from parley.lobby.ticket import COUNTRY, INTERESTS, LANGUAGE, Ticket, insists

_ANY: tuple[str, ...] = ("",)
_UNASKED = ""

_AT_ONCE: Final = 6
"""How many lines each change clears of those who are gone."""
_AT_MOST: Final = 64
"""How many lines there may be to clear; what is more, whoever brought it about clears at once."""

Corner = tuple[str, str, str, str, str]
"""All of a line's key but the interest: kind, pool, language, from where, accepting whom."""


class Keys(NamedTuple):
    """Where a ticket stands and looks, at one rung.

    It stands in the corners `stands` and looks in the mirrored ones, `looks`; in each of them it
    does so under all of its `interests`, and, unless it insists on these, `unasked`.
    """

    stands: list[Corner]
    looks: list[Corner]
    interests: frozenset[str]
    unasked: bool


def keys_of(ticket: Ticket, relaxed: tuple[str, ...]) -> Keys:
    """The keys of `ticket` while it has given up the wishes named by `relaxed`."""
    kind, pool, country, language = ticket.kind, ticket.pool, ticket.country, ticket.language
    own = _ANY if country is None else ("", country)
    accepted = ticket.countries if insists(ticket, COUNTRY, relaxed) else _ANY
    languages: tuple[str, ...] = () if language is None else (language,)
    if not insists(ticket, LANGUAGE, relaxed):
        languages += _ANY
    stands: list[Corner] = []
    looks: list[Corner] = []
    for spoken in languages:
        for there in accepted:
            for here in own:
                stands.append((kind, pool, spoken, here, there))
                looks.append((kind, pool, spoken, there, here))
    return Keys(stands, looks, ticket.interests, not insists(ticket, INTERESTS, relaxed))


class Index:
    """All lines. `len()` is how many there are.

    The lines are kept by interest and then by the number of their corner. There are few corners and
    may be very many interests: this way all lines of a rare interest lie together in memory, a
    corner is hashed once for all interests, and nothing that can grow big has to grow at once.
    """

    __slots__ = ("_corners", "_interests", "_numbers", "_undone")

    def __init__(self) -> None:
        self._interests: dict[str, Lines[int]] = {}
        self._corners: dict[Corner, _Corner] = {}
        self._numbers = 0
        # In which lines, by interest and number, places still stand whose tickets are gone.
        self._undone: deque[tuple[str, int, int]] = deque()

    def __len__(self) -> int:
        return sum(map(len, self._interests.values()))

    def stand(self, keys: Keys, place: int) -> None:
        """Put `place` into all lines of `keys`."""
        numbers = []
        for name in keys.stands:
            corner = self._corners.get(name)
            if corner is None:
                self._numbers += 1
                corner = self._corners[name] = _Corner(self._numbers)
            corner.standing += 1
            numbers.append(corner.number)
        for interest in keys.interests:
            self._enter(interest, numbers, place)
        if keys.unasked:
            self._enter(_UNASKED, numbers, place)
        if self._undone:
            self._tidy()

    def step_aside(self, keys: Keys, place: int) -> None:
        """Take `place` out of all lines of `keys`, which are those it was put in by; it may stand elsewhere next."""
        numbers = self._left_corners(keys)
        for interest in keys.interests:
            self._leave(interest, numbers, place)
        if keys.unasked:
            self._leave(_UNASKED, numbers, place)

    def depart(self, keys: Keys, place: int) -> None:
        """Let `place`, whose ticket is gone for good, leave all lines of `keys`: some at once, some as others come and go.

        Until they are cleared, `fits` may be asked about it, and says no.
        """
        numbers = self._left_corners(keys)
        interests = (*keys.interests, _UNASKED) if keys.unasked else keys.interests
        self._undone += [(interest, number, place) for interest in interests for number in numbers]
        self._tidy()

    def clear(self, place: int) -> None:
        """Take `place` out of the lines in which it stands though its ticket is gone: somebody else comes there."""
        undone, self._undone = self._undone, deque()
        for entry in undone:
            interest, number, gone = entry
            if gone == place:
                self._leave(interest, (number,), place)
            else:
                self._undone.append(entry)

    def _tidy(self) -> None:
        undone = self._undone
        for _ in range(min(len(undone), max(_AT_ONCE, len(undone) - _AT_MOST))):
            interest, number, place = undone.popleft()
            self._leave(interest, (number,), place)

    def _left_corners(self, keys: Keys) -> list[int]:
        """The numbers of the corners of `keys`, in which one fewer stands now."""
        numbers = []
        for name in keys.stands:
            corner = self._corners[name]
            corner.standing -= 1
            numbers.append(corner.number)
            if not corner.standing:
                del self._corners[name]
        return numbers

    def best(self, keys: Keys, fits: Callable[[int], bool]) -> int | None:
        """The best place that fits: the earliest that shares an interest, else the earliest.

        `fits` is asked for those places alone that are better than any found so far.
        """
        numbers = self._known(keys.looks)
        found = self._earliest(keys.interests, numbers, fits)
        if found is None and keys.unasked:
            found = self._earliest(_ANY, numbers, fits)
        return found

    def ranked(self, keys: Keys, limit: int, fits: Callable[[int], bool]) -> list[int]:
        """Up to `limit` places that fit, the best first."""
        numbers = self._known(keys.looks)
        ranked: dict[int, None] = {}
        for interests in (keys.interests, _ANY if keys.unasked else ()):
            found: set[int] = set()
            for _, lines, number in self._heads(interests, numbers):
                wanted = limit - len(ranked)
                for place in lines.walk(number):
                    if wanted <= 0:
                        break
                    if place not in ranked and (place in found or fits(place)):
                        found.add(place)
                        wanted -= 1
            ranked |= dict.fromkeys(sorted(found)[: limit - len(ranked)])
        return list(ranked)

    def _earliest(
        self,
        interests: Iterable[str],
        numbers: list[int],
        fits: Callable[[int], bool],
    ) -> int | None:
        heads = self._heads(interests, numbers)
        heads.sort(key=itemgetter(0))
        best: int | None = None
        refused: set[int] = set()
        for first, lines, number in heads:
            if best is not None and first >= best:
                break
            for place in lines.walk(number):
                if best is not None and place >= best:
                    break
                if place not in refused:
                    if fits(place):
                        best = place
                        break
                    refused.add(place)
        return best

    def _heads(
        self, interests: Iterable[str], numbers: list[int]
    ) -> list[tuple[int, Lines[int], int]]:
        heads = []
        for interest in interests:
            lines = self._interests.get(interest)
            if lines is not None:
                for number in numbers:
                    first = lines.first(number)
                    if first is not None:
                        heads.append((first, lines, number))
        return heads

    def _known(self, corners: list[Corner]) -> list[int]:
        """The numbers of those corners in which somebody stands."""
        found = map(self._corners.get, corners)
        return [corner.number for corner in found if corner is not None]

    def _enter(self, interest: str, numbers: list[int], place: int) -> None:
        lines = self._interests.get(interest)
        if lines is None:
            lines = self._interests[interest] = Lines()
        lines.enter(numbers, place)

    def _leave(self, interest: str, numbers: Iterable[int], place: int) -> None:
        lines = self._interests[interest]
        lines.leave(numbers, place)
        if not lines:
            del self._interests[interest]


class _Corner:
    """A corner in which somebody stands: its number, and how many do."""

    __slots__ = ("number", "standing")

    def __init__(self, number: int) -> None:
        self.number = number
        self.standing = 0
