"""What goes over the wire about blocks."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from parley.accounts import PublicUser


class BlockShown(Struct, frozen=True, kw_only=True, rename="camel"):
    """Somebody blocked. `id` is what lifts the block: a user's id, or of a stranger a name for this block alone.

    `user` is there when it was blocked by its id; who a stranger was, is not told.
    """

    id: str
    blocked_at: str
    user: PublicUser | UnsetType = UNSET


class BlockList(Struct, kw_only=True):
    """Whom one has blocked, the latest first."""

    success: Literal[True] = True
    blocks: list[BlockShown]
