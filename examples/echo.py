"""A Socket.IO echo server: `python examples/echo.py PORT` (3000 if not said).

Short times, so that conformance suites finish soon.
"""

import asyncio
import socket as sockets
import sys
from typing import Any

import uvicorn

from parley.engine import Application, Event, Namespace, Options, Server, Socket


class Echo(Namespace):
    async def on_connect(self, socket: Socket, auth: dict[str, Any]) -> None:
        # Test suites listen for the second packet only once they have seen the first: a breath between them.
        await asyncio.sleep(0.02)  # noqa: TID251
        socket.emit("auth", auth)

    def on_event(self, socket: Socket, event: Event) -> None:
        if event.name == "message":
            socket.emit("message-back", *event.args)
        elif event.name == "message-with-ack":
            socket.ack(event, *event.args)


def listen(port: int) -> sockets.socket:
    """A listening socket on IPv4 and, where there is one, IPv6: `localhost` may mean either."""
    if sockets.has_dualstack_ipv6():
        return sockets.create_server(("", port), family=sockets.AF_INET6, dualstack_ipv6=True)
    return sockets.create_server(("", port))


def main(port: int) -> None:
    options = Options(
        ping_interval=0.3,
        ping_timeout=0.2,
        connect_timeout=1.0,
        max_message_bytes=1_000_000,
        max_payload_bytes=1_000_000,
    )
    application = Application(Server({"/": Echo(), "/custom": Echo()}, options))
    uvicorn.Server(application.config()).run(sockets=[listen(port)])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
