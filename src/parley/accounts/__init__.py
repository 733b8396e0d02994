"""Who people are. So far everybody is a guest."""

from .guests import Guests

__all__ = ["Guests"]
