"""Addresses as people write them into settings, in one spelling. What is none raises ValueError with a sentence."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def origin(text: str) -> str:
    """An Origin as browsers send it: lower case, no path, no default port; or `*`."""
    if text == "*":
        return text
    parts = urlsplit(text.rstrip("/"))
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or port == -1:
        raise ValueError(
            f"CORS_ORIGIN: {text} is not an origin like https://example.org or http://localhost:5173."
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, default} else "")


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
