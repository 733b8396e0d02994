"""Every socket is an open file, and many systems start a process with 1,024 of them but allow it far more."""

from __future__ import annotations

import resource

from parley.settings import Settings

SPARE = 200
"""What the server opens besides its sockets: the database, logs, files that it serves."""


def needed(settings: Settings) -> int:
    """How many open files so many sockets take."""
    return settings.max_sockets + SPARE


def allowed(settings: Settings) -> bool:
    """Whether the system lets this process have them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return hard == resource.RLIM_INFINITY or hard >= needed(settings)


def raise_limit(settings: Settings) -> None:
    """Take as many as are needed, or as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = needed(settings) if allowed(settings) else hard
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
