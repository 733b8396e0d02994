"""Parley: a self-hosted realtime server for stranger chat and video."""

__version__ = "0.1.0"
