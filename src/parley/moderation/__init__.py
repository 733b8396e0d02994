"""Who must not meet whom."""

from .blocks import Blocks

__all__ = ["Blocks"]
