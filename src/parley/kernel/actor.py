"""Who somebody is to Parley: a guest with a signed token, or a user with an account."""

from __future__ import annotations

from typing import Literal

import msgspec


class Actor(msgspec.Struct, frozen=True, gc=False):
    """A person, the same one over reconnects. Cooldowns and blocks are kept under `id`."""

    id: str
    kind: Literal["guest", "user"]
