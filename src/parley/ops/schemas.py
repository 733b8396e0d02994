"""What the server says of itself, over REST and to connected clients."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType


class UserCountUpdate(Struct):
    """How many connections there are."""

    count: int


class ServerDraining(Struct, rename="camel"):
    """The server is about to restart: come back after this many milliseconds."""

    retry_after_ms: int


class Health(Struct):
    """The answer of `/health` (seed 003). `uptime` in seconds; `rooms` are pairs of strangers."""

    status: Literal["ok", "draining"]
    uptime: float
    connections: int
    waiting: int
    rooms: int


class Probe(Struct):
    """The answer of `/livez` and `/readyz`."""

    status: Literal["ok", "draining"]


class Stats(Struct, rename="camel"):
    """The answer of `/stats` (seed 003): what is, and what was since the start."""

    uptime: float
    connections: int
    sockets: int
    waiting: dict[str, int]
    rooms: int
    matched: int
    relayed: int
    events_received: int
    refused: dict[str, int]
    malformed: int
    history_dropped: int
    event_loop_lag_ms: float
    outbound_packets: int


class Problem(Struct, rename="camel"):
    """Every error that REST answers (RFC 9457), as `application/problem+json`.

    `code` is stable; `detail` is for people. `retryAfterMs` comes with 429 and 503, beside Retry-After.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    retry_after_ms: int | UnsetType = UNSET
