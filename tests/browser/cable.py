"""The wire between one browser and the server, which a test can cut and mend.

What goes through is passed on as it is. Cut, both ends see their connections break with no farewell, and
nobody can connect; mended, it listens on the same port again.
"""

from __future__ import annotations

import asyncio
from typing import Self, cast


class Cable:
    """A TCP relay on a free port of 127.0.0.1, open from `lay` to `remove`."""

    def __init__(self, to_port: int) -> None:
        self.port = 0
        self._to_port = to_port
        self._listener: asyncio.Server | None = None
        self._ends: set[asyncio.Transport] = set()

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self.port}"

    async def lay(self) -> Self:
        """Listen, and pass on what comes."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: _End(self), "127.0.0.1", self.port, reuse_address=True
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def cut(self) -> None:
        """Break what is open; whoever tries to connect from now on is refused."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for end in list(self._ends):
            end.abort()

    async def mend(self) -> None:
        """Listen again, where it did."""
        await self.lay()

    remove = cut


class _End(asyncio.Protocol):
    """One connection's near end; what comes before the far end stands is kept."""

    def __init__(self, cable: Cable, other: _End | None = None) -> None:
        self._cable = cable
        self._other = other
        self._early: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._dialling: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name
        self._cable._ends.add(self._transport)
        if self._other is None:
            self._dialling = asyncio.get_running_loop().create_task(self._dial())

    async def _dial(self) -> None:
        far = _End(self._cable, self)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: far, "127.0.0.1", self._cable._to_port
            )
        except OSError:  # the server is down: so is the way to it
            self._abort()
            return
        if self._transport is None or self._transport.is_closing():
            far._abort()
            return
        self._other = far
        for data in self._early:
            far.write(data)

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        if self._other is None:
            self._early.append(data)
        else:
            self._other.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._cable._ends.discard(self._transport)
        if self._other is not None:
            self._other._abort()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
