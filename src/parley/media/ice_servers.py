"""Which STUN and TURN servers clients may use, with credentials that expire where a secret allows it.

Time-limited credentials follow "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest),
as coturn's `use-auth-secret` reads them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from msgspec import UNSET, Struct, UnsetType


class IceServer(Struct):
    """An RTCIceServer (W3C WebRTC)."""

    urls: list[str]
    username: str | UnsetType = UNSET
    credential: str | UnsetType = UNSET


class IceServers(Struct, rename="camel"):
    """The answer of `/api/ice-servers`: good for `ttl` seconds."""

    ice_servers: list[IceServer]
    ttl: int


class Turn(Struct, frozen=True):
    """A TURN service: `secret` makes credentials that expire, else `username` and `credential` are fixed."""

    urls: tuple[str, ...]
    username: str | None
    credential: str | None
    secret: str | None
    ttl: int


def ice_servers(stun: Sequence[str], turn: Turn | None, now: int) -> IceServers:
    """What a client asking at `now` (seconds since 1970) may use."""
    servers = [IceServer(list(stun))] if stun else []
    ttl = 86_400
    if turn is not None and turn.urls:
        urls = list(turn.urls)
        ttl = turn.ttl
        if turn.secret is not None:
            username = f"{now + turn.ttl}:parley"
            # The draft prescribes HMAC-SHA1.
            mac = hmac.new(turn.secret.encode(), username.encode(), hashlib.sha1).digest()
            servers.append(IceServer(urls, username, base64.b64encode(mac).decode()))
        elif turn.username is not None and turn.credential is not None:
            servers.append(IceServer(urls, turn.username, turn.credential))
        else:
            servers.append(IceServer(urls))
    return IceServers(servers, ttl)
