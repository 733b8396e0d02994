"""REST: which ICE servers a client may use."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import get
from litestar.handlers import HTTPRouteHandler

from parley.kernel.clock import Clock

from .ice_servers import IceServers, Turn, ice_servers


def routes(stun: Sequence[str], turn: Turn | None, clock: Clock) -> list[HTTPRouteHandler]:
    """The handler of `/api/ice-servers`."""

    @get(
        "/api/ice-servers",
        sync_to_thread=False,
        summary="STUN and TURN servers",
        tags=["media"],
        response_description="What to give to RTCPeerConnection.",
    )
    def get_ice_servers() -> IceServers:
        return ice_servers(stun, turn, clock.wall() // 1000)

    return [get_ice_servers]
