"""What a request says of who sends it: from which address, with which browser, from whose page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from litestar.connection import ASGIConnection

from parley.accounts.errors import CsrfRefused
from parley.accounts.schemas import Device
from parley.kernel.errors import Forbidden
from parley.kernel.origins import Origins
from parley.realtime import client_address

Connection = ASGIConnection[Any, Any, Any, Any]


class Visitors:
    """Reads requests; believes in proxies only as far as they are trusted."""

    def __init__(
        self,
        trusted_proxies: Sequence[IPv4Network | IPv6Network],
        origins: Origins,
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
        """Raises Forbidden when a browser that names no origin says that a page of another site has sent this.

        For what signs somebody in: nobody shall be signed in as somebody else by a page elsewhere. Where an
        origin is named, the edge has asked already whether its pages may connect.
        """
        headers = request.headers
        if "origin" not in headers and headers.get("sec-fetch-site") == "cross-site":
            raise Forbidden("Pages of other sites may not connect.")

    def require_own_page(self, request: Connection) -> None:
        """Raises CsrfRefused unless the browser says that a page which may connect has sent this."""
        if not _sent_by(request.headers, self._origins.allows):
            raise CsrfRefused

    def own_page(self, headers: Mapping[str, str]) -> bool:
        """Whether a browser says that a page of ours, or of an origin that is named, has sent these headers."""
        return _sent_by(headers, self._origins.names)


def _sent_by(headers: Mapping[str, str], right: Callable[[str, str | None], bool]) -> bool:
    """Whether a browser says that our own page has sent these headers, or one whose origin is right."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    return right(origin, headers.get("host"))
