"""A Socket.IO server, small and bounded: Engine.IO v4, Socket.IO v5 and a plain WebSocket on one port.

It knows nothing of Parley. `examples/echo.py` is the shortest way in: subclass `Namespace`, give it to
a `Server`, and let `serve`-style code hand `application()` and `front_door()` to uvicorn.
"""

from .application import Application
from .emission import Emission
from .engine import Engine
from .engine_session import EngineSession
from .event import Event, Payload
from .namespace import ConnectRefused, Namespace
from .options import Gate, Options, Refusal, Request, client_address, cors_headers
from .packets import JsonRefused, PacketError
from .server import Server
from .session import Reason
from .socket import Socket

__all__ = [
    "Application",
    "ConnectRefused",
    "Emission",
    "Engine",
    "EngineSession",
    "Event",
    "Gate",
    "JsonRefused",
    "Namespace",
    "Options",
    "PacketError",
    "Payload",
    "Reason",
    "Refusal",
    "Request",
    "Server",
    "Socket",
    "client_address",
    "cors_headers",
]
