"""The sockets that `serve` listens on, and that the doctor tries: made in one place, so that the two agree."""

from __future__ import annotations

import errno
import socket

from parley.settings import SettingsError

EVERYWHERE = "::"
_LOCAL = ("0.0.0.0", "127.0.0.1", EVERYWHERE)


class AddressTaken(Exception):
    """Somebody else listens there; the message says where, and what to do."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen there: one for each address that a host's name has; port 0 is a free one, the same for all.

    `::` is every address that the machine has, on one socket: of IPv6 and IPv4 (whose peers it calls
    `::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2), or of IPv4 alone where the system has no IPv6. Every other
    address is itself alone. Raises AddressTaken, and SettingsError when this machine or this user cannot have it.
    """
    both = host == EVERYWHERE and _has_both()
    if host == EVERYWHERE and not both:
        host = "0.0.0.0"
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            if sockets and port == 0:
                address = (address[0], sockets[0].getsockname()[1], *address[2:])
            sockets.append(socket.create_server(address, family=family, dualstack_ipv6=both))
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that DNS cannot have
        for one in sockets:
            one.close()
        raise _refusal(host, port, error) from error
    return sockets


def _has_both() -> bool:
    # A system can have the sockets and yet be told to have no such address.
    try:
        with socket.create_server((EVERYWHERE, 0), family=socket.AF_INET6, dualstack_ipv6=True):
            return True
    except (OSError, ValueError):  # ValueError: Python's own word for neither
        return False


def url(host: str, port: int) -> str:
    """Where somebody on this machine finds what listens there."""
    if host in _LOCAL:
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _refusal(host: str, port: int, error: OSError | UnicodeError) -> AddressTaken | SettingsError:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return AddressTaken(
            f"{host} port {port}: address already in use. Choose another with PORT or HOST."
        )
    if isinstance(error, PermissionError):
        return SettingsError([f"PORT={port} is not for this user; take one from 1024 on."])
    return SettingsError([f"HOST={host} is no address of this machine: {error}."])
