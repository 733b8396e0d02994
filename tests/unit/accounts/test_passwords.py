"""Every byte of a password counts, whatever hashed it, and hashing holds nobody up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import bcrypt
import pytest

from parley.accounts.passwords import (
    QUEUE,
    THREADS,
    Hasher,
    Scheme,
    hash_password,
    verify_password,
)
from parley.kernel.errors import Overloaded, RateLimited

SCHEMES: tuple[Scheme, ...] = ("argon2id", "bcrypt")
# Made by passlib 1.7.4 for its own documentation: bcrypt_sha256, version 2, of "password".
PASSLIB = "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2"


@pytest.fixture
def hasher() -> Iterator[Hasher]:
    made = Hasher()
    yield made
    made.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("length", [8, 72, 73, 200])
def test_every_byte_counts(scheme: Scheme, length: int) -> None:
    password = ("correct horse battery staple " * 8)[: length - 1] + "x"
    hashed = hash_password(password, scheme)
    assert verify_password(password, hashed)
    assert not verify_password(password[:-1] + "y", hashed)
    assert not verify_password(password[:-1], hashed)
    assert not verify_password(password + " ", hashed)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_password_of_other_letters_counts_in_bytes(scheme: Scheme) -> None:
    password = "\U0001f511" * 20
    hashed = hash_password(password, scheme)
    assert verify_password(password, hashed)
    assert not verify_password(password[:-1] + "\U0001f510", hashed)


def test_hashes_have_a_salt_and_the_cost_that_was_promised() -> None:
    first, again = (hash_password("securepassword", "argon2id") for _ in range(2))
    assert first != again
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hash_password("securepassword", "bcrypt").startswith("$bcrypt-sha256$v=2,t=2b,r=10$")


def test_hashes_from_elsewhere_verify_as_they_did_there() -> None:
    assert verify_password("password", PASSLIB)
    assert not verify_password("Password", PASSLIB)
    for prefix in (b"2a", b"2b"):
        plain = bcrypt.hashpw(b"SecurePass123!", bcrypt.gensalt(4, prefix)).decode()
        assert verify_password("SecurePass123!", plain)
        assert not verify_password("SecurePass123", plain)
    long = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert verify_password("x" * 80, long)
    assert verify_password("SecurePass123!", plain.replace("$2b$", "$2y$"))


@pytest.mark.parametrize(
    "nonsense",
    ["", "plain", "$1$x$y", "$2b$", "$2b$10$short", "$argon2id$", "$bcrypt-sha256$v=2,t=2b,r=10$a"],
)
def test_what_is_no_hash_verifies_nothing(nonsense: str) -> None:
    assert not verify_password("password", nonsense)


def test_a_hash_of_the_other_kind_or_another_cost_is_outdated() -> None:
    argon, wrapped = (hash_password("securepassword", scheme) for scheme in SCHEMES)
    plain = bcrypt.hashpw(b"securepassword", bcrypt.gensalt(4)).decode()
    for scheme, good, old in (("argon2id", argon, wrapped), ("bcrypt", wrapped, argon)):
        hasher = Hasher(scheme)  # type: ignore[arg-type]
        assert not hasher.outdated(good)
        assert hasher.outdated(old)
        assert hasher.outdated(plain)
        assert hasher.outdated(good.replace("m=19456", "m=4096").replace("r=10", "r=09"))
        hasher.close()


async def test_nobodys_password_is_never_right_and_costs_a_hash_too(hasher: Hasher) -> None:
    assert not await hasher.verify("nobody", None)
    assert not await hasher.verify("anything", None)


async def test_hashing_runs_on_two_threads_of_its_own_and_the_loop_goes_on(hasher: Hasher) -> None:
    gate, names = threading.Event(), set[str]()

    def work() -> None:
        names.add(threading.current_thread().name)
        gate.wait(10)

    waiting = [asyncio.ensure_future(hasher._run(work)) for _ in range(THREADS + QUEUE)]
    turned = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turned.set_result, True)
    assert await turned  # while every thread and every place in the queue is taken
    with pytest.raises(Overloaded) as full:
        await hasher.hash("securepassword")
    assert full.value.headers() == {"Retry-After": "1"}
    gate.set()
    await asyncio.gather(*waiting)
    assert len(names) == 2
    assert all(name.startswith("passwords") for name in names)
    assert await hasher.verify("securepassword", await hasher.hash("securepassword"))


async def test_a_client_that_hangs_up_frees_its_place_in_the_queue_but_no_thread(
    hasher: Hasher,
) -> None:
    gate = threading.Event()
    waiting = [
        asyncio.ensure_future(hasher._run(lambda: gate.wait(10))) for _ in range(THREADS + QUEUE)
    ]
    turned = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turned.set_result, True)
    await turned
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    queue = [asyncio.ensure_future(hasher._run(lambda: None)) for _ in range(QUEUE)]
    asyncio.get_running_loop().call_soon(gate.set)
    with pytest.raises(Overloaded):
        await asyncio.gather(*queue, hasher._run(lambda: None))
    await asyncio.gather(*queue)


async def test_work_that_is_called_off_when_its_turn_comes_frees_its_place(hasher: Hasher) -> None:
    def call_off() -> None:
        raise RateLimited(1000)

    for _ in range(THREADS + QUEUE + 1):
        with pytest.raises(RateLimited):
            await hasher.verify("securepassword", None, call_off)


async def test_the_loop_turns_all_the_while_that_passwords_are_hashed(hasher: Hasher) -> None:
    hashing = [asyncio.ensure_future(hasher.hash("securepassword")) for _ in range(10)]
    turns = 0
    turned = asyncio.Event()
    everything = asyncio.gather(*hashing)
    while not everything.done():
        turned.clear()
        asyncio.get_running_loop().call_soon(turned.set)
        await turned.wait()
        turns += 1
    # On the loop, each hash would be one long turn.
    assert turns > 100 * len(hashing)
