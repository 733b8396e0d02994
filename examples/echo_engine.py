"""An Engine.IO echo server, one level below Socket.IO: `python examples/echo_engine.py PORT`."""

import sys

import uvicorn
from echo import listen

from parley.engine import Application, Engine, EngineSession, Options, Reason


class Echo(EngineSession):
    def message_received(self, data: str | bytes) -> None:
        self.send_message(data)

    def ended(self, reason: Reason) -> None:
        print(f"session ended: {reason.value}")


def main(port: int) -> None:
    options = Options(
        path="/engine.io/",
        ping_interval=0.3,
        ping_timeout=0.2,
        max_message_bytes=1_000_000,
        max_payload_bytes=1_000_000,
    )
    application = Application(Engine(options, Echo))
    uvicorn.Server(application.config()).run(sockets=[listen(port)])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
