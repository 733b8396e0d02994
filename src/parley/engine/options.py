"""The engine's bounds, and what it asks of its owner before it lets somebody in."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl

Headers = Sequence[tuple[bytes, bytes]]

_WITH_PORT = re.compile(r"\[(.+)\](?::\d+)?|([\d.]+):\d+")
"""As some proxies name an address: `[2001:db8::7]:443`, `192.0.2.1:443`."""

MALFORMED = "engine.malformed"
"""In the ASGI scope of a request that was cut off because its framing was no HTTP, and not by the network."""


class Request(NamedTuple):
    """The HTTP request that asks for a connection. `address` is the client's, behind trusted proxies."""

    path: str
    query: str
    headers: Headers
    address: str

    def header(self, name: bytes) -> str | None:
        """The first header of that (lower-case) name."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return None

    def parameters(self) -> dict[str, str]:
        """The query's parameters. Raises ValueError when there are too many."""
        return parameters(self.query)


def parameters(query: str) -> dict[str, str]:
    """A query's parameters; the first of each name counts. Raises ValueError beyond 32 of them."""
    found: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True, max_num_fields=32):
        found.setdefault(key, value)
    return found


class Refusal(NamedTuple):
    """Why a handshake is refused: an HTTP status, a stable code, and when to come back, if ever."""

    status: int
    code: str
    retry_after: int | None = None


class Gate(Protocol):
    """Decides who may open a session. `enter` and `leave` come in pairs for whoever was let in."""

    def enter(self, request: Request) -> Refusal | None:
        """Let a new session in (None), or say why not."""

    def leave(self, address: str) -> None:
        """A session from this address has ended."""


class OpenGate:
    """Lets everybody in."""

    def enter(self, request: Request) -> Refusal | None:
        return None

    def leave(self, address: str) -> None:
        return None


def any_origin(origin: str, host: str | None) -> bool:
    """Allow every Origin."""
    return True


def no_credential(request: Request) -> str | None:
    """A handshake says nothing of who asks."""
    return None


@dataclass(frozen=True)
class Options:
    """Times in seconds, sizes in bytes. `recovery_window` 0 turns connection state recovery off.

    `credential` reads from the request that opens a session, once, what `Session.credential` is to be: something
    that a client cannot say later, such as a cookie.

    `told_payload_bytes`, when set, is the `maxPayload` of the handshake: clients gather packets up to that size into
    one payload. Less than is taken keeps honest ones below the bound on packets.
    """

    ping_interval: float = 25.0
    ping_timeout: float = 20.0
    connect_timeout: float = 10.0
    header_timeout: float = 10.0
    max_message_bytes: int = 65536
    max_payload_bytes: int = 100_000
    told_payload_bytes: int | None = None
    max_outbound_packets: int = 256
    max_outbound_bytes: int = 1 << 20
    recovery_window: float = 0.0
    path: str = "/socket.io/"
    gate: Gate = field(default_factory=OpenGate)
    allow_origin: Callable[[str, str | None], bool] = any_origin
    credential: Callable[[Request], str | None] = no_credential
    trusted_proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network] = ()


def cors_headers(origin: str | None) -> Headers:
    """What lets a page of this origin, which may connect, read an answer; nothing for who is no page."""
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


def client_address(
    peer: str,
    headers: Headers,
    trusted: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network],
) -> str:
    """The client's address: the peer's, or, while that is a trusted proxy, who it says it speaks for.

    `X-Forwarded-For` is read from the right, so that what a client wrote into it itself is never believed.
    """
    if peer.startswith("::ffff:"):  # IPv4 on a socket for both families
        peer = peer.removeprefix("::ffff:")
    if not trusted:
        return peer
    hops = [
        hop.strip()
        for name, value in headers
        if name == b"x-forwarded-for"
        for hop in value.decode("latin-1").split(",")
    ]
    address = peer
    while _is_in(address, trusted) and hops:
        hop = hops.pop()
        if with_port := _WITH_PORT.fullmatch(hop):
            hop = with_port[1] or with_port[2]
        try:
            found = ipaddress.ip_address(hop)
        except ValueError:
            break
        # As IPv6 all of IPv4 is one network, and counted as one.
        address = str(getattr(found, "ipv4_mapped", None) or found)
    return address


def _is_in(address: str, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
