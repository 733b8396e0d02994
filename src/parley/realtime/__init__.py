"""Connections, the events that they send, and what they may send how often."""

from parley.engine import Reason, client_address, cors_headers

from .connection import Connection
from .dialect import Dialect, Incoming, Outgoing
from .dispatch import Dispatcher
from .hub import Feature, Hub, Identities
from .limits import AddressGate, Bucket, Window, whose
from .proofs import Proof

__all__ = [
    "AddressGate",
    "Bucket",
    "Connection",
    "Dialect",
    "Dispatcher",
    "Feature",
    "Hub",
    "Identities",
    "Incoming",
    "Outgoing",
    "Proof",
    "Reason",
    "Window",
    "client_address",
    "cors_headers",
    "whose",
]
