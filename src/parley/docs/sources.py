"""What is documented: the same tables and handlers that the server runs, with nobody behind them."""

from __future__ import annotations

import random
from typing import Any

from litestar.handlers import HTTPRouteHandler

from parley.accounts import Desk
from parley.accounts.events import AccountEvents
from parley.dialects import every_dialect
from parley.kernel.clock import SystemClock
from parley.kernel.ids import SystemIds
from parley.lobby.events import LobbyEvents
from parley.lobby.lobby_memory import MemoryLobby
from parley.lobby.pairs import PairRooms, Surroundings
from parley.moderation import Blocks
from parley.ops.schemas import Stats
from parley.realtime import Dialect
from parley.settings import Settings
from parley.storage import open_engine
from parley.web import rest_handlers

DEFAULTS = Settings()
"""The documents tell the defaults, whatever the environment says."""


def dialects() -> dict[str, Dialect]:
    """Every dialect's tables."""
    lobby = MemoryLobby(DEFAULTS.patience_ms / 1000, random.SystemRandom())
    nobody = Surroundings(
        lobby=lobby,
        apart=lobby,
        clock=SystemClock(),
        ids=SystemIds(),
        cooldown=0.0,
        tell=lambda event, *participants: None,
        ended=lambda pair: None,
    )
    return every_dialect(LobbyEvents(PairRooms(nobody)), AccountEvents(_nobody, _nobody))


def handlers() -> list[HTTPRouteHandler]:
    """Every REST handler."""
    clock = SystemClock()
    nowhere = open_engine("sqlite://")
    desk = Desk(DEFAULTS, nowhere, "documents need no secret", clock, SystemIds())
    lobby = MemoryLobby(DEFAULTS.patience_ms / 1000, random.SystemRandom())
    blocks = Blocks(nowhere, lobby, clock, SystemIds())
    return rest_handlers(_NotRunning(), desk, blocks, DEFAULTS, clock)


async def _nobody(*_: Any) -> Any:
    raise RuntimeError("this server does not run")


class _NotRunning:
    """The operations of a server that does not run: its documents are read, its routes are not called."""

    draining = True

    def stats(self) -> Stats:
        raise RuntimeError("this server does not run")
