"""What a request says of who sends it: from which address, with which browser, from whose page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from litestar.connection import ASGIConnection

from parley.accounts.errors import CsrfRefused
from parley.accounts.schemas import Device
from parley.kernel.errors import Forbidden
from parley.realtime import client_address

Connection = ASGIConnection[Any, Any, Any, Any]


class Visitors:
    """Reads requests; believes in proxies only as far as they are trusted."""

    def __init__(
        self,
        trusted_proxies: Sequence[IPv4Network | IPv6Network],
        origins: Collection[str],
        public_url: str | None,
    ) -> None:
        self._trusted = trusted_proxies
        self._origins = origins
        self._always_secure = (public_url or "").startswith("https:")

    def device(self, request: Connection) -> Device:
        """The device that asks."""
        peer = request.client.host if request.client is not None else ""
        return Device(
            address=client_address(peer, list(request.scope["headers"]), self._trusted),
            user_agent=request.headers.get("user-agent", ""),
            secure=self._secure(request, peer),
        )

    def _secure(self, request: Connection, peer: str) -> bool:
        if self._always_secure or request.scope["scheme"] == "https":
            return True
        said = request.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip()
        return said == "https" and self._is_proxy(peer)

    def _is_proxy(self, peer: str) -> bool:
        try:
            address = ip_address(peer.removeprefix("::ffff:"))
        except ValueError:
            return False
        return any(address in net for net in self._trusted)

    def refuse_foreign_page(self, request: Connection) -> None:
        """Raises Forbidden when a browser says that a page which may not connect has sent this.

        For what signs somebody in: nobody shall be signed in as somebody else by a page elsewhere.
        """
        origin = request.headers.get("origin")
        if origin is not None and not self._allowed(origin, request):
            raise Forbidden("Pages of that origin may not connect.")
        if origin is None and request.headers.get("sec-fetch-site") == "cross-site":
            raise Forbidden("Pages of other sites may not connect.")

    def require_own_page(self, request: Connection) -> None:
        """Raises CsrfRefused unless the browser says that a page which may connect has sent this."""
        anybody = "*" in self._origins and "origin" in request.headers
        if not anybody and not self.own_page(request.headers):
            raise CsrfRefused

    def own_page(self, headers: Mapping[str, str]) -> bool:
        """Whether a browser says that a page of ours, or of an origin that is named, has sent these headers."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") == "same-origin"
        return self._named(origin, headers.get("host"))

    def _allowed(self, origin: str, request: Connection) -> bool:
        return "*" in self._origins or self._named(origin, request.headers.get("host"))

    def _named(self, origin: str, host: str | None) -> bool:
        own = (f"http://{host}", f"https://{host}") if host else ()
        return origin in self._origins or origin in own
