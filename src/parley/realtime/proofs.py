"""Who has proved to be a user on a connection, and what becomes of it when the proof is too old.

A proof lasts as long as the token that was shown. Then the client is told, has a minute (TOKEN_GRACE_S) to show
another, and is disconnected.
"""

from __future__ import annotations

from msgspec import Struct, structs

from parley.engine import Reason
from parley.kernel.actor import Actor
from parley.kernel.clock import Clock

from .connection import Connection
from .schemas import TokenExpired

GRACE_S = 60.0


class Proof(Struct, frozen=True):
    """What a user's token says: who, by which session, until when (milliseconds since 1970).

    `available`: whether the user wants to be matched with strangers; `country`: where it is from, if it has said.
    """

    actor: Actor
    token: str
    session_id: str
    expires_at: int
    available: bool = True
    country: str = ""


class Arrival:
    """Somebody whose token is being looked up, and what became known of users meanwhile."""

    __slots__ = ("_ended", "_matching")

    def __init__(self) -> None:
        self._matching: dict[str, tuple[bool, str]] = {}
        self._ended: set[str] = set()

    def heard_matching(self, user_id: str, available: bool, country: str) -> None:
        """That user has changed its mind, or moved."""
        self._matching[user_id] = available, country

    def heard_ended(self, session_ids: frozenset[str]) -> None:
        """Those sessions have ended."""
        self._ended |= session_ids

    def up_to_date(self, proof: Proof) -> Proof | None:
        """The proof as it is now; None when its session has ended."""
        if proof.session_id in self._ended:
            return None
        if proof.actor.id not in self._matching:
            return proof
        available, country = self._matching[proof.actor.id]
        return structs.replace(proof, available=available, country=country)


class Proofs:
    """The connections of users. `sweep` is to be called about once a second."""

    def __init__(self, clock: Clock, grace_s: float = GRACE_S) -> None:
        self._clock = clock
        self._grace_s = grace_s
        self._proven: set[Connection] = set()
        self._closing: dict[Connection, float] = {}

    def __len__(self) -> int:
        return len(self._proven)

    def set(self, connection: Connection, proof: Proof) -> None:
        """The connection is that user's, until the proof is too old."""
        connection.proof = proof
        connection.actor = proof.actor
        connection.available = proof.available
        connection.country = proof.country
        self._proven.add(connection)
        self._closing.pop(connection, None)

    def forget(self, connection: Connection) -> None:
        """The connection is over."""
        self._proven.discard(connection)
        self._closing.pop(connection, None)

    def sweep(self) -> None:
        """Tell those whose time is up, and disconnect those who were told long enough ago."""
        now, wall = self._clock.now(), self._clock.wall()
        late = []
        for connection in self._proven:
            proof = connection.proof
            if proof is not None and proof.expires_at <= wall:
                late.append(connection)
        for connection in late:
            closes = self._closing.get(connection)
            if closes is None:
                self._closing[connection] = now + self._grace_s
                told = TokenExpired(round(self._grace_s * 1000))
                connection.socket.emit("token_expired", told)
            elif closes <= now:
                connection.socket.disconnect(Reason.SERVER_LEFT)
