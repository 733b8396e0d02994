"""The lobby in this process's memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .matching import Matcher
from .ticket import KINDS, Coin, Kind, Match, Rung, Ticket


class _Counts(Mapping[Kind, int]):
    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def __getitem__(self, kind: Kind) -> int:
        return self._matcher.waiting(kind)

    def __iter__(self) -> Iterator[Kind]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)


class MemoryLobby:
    """Lobby and Apart on one `Matcher`. No method suspends."""

    def __init__(self, patience: float, coin: Coin) -> None:
        self._matcher = Matcher(patience, coin)
        self.waiting: Mapping[Kind, int] = _Counts(self._matcher)

    async def add(self, ticket: Ticket, now: float) -> Match | None:
        return self._matcher.add(ticket, now)

    async def remove(self, ticket_id: str) -> bool:
        return self._matcher.remove(ticket_id)

    async def set_available(self, ticket_id: str, available: bool, now: float) -> Match | None:
        if ticket_id not in self._matcher:
            return None
        return self._matcher.set_available(ticket_id, available, now)

    async def candidates(self, ticket_id: str, limit: int) -> list[str]:
        return self._matcher.candidates(ticket_id, limit) if ticket_id in self._matcher else []

    async def claim(self, a: str, b: str) -> bool:
        return self._matcher.claim(a, b)

    async def advance(self, now: float) -> list[tuple[str, Match | Rung]]:
        return self._matcher.advance(now)

    async def keep_apart(self, a: str, b: str, until: float | None) -> None:
        self._matcher.keep_apart(a, b, until)

    async def reunite(self, a: str, b: str) -> None:
        self._matcher.reunite(a, b)

    async def adopt(self, guest: str, user: str) -> None:
        self._matcher.adopt(guest, user)
