"""Which pages may connect: the one answer for REST, pages, polling, both WebSockets and cookies alike.

An Origin is taken as browsers send it (the Fetch standard, "serializing a request origin"): lower case,
`scheme://host[:port]`, no default port. It is compared whole, or whole but for its port; `null` is nobody's.
"""

from __future__ import annotations

import re

import msgspec

_PORT = re.compile(r":[1-9][0-9]{0,4}\Z")
ANY_PORT = ":*"


class Origins(msgspec.Struct, frozen=True):
    """The listed origins, each as `addresses.origin` spells it, and the server's own.

    `http://localhost:*` lists that host with every port, and without one; `*` lists every page there is.
    """

    listed: tuple[str, ...] = ()

    @property
    def everyone(self) -> bool:
        """Whether pages of all origins may connect."""
        return "*" in self.listed

    def allows(self, origin: str, host: str | None) -> bool:
        """Whether a page of this origin may connect. `host` is its request's Host header, if there is one."""
        return self.everyone or self.names(origin, host)

    def names(self, origin: str, host: str | None) -> bool:
        """Whether this origin is the server's own or listed by its name, which `*` is not.

        That is what a cookie asks that needs no other proof.
        """
        if host and origin in (f"http://{host}", f"https://{host}"):
            return True
        # No browser sends an asterisk: what has one only looks like an entry.
        if "*" in origin:
            return False
        return origin in self.listed or _PORT.sub("", origin) + ANY_PORT in self.listed
