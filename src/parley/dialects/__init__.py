"""One table per kind of client: its event names and shapes, in terms of ours."""

from .native import native
from .omegle import omegle

__all__ = ["native", "omegle"]
