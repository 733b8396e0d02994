"""A connection: one person on one device, over whatever sockets it has in the course of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parley.engine import Socket
from parley.kernel.actor import Actor

if TYPE_CHECKING:
    from .dialect import Dialect, Limit
    from .limits import Bucket
    from .proofs import Proof


class Connection:
    """Who speaks, how, and how often it did lately.

    `settled` says that the dialect is the client's own choice, and no longer the server's guess;
    `since` is when it connected, on the hub's clock. `proof` is a user's; `available` says whether the
    person wants to be matched with strangers, `country` where a user is from, if that is known.
    Once it is `over`, nothing that it still asks for is done.
    """

    __slots__ = (
        "actor",
        "available",
        "buckets",
        "country",
        "dialect",
        "over",
        "proof",
        "refusals",
        "settled",
        "since",
        "socket",
    )

    def __init__(
        self, socket: Socket, actor: Actor, dialect: Dialect, *, settled: bool, since: float
    ) -> None:
        self.socket = socket
        self.actor = actor
        self.dialect = dialect
        self.settled = settled
        self.since = since
        self.proof: Proof | None = None
        self.available = True
        self.over = False
        self.country = ""
        self.buckets: dict[Limit, Bucket] | None = None
        self.refusals: tuple[float, int] | None = None  # since when, and their weight
