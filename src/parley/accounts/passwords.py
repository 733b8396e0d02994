"""Passwords: hashed and verified away from the event loop, every byte of them.

New hashes are Argon2id (RFC 9106; memory and passes as OWASP advises) or bcrypt, whichever is set; both
verify, and `outdated` says when a login should hash anew. bcrypt alone reads 72 bytes at most, so it is
given the HMAC-SHA256 of the password under the salt, in the form that passlib calls `bcrypt-sha256`, version 2.
A plain bcrypt hash that was imported from elsewhere verifies as it did there.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Literal, TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from parley.kernel.errors import Overloaded

R = TypeVar("R")

Scheme = Literal["argon2id", "bcrypt"]

THREADS = 2
QUEUE = 32
RETRY_AFTER_MS = 1000
ROUNDS = 10
"""bcrypt's cost (seed 002)."""

_ARGON2 = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_WRAPPED = "$bcrypt-sha256$v=2,t=2b,r="
_PLAIN = ("$2a$", "$2b$", "$2y$")
_BCRYPT_READS = 72


class Hasher:
    """Two threads, and a queue of 32 before them; beyond that everybody is asked to come back in a second."""

    def __init__(self, scheme: Scheme = "argon2id") -> None:
        self.scheme = scheme
        self._pool = ThreadPoolExecutor(THREADS, "passwords", _step_back)
        self._turns = asyncio.Semaphore(THREADS)
        self._here = 0  # at work or in the queue
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The password's hash, with its salt and its cost in it. Raises Overloaded."""
        return await self._run(lambda: hash_password(password, self.scheme))

    async def verify(
        self, password: str, hashed: str | None, begin: Callable[[], None] = lambda: None
    ) -> bool:
        """Whether that is the password. None, for an account that is none, costs as much and is never right.

        `begin` is called when its turn has come, and may raise to call it off. Raises Overloaded.
        """
        known = hashed
        if known is None:
            if self._nobody is None:
                self._nobody = await self.hash("nobody")
            known = self._nobody
        right = await self._run(lambda: verify_password(password, known), begin)
        return right and hashed is not None

    def outdated(self, hashed: str) -> bool:
        """Whether a hash is of another kind or cost than new ones are."""
        if self.scheme == "argon2id":
            return not hashed.startswith("$argon2id$") or _ARGON2.check_needs_rehash(hashed)
        return not hashed.startswith(f"{_WRAPPED}{ROUNDS:02d}$")

    def close(self) -> None:
        """Take no more; what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], R], begin: Callable[[], None] = lambda: None) -> R:
        if self._here >= THREADS + QUEUE:
            raise Overloaded(RETRY_AFTER_MS, "Too many people sign in at this moment.")
        self._here += 1
        running: asyncio.Future[R] | None = None
        try:
            await self._turns.acquire()
            try:
                begin()
                running = asyncio.get_running_loop().run_in_executor(self._pool, work)
            finally:
                if running is None:
                    self._turns.release()
        finally:
            if running is None:
                self._here -= 1
        # A client that hangs up frees no thread: it works on.
        running.add_done_callback(self._done)
        return await asyncio.shield(running)

    def _done(self, _: object) -> None:
        self._here -= 1
        self._turns.release()


def hash_password(password: str, scheme: Scheme) -> str:
    """A new hash, with a new salt. Takes tens of milliseconds."""
    if scheme == "argon2id":
        return _ARGON2.hash(password)
    settings = bcrypt.gensalt(ROUNDS).decode()
    salt = settings.rpartition("$")[2]
    digest = bcrypt.hashpw(_prehash(password, salt), settings.encode()).decode()[-31:]
    return f"{_WRAPPED}{ROUNDS:02d}${salt}${digest}"


def verify_password(password: str, hashed: str) -> bool:
    """Whether that hash, of any kind that we know, is of that password. One that nobody knows is of none."""
    try:
        if hashed.startswith("$argon2"):
            return _ARGON2.verify(hashed, password)
        if hashed.startswith(_PLAIN):
            return bcrypt.checkpw(password.encode()[:_BCRYPT_READS], hashed.encode())
        if hashed.startswith(_WRAPPED):
            rounds, salt, digest = hashed.removeprefix(_WRAPPED).split("$")
            whole = f"$2b${rounds}${salt}{digest}"
            return bcrypt.checkpw(_prehash(password, salt), whole.encode())
    except (Argon2Error, InvalidHashError, ValueError):
        return False
    return False


def _prehash(password: str, salt: str) -> bytes:
    return base64.b64encode(hmac.digest(salt.encode(), password.encode(), "sha256"))


def _step_back() -> None:
    # On Linux niceness is a thread's own: who talks goes before who signs in.
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
