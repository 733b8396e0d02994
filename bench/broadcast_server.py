"""Our engine with one topic: whoever sends `listen` hears what anyone sends as `broadcast`.

Decoding, validation and connection state recovery as in the product.
"""

from __future__ import annotations

import socket as sockets
from typing import Annotated, Any

import msgspec
import uvicorn

from parley.engine import (
    Application,
    Emission,
    Event,
    Namespace,
    Options,
    Payload,
    Server,
    Socket,
)


class Broadcast(msgspec.Struct):
    """Something to be told to everybody who listens."""

    message: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


_broadcast: Payload[Broadcast] = Payload(Broadcast)


class Crowd(Namespace):
    def on_connect(self, socket: Socket, auth: dict[str, Any]) -> None:
        socket.emit("session", {"recovered": False})

    def on_event(self, socket: Socket, event: Event) -> None:
        if event.name == "listen":
            socket.server.join(socket, "crowd")
        elif event.name == "broadcast":
            text = _broadcast.of(event).message
            socket.server.broadcast("crowd", Emission("told", ({"text": text},)))


def main() -> None:
    options = Options(recovery_window=15.0)
    application = Application(Server({"/": Crowd()}, options))
    listener = sockets.create_server(("127.0.0.1", 0), backlog=4096)
    print(f"ready: http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(application.config()).run(sockets=[listener])


if __name__ == "__main__":
    main()
