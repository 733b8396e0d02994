"""What users do over their connections: prove anew who they are, and say whether they can be reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from parley.accounts.schemas import StatusChange
from parley.accounts.user import Status, User
from parley.kernel.clock import timestamp
from parley.kernel.errors import Unauthorized
from parley.realtime import Connection, Proof
from parley.realtime.schemas import Authenticate, Authenticated

Renew = Callable[[Connection, str], Awaitable[Proof]]
SetStatus = Callable[[str, StatusChange], Awaitable[User]]


class UserStatusChanged(Struct, frozen=True, rename="camel"):
    """How a user is to be seen from now on (seed 002)."""

    user_id: str
    status: Status
    custom_status: str

    @classmethod
    def of(cls, user: User) -> UserStatusChanged:
        """What is told of that user."""
        return cls(user.id, user.availability, user.custom_status)


class AccountEvents:
    """The handlers. `renew` shows a connection's new token, `set_status` is the same as over REST."""

    def __init__(self, renew: Renew, set_status: SetStatus) -> None:
        self._renew = renew
        self._set_status = set_status

    async def authenticate(self, connection: Connection, payload: Authenticate) -> Authenticated:
        proof = await self._renew(connection, payload.token)
        return Authenticated(proof.actor, timestamp(proof.expires_at))

    async def set_status(self, connection: Connection, payload: StatusChange) -> UserStatusChanged:
        if connection.proof is None:
            raise Unauthorized
        return UserStatusChanged.of(await self._set_status(connection.actor.id, payload))
