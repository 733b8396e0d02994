"""The port by which other slices take part when somebody wants their data, or wants it gone."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection


class Keeper(Protocol):
    """A part of the server that keeps something about people. `app` hands all of them to Accounts."""

    name: str
    """The member of the export under which it appears."""

    async def told(self, person: str) -> Any:
        """All that is kept of that person, as JSON can carry it: their own, not what others said of them."""

    async def forget(self, connection: AsyncConnection, person: str) -> None:
        """Anonymise or delete it, inside the transaction that deletes the account."""
