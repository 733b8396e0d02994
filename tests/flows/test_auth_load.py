"""Signing in holds nobody up who is talking: a hundred logins at once, and a socket is answered between them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator

import pytest

from tests.support.callers import BEHIND_PROXY
from tests.support.postgres import database_settings
from tests.support.server import ParleyServer
from tests.support.strangers import Stranger, couple

pytestmark = pytest.mark.usefixtures("strangers")

LOGINS = 100


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ParleyServer]:
    """A server on each database that believes in callers' addresses, and lets a socket ask as often as it likes."""
    roomy = {"limit_events": "100000/100000", "limit_chat": "100000/100000", **BEHIND_PROXY}
    folder = tmp_path_factory.mktemp("server")
    with (
        database_settings(request, request.param) as database,
        ParleyServer(folder, **roomy, **database) as running,
    ):
        yield running


async def post(port: int, path: str, address: str, **fields: str) -> tuple[int, str]:
    """A request from that address: its status, and Retry-After."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps(fields)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
    )
    answer = (await reader.read()).decode()
    writer.close()
    later = re.search(r"retry-after: (\d+)", answer)
    return int(answer[9:12]), later[1] if later else ""


async def test_a_socket_is_answered_between_a_hundred_logins(server: ParleyServer) -> None:
    one, other = [await Stranger.arrive(server.port) for _ in range(2)]
    room = await couple(one, other)
    hashed, refused = 0, list[str]()

    async def sign_in(number: int) -> None:
        nonlocal hashed
        status, later = await post(
            server.port,
            "/api/auth/login",
            f"203.0.113.{number}",
            username=f"user{number}",
            password="not-the-password",
        )
        if status == 503:
            refused.append(later)
        else:
            assert status == 401
            hashed += 1

    echoes = 0
    async with asyncio.TaskGroup() as logins:
        going = [logins.create_task(sign_in(number)) for number in range(LOGINS)]
        while not all(one_of_them.done() for one_of_them in going):
            await one.emit("send_message", {"roomId": room, "message": str(echoes)})
            for side in (one, other):
                assert (await side.hear("new_message"))["text"] == str(echoes)
            echoes += 1
    assert hashed >= 34  # two on the threads, 32 in the queue
    assert len(refused) == LOGINS - hashed
    assert set(refused) <= {"1"}
    # Hundreds come between two hashes; one or two, had the loop hashed.
    assert echoes > 10 * hashed


async def test_right_passwords_are_never_too_many_failures_however_many_come_at_once(
    server: ParleyServer,
) -> None:
    bob = {
        "username": "bob-everywhere",
        "email": "bob@example.com",
        "password": "Sea-gull7!",
    }
    assert await post(server.port, "/api/auth/register", "198.51.100.1", **bob) == (201, "")
    coming = [
        post(server.port, "/api/auth/login", f"198.51.100.{number % 2}", **bob)
        for number in range(LOGINS)
    ]
    answers = set(await asyncio.gather(*coming))
    assert answers == {(200, ""), (503, "1")}
