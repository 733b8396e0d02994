"""A Socket.IO echo server: `python examples/echo.py PORT`.

Short times, so that conformance suites finish soon.
"""

import sys
from typing import Any

import uvicorn

from parley.engine import Application, Event, Namespace, Options, Server, Socket


class Echo(Namespace):
    def on_connect(self, socket: Socket, auth: dict[str, Any]) -> None:
        socket.emit("auth", auth)

    def on_event(self, socket: Socket, event: Event) -> None:
        if event.name == "message":
            socket.emit("message-back", *event.args)
        elif event.name == "message-with-ack":
            socket.ack(event, *event.args)


def main(port: int) -> None:
    options = Options(
        ping_interval=0.3,
        ping_timeout=0.2,
        connect_timeout=1.0,
        max_message_bytes=1_000_000,
        max_payload_bytes=1_000_000,
    )
    application = Application(Server({"/": Echo(), "/custom": Echo()}, options))
    uvicorn.Server(application.config(host="127.0.0.1", port=port)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
