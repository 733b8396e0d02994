"""Tickets, their wishes, and the one rule that says whether two of them may meet.

A `Ticket` is somebody who waits for a stranger. It is immutable; what changes while it waits (its
rung, its availability) belongs to the `Matcher`.

A *wish* is what a ticket asks of the other side. Some wishes are given up one by one as patience
runs out, always in the order of `WISHES`; each ticket climbs only the rungs of the wishes it has:

    interests   the two share at least one of them
    language    the other one has the same language
    country     the other one's country is among the wanted ones (a must is never given up)

`compatible` is the plain statement of the rule. The index of the matcher is only a fast way to
find what this function allows.
"""

from __future__ import annotations

from typing import Final, Literal, Protocol

import msgspec

Kind = Literal["chat", "video"]
KINDS: Final[tuple[Kind, ...]] = ("chat", "video")

Wish = Literal["interests", "language", "country"]
INTERESTS: Final = "interests"
LANGUAGE: Final = "language"
COUNTRY: Final = "country"
WISHES: Final[tuple[Wish, ...]] = (INTERESTS, LANGUAGE, COUNTRY)
"""The wishes that can be given up, in the order in which they are."""

MAX_INTERESTS: Final = 10
MAX_COUNTRIES: Final = 10


# gc=False: these hold only strings and sets of strings, so they can never be part of a cycle, and
# a queue of a million must not be walked by every full collection.
class Ticket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One wait for one stranger.

    `person` is who waits: two tickets of one person never meet. Tickets of different `kind` or
    `pool` never meet either. `country` is one's own; `countries` are the wanted ones, none meaning
    any; `country_required` makes them a must. `interests` are compared as they are, so the caller
    normalises them. `language` is both one's own and the one wished for. A ticket that is not
    `available` waits, but is not matched. `since` is when its holder began to wait, in seconds on the
    lobby's clock, if that is not when the ticket is added: it stands where its holder stood.

    Raises ValueError beyond `MAX_INTERESTS` or `MAX_COUNTRIES`, for another kind, for an empty
    string where a word is meant, and for a NUL in a language.
    """

    id: str
    person: str
    kind: Kind
    pool: str = ""
    country: str | None = None
    countries: frozenset[str] = frozenset()
    country_required: bool = False
    interests: frozenset[str] = frozenset()
    language: str | None = None
    available: bool = True
    since: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if len(self.interests) > MAX_INTERESTS:
            raise ValueError(f"at most {MAX_INTERESTS} interests")
        if len(self.countries) > MAX_COUNTRIES:
            raise ValueError(f"at most {MAX_COUNTRIES} countries")
        # The index uses the empty string for "any" and NUL to set a language off from an interest.
        if "" in self.interests or "" in self.countries or self.country == "":
            raise ValueError("a country or an interest is empty")
        if self.language is not None and (not self.language or "\0" in self.language):
            raise ValueError("the language is empty or holds a NUL")


class Rung(msgspec.Struct, frozen=True, gc=False):
    """Where a ticket stands on its ladder: `step` wishes are given up, named by `relaxed`."""

    step: int
    relaxed: tuple[Wish, ...]


class Match(msgspec.Struct, frozen=True, gc=False):
    """Two tickets that meet.

    `a` is the one whose arrival or step brought the match about, `b` the partner found for it.
    `initiator` is the id of the one that makes the offer; `shared` are the interests of both, sorted.
    """

    a: Ticket
    b: Ticket
    initiator: str
    shared: tuple[str, ...]


class Coin(Protocol):
    """The randomness needed to say who initiates: `random.Random` will do."""

    def random(self) -> float: ...


def meet(a: Ticket, b: Ticket, coin: Coin) -> Match:
    """The match of `a` with `b`, the initiator chosen by `coin`."""
    initiator = a.id if coin.random() < 0.5 else b.id
    return Match(a, b, initiator, tuple(sorted(a.interests & b.interests)))


def compatible(
    a: Ticket,
    b: Ticket,
    relaxed_a: tuple[str, ...],
    relaxed_b: tuple[str, ...],
    apart: bool,
) -> bool:
    """Whether `a` and `b` may meet now.

    `relaxed_a` and `relaxed_b` name the wishes that each has given up; `apart` says whether the two
    persons are kept apart by a block or a cooldown.
    """
    if apart or a.id == b.id or a.person == b.person:
        return False
    if a.kind != b.kind or a.pool != b.pool:
        return False
    if not (a.available and b.available):
        return False
    return _accepts(a, b, relaxed_a) and _accepts(b, a, relaxed_b)


def insists(ticket: Ticket, wish: str, relaxed: tuple[str, ...]) -> bool:
    """Whether `ticket` has this wish and has not given it up. A must cannot be given up."""
    if wish == INTERESTS:
        return bool(ticket.interests) and wish not in relaxed
    if wish == LANGUAGE:
        return ticket.language is not None and wish not in relaxed
    return bool(ticket.countries) and (ticket.country_required or wish not in relaxed)


def rungs(ticket: Ticket) -> tuple[Rung, ...]:
    """The ladder of this ticket, from insisting on everything to all wishes given up."""
    return _LADDERS[
        bool(ticket.interests),
        ticket.language is not None,
        bool(ticket.countries) and not ticket.country_required,
    ]


def _accepts(one: Ticket, other: Ticket, relaxed: tuple[str, ...]) -> bool:
    if insists(one, INTERESTS, relaxed) and one.interests.isdisjoint(other.interests):
        return False
    if insists(one, LANGUAGE, relaxed) and one.language != other.language:
        return False
    return not insists(one, COUNTRY, relaxed) or other.country in one.countries


def _ladder(held: tuple[bool, bool, bool]) -> tuple[Rung, ...]:
    wishes = tuple(wish for wish, has in zip(WISHES, held, strict=True) if has)
    return tuple(Rung(step, wishes[:step]) for step in range(len(wishes) + 1))


# There are only eight ladders, so that a waiting ticket costs one reference for its rung.
_LADDERS: Final = {
    held: _ladder(held)
    for held in ((i, n, c) for i in (False, True) for n in (False, True) for c in (False, True))
}
