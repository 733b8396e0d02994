"""The index of the queue: in which lines a ticket stands, and in which it looks for a partner.

A ticket stands in one line (see `lines`) for each combination of

    where it is from, or anywhere   x   a country it accepts, or any        (a group of lines)
    its language, or any            x   an interest of its own, or any      (a line of the group)

The "any" on the right is for those who do not insist, and then alone for countries. "Anywhere" is
for those who look and do not mind. So a ticket finds all who may meet it at the head of the lines
that mirror its own: from where it accepts, accepting where it is from, the same language and
interests. What the index offers is fit by all wishes of both; only who the persons are is left open.

A ticket usually has two to ten keys; with ten countries, ten interests and a language given up it
has 440, and never more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from parley.lobby.lines import Lines
from parley.lobby.ticket import COUNTRY, INTERESTS, LANGUAGE, Ticket, insists

_ANY: tuple[str, ...] = ("",)

Group = tuple[str, str, str, str]


class Keys(NamedTuple):
    """Where a ticket stands and looks, at one rung.

    `stands` are the groups it stands in, `looks` the mirrored ones. `sharing` names the lines of
    those who share an interest, `unasked` the lines of those who do not insist on sharing one;
    the latter is empty when the ticket itself insists.
    """

    stands: list[Group]
    looks: list[Group]
    sharing: list[str]
    unasked: list[str]


def keys_of(ticket: Ticket, relaxed: tuple[str, ...]) -> Keys:
    """The keys of `ticket` while it has given up the wishes named by `relaxed`."""
    kind, pool, country, language = ticket.kind, ticket.pool, ticket.country, ticket.language
    own = _ANY if country is None else ("", country)
    accepted = ticket.countries if insists(ticket, COUNTRY, relaxed) else _ANY
    languages: tuple[str, ...] = () if language is None else (language,)
    if not insists(ticket, LANGUAGE, relaxed):
        languages += _ANY
    return Keys(
        [(kind, pool, here, there) for here in own for there in accepted],
        [(kind, pool, there, here) for there in accepted for here in own],
        [f"{spoken}\0{interest}" for spoken in languages for interest in ticket.interests],
        [] if insists(ticket, INTERESTS, relaxed) else [f"{spoken}\0" for spoken in languages],
    )


class Index:
    """All lines, by group and name. `len()` is how many lines there are."""

    __slots__ = ("_groups",)

    def __init__(self) -> None:
        # In two levels, so that a name is built and hashed once for all groups of its ticket, and
        # no single dict grows so big that its resizing stops the world.
        self._groups: dict[Group, Lines[str]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def stand(self, keys: Keys, place: int) -> None:
        """Put `place` into all lines of `keys`."""
        for group in keys.stands:
            lines = self._groups.get(group)
            if lines is None:
                lines = self._groups[group] = Lines()
            for name in keys.sharing:
                lines.enter(name, place)
            for name in keys.unasked:
                lines.enter(name, place)

    def step_aside(self, keys: Keys, place: int) -> None:
        """Take `place` out of all lines of `keys`, which are those it was put in by."""
        for group in keys.stands:
            lines = self._groups[group]
            for name in keys.sharing:
                lines.leave(name, place)
            for name in keys.unasked:
                lines.leave(name, place)
            if not lines:
                del self._groups[group]

    def best(self, keys: Keys, end: int, fits: Callable[[int], bool]) -> int | None:
        """The best place below `end` that fits: the earliest that shares an interest, else the earliest.

        `fits` is asked only for places that are better than any found so far, and once for each.
        """
        found = self._earliest(keys.looks, keys.sharing, end, fits) if keys.sharing else None
        if found is None and keys.unasked:
            found = self._earliest(keys.looks, keys.unasked, end, fits)
        return found

    def ranked(self, keys: Keys, limit: int, fits: Callable[[int], bool]) -> list[int]:
        """Up to `limit` places that fit, the best first."""
        ranked: dict[int, None] = {}
        for names in (keys.sharing, keys.unasked):
            found: set[int] = set()
            for line in self._lines(keys.looks, names):
                wanted = limit - len(ranked)
                for place in line:
                    if wanted <= 0:
                        break
                    if place not in ranked and (place in found or fits(place)):
                        found.add(place)
                        wanted -= 1
            ranked |= dict.fromkeys(sorted(found)[: limit - len(ranked)])
        return list(ranked)

    def _earliest(
        self, groups: list[Group], names: list[str], end: int, fits: Callable[[int], bool]
    ) -> int | None:
        best: int | None = None
        refused: set[int] = set()
        for group in groups:
            lines = self._groups.get(group)
            if lines is None:
                continue
            for name in names:
                first = lines.first(name)
                if first is None or first >= end:
                    continue
                for place in lines.walk(name):
                    if place >= end:
                        break
                    if place in refused:
                        continue
                    if fits(place):
                        best = end = place
                        break
                    refused.add(place)
        return best

    def _lines(self, groups: list[Group], names: list[str]) -> Iterator[Iterator[int]]:
        for group in groups:
            lines = self._groups.get(group)
            if lines is not None:
                for name in names:
                    yield lines.walk(name)
