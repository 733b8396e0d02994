"""How many connections one address may hold open that are no sockets of the engine: on which nothing, or HTTP, is said.

The engine's gate counts who has been let in. Before that a connection costs an open file and some memory,
for as long as the engine's clocks let it (ten seconds to say something, five between two requests); here
is how many of them there may be at once. Who has been upgraded to a WebSocket does not count any more.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Sequence

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from parley.engine import client_address

from .limits import whose

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Doorstep:
    """Counts them. `per_address` does not hold for the trusted proxies; `full` says when there is no more room."""

    def __init__(
        self, *, per_address: int, trusted_proxies: Sequence[Network], full: Callable[[int], bool]
    ) -> None:
        self._per_address = per_address
        self._proxies = tuple(trusted_proxies)
        self._full = full
        self._open: dict[str, int] = {}
        self.connections = 0
        self.refused: dict[str, int] = {}

    def enter(self, address: str) -> bytes | None:
        """Count somebody, in any case; gives what they are told when that is one too many."""
        address = _peer(address)
        person = whose(address)
        self.connections += 1
        self._open[person] = self._open.get(person, 0) + 1
        if self._full(self.connections):
            return self._refuse("overloaded", _FULL)
        if self._open[person] > self._per_address and not self._is_proxy(address):
            return self._refuse("rate_limited", _TOO_MANY)
        return None

    def leave(self, address: str) -> None:
        """Somebody who was counted is gone, or is a socket now."""
        person = whose(_peer(address))
        self.connections -= 1
        self._open[person] -= 1
        if not self._open[person]:
            del self._open[person]

    def _refuse(self, code: str, answer: bytes) -> bytes:
        self.refused[code] = self.refused.get(code, 0) + 1
        return answer

    def _is_proxy(self, address: str) -> bool:
        found = ipaddress.ip_address(address.partition("%")[0])
        return any(found in network for network in self._proxies)


def _peer(address: str) -> str:
    """As the proxies are written; as IPv6, all of IPv4 would be one network."""
    return client_address(address, (), ())


def before_the_door(http: type[HttpToolsProtocol], doorstep: Doorstep) -> type[HttpToolsProtocol]:
    """That protocol, for uvicorn, with a bound on how many of it there are."""

    class Counted(http):  # type: ignore[misc, valid-type]
        counted: str | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            if self.client:
                self.counted = self.client[0]
                refusal = doorstep.enter(self.client[0])
                if refusal is not None:
                    transport.write(refusal)
                    transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            self._uncount()
            super().connection_lost(exc)

        def _upgrade(self, rest: bytes) -> None:
            self._uncount()
            super()._upgrade(rest)

        def _uncount(self) -> None:
            if self.counted is not None:
                doorstep.leave(self.counted)
                self.counted = None

    return Counted


def _answer(status: str, code: str) -> bytes:
    body = f'{{"code":"{code}","message":"Too many connections are open; try again shortly."}}'
    head = (
        f"HTTP/1.1 {status}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Retry-After: 10",
        "Connection: close",
    )
    return "\r\n".join((*head, "", body)).encode()


_TOO_MANY = _answer("429 Too Many Requests", "rate_limited")
_FULL = _answer("503 Service Unavailable", "overloaded")
