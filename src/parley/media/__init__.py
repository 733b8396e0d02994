"""How media get from one browser to another."""

from .ice_servers import IceServer, IceServers, Turn, ice_servers

__all__ = ["IceServer", "IceServers", "Turn", "ice_servers"]
