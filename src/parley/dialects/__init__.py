"""One table per kind of client: its event names and shapes, in terms of ours."""

from parley.accounts.events import AccountEvents
from parley.lobby.events import LobbyEvents
from parley.realtime import Dialect

from .native import native
from .omegle import omegle
from .people import with_accounts

__all__ = ["every_dialect", "native", "omegle"]


def every_dialect(lobby: LobbyEvents, accounts: AccountEvents) -> dict[str, Dialect]:
    """All dialects on top of the lobby and the accounts, by the name that a client chooses one with."""
    made = (native(lobby), omegle(lobby))
    return {dialect.name: with_accounts(dialect, accounts) for dialect in made}
