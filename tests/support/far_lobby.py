"""A lobby that is somewhere else, and what is on its way to it: without an event loop, in the order of a seed.

Each question to the lobby travels there, is answered by the lobby in memory, and travels back; others
overtake it on both ways.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from parley.kernel.errors import ParleyError
from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.ticket import Match, Rung, Ticket


class _Way:
    """One way, there or back: whoever awaits it is suspended once."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class FarLobby(MemoryLobby):
    """The lobby in memory, with a way to go before and after each of its decisions."""

    async def add(self, ticket: Ticket, now: float) -> Match | None:
        await _Way()
        answer = await super().add(ticket, now)
        await _Way()
        return answer

    async def remove(self, ticket_id: str) -> bool:
        await _Way()
        answer = await super().remove(ticket_id)
        await _Way()
        return answer

    async def set_available(self, ticket_id: str, available: bool, now: float) -> Match | None:
        await _Way()
        answer = await super().set_available(ticket_id, available, now)
        await _Way()
        return answer

    async def advance(self, now: float) -> list[tuple[str, Match | Rung]]:
        await _Way()
        answer = await super().advance(now)
        await _Way()
        return answer

    async def keep_apart(self, a: str, b: str, until: float | None) -> None:
        await _Way()
        await super().keep_apart(a, b, until)
        await _Way()

    async def reunite(self, a: str, b: str) -> None:
        await _Way()
        await super().reunite(a, b)
        await _Way()

    async def adopt(self, guest: str, user: str) -> None:
        await _Way()
        await super().adopt(guest, user)
        await _Way()


class Flights:
    """Coroutines that wait for their answers, each of which may be the next to go on."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._aloft: list[tuple[Coroutine[Any, Any, Any], Callable[[], None]]] = []

    def __len__(self) -> int:
        return len(self._aloft)

    def start(
        self, work: Coroutine[Any, Any, Any], landed: Callable[[], None]
    ) -> ParleyError | None:
        """Let it go as far as it does at once, `landed` when that is the end; gives what it was refused with."""
        try:
            work.send(None)
        except StopIteration:
            landed()
        except ParleyError as error:
            landed()
            return error
        else:
            self._aloft.append((work, landed))
        return None

    def go_on(self) -> None:
        """Let one of them have what it waits for."""
        at = int(self._chance.random() * len(self._aloft))
        work, landed = self._aloft[at]
        try:
            work.send(None)
        except StopIteration:
            del self._aloft[at]
            landed()

    def land(self) -> None:
        """Let all of them come to their end."""
        while self._aloft:
            self.go_on()
