"""Addresses as people write them into settings, in one spelling. What is none raises ValueError with a sentence."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ORIGIN = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[^\s/?#@*:\[\]]+)(?::(\*|[1-9][0-9]{0,4}))?")


def origin(text: str) -> str:
    """An Origin as browsers send it: lower case, no path, no default port; `:*` for any port; or `*`."""
    if text == "*":
        return text
    found = _ORIGIN.fullmatch(text.rstrip("/").lower())
    scheme, host, port = found.groups("") if found else ("", "", "")
    if not found or (port.isdigit() and int(port) > 65535):
        raise ValueError(
            f"CORS_ORIGIN: {text} is not an origin like https://example.org or http://localhost:5173; "
            "http://localhost:* is that host with any port."
        )
    default = {"http": "80", "https": "443"}[scheme]
    return f"{scheme}://{host}" + (f":{port}" if port not in {"", default} else "")


def ice_url(text: str, scheme: str) -> str:
    """A URL for `RTCIceServer.urls` (RFC 7064, RFC 7065); a bare `host:port` gets its scheme."""
    url = text if re.match(r"(stun|turn)s?:", text) else f"{scheme}:{text}"
    if not re.fullmatch(rf"{scheme}s?:[A-Za-z0-9.\-\[\]:]+(\?transport=(udp|tcp))?", url):
        raise ValueError(
            f"{scheme.upper()}_SERVER: {text} is not a server like {scheme}:example.org:3478."
        )
    return url


def check_smtp_url(text: str) -> None:
    """`smtp://[user:password@]host[:port]` or `smtps://…`. The sentence does not have the password in it."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in {"smtp", "smtps"} and parts.port != 0
    except ValueError:
        known = False
    # A password without a name would go unused, and so would every letter.
    if not known or not parts.hostname or bool(parts.username) != bool(parts.password):
        raise ValueError(
            "SMTP_URL is not an address like smtp://user:password@mail.example.org:587 or smtps://…"
        )


def check_mailbox(text: str) -> None:
    """`name@host` or `Somebody <name@host>`."""
    mailbox = r"[^\s<>@,;]+@[^\s<>@,;]+"
    if not re.fullmatch(rf"[^\x00-\x1f<>@]*<{mailbox}>|{mailbox}", text):
        raise ValueError(f"MAIL_FROM={text} is not like Parley <parley@example.org>.")
