"""One table per kind of client: its event names and shapes, in terms of ours."""

from parley.lobby.events import LobbyEvents
from parley.realtime import Dialect

from .native import native
from .omegle import omegle

__all__ = ["every_dialect", "native", "omegle"]


def every_dialect(lobby: LobbyEvents) -> dict[str, Dialect]:
    """All dialects on top of the lobby, by the name that a client chooses one with."""
    return {dialect.name: dialect for dialect in (native(lobby), omegle(lobby))}
