"""The port of the lobby: who waits for a stranger. `lobby_memory.py` is the one in this process.

Every method may suspend; whoever calls holds no decision over an await. A ticket is matched once: in
`add`, `set_available` and `advance` by the lobby itself, or by the one `claim` that succeeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from .ticket import Kind, Match, Rung, Ticket


class Lobby(Protocol):
    """Times are seconds on the caller's clock."""

    waiting: Mapping[Kind, int]
    """How many wait, by kind."""

    async def add(self, ticket: Ticket, now: float) -> Match | None:
        """Match the ticket at once, or let it wait, in the place that its `since` gives it.

        Its ladder begins then, too; rungs that are due are climbed, and told, in `advance`. Raises
        ValueError when its id waits already.
        """

    async def remove(self, ticket_id: str) -> bool:
        """Forget a ticket; False when it does not wait (it may just have been matched)."""

    async def set_available(self, ticket_id: str, available: bool, now: float) -> Match | None:
        """Let a ticket wait unmatched, or be matched again. Nothing happens when it does not wait."""

    async def candidates(self, ticket_id: str, limit: int) -> list[str]:
        """Who may meet this ticket now, the best first. Empty when it does not wait."""

    async def claim(self, a: str, b: str) -> bool:
        """Take both out of the queue, atomically, or neither (False)."""

    async def advance(self, now: float) -> list[tuple[str, Match | Rung]]:
        """What time has brought: tickets on a new rung, and matches."""


class Apart(Protocol):
    """Who must not meet, whatever they wish for."""

    async def keep_apart(self, a: str, b: str, until: float | None) -> None:
        """Keep two persons apart until then (a cooldown), or for good (a block)."""

    async def reunite(self, a: str, b: str) -> None:
        """Lift a block."""

    async def adopt(self, guest: str, user: str) -> None:
        """The guest turned out to be that user: what keeps others apart from the one does from both."""
