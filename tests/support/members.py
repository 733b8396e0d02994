"""People with accounts, as a client sees them: signed up over REST, each of them with its tokens."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import httpx
import pytest

from .callers import BEHIND_PROXY
from .postgres import database_settings
from .server import ParleyServer

PASSWORD = "Correct-horse-7"
_numbers = itertools.count(1)


class Reply(NamedTuple):
    """What REST answered."""

    status: int
    body: Any
    headers: Mapping[str, str]


async def request(
    server: ParleyServer, method: str, path: str, body: Any = None, token: str | None = None
) -> Reply:
    """One request; a JSON body when there is one."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    content = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = json.dumps(body)
    # There is no TLS to verify, and to load what it takes costs more than the request.
    async with httpx.AsyncClient(base_url=server.base_url, timeout=30, verify=False) as client:
        answer = await client.request(method, path, content=content, headers=headers)
    found = answer.json() if answer.content else None
    return Reply(answer.status_code, found, answer.headers)


class Member:
    """Somebody with an account, on one device."""

    def __init__(self, server: ParleyServer, username: str, password: str, body: Any) -> None:
        self.server = server
        self.username = username
        self.password = password
        self.id: str = body["user"]["_id"]
        self.access: str = body["tokens"]["accessToken"]
        self.refresh: str = body["tokens"]["refreshToken"]

    async def ask(self, method: str, path: str, body: Any = None) -> Reply:
        """A request with the access token."""
        return await request(self.server, method, path, body, self.access)

    async def post(self, path: str, body: Any = None) -> Reply:
        """A POST with the access token."""
        return await self.ask("POST", path, body)

    async def elsewhere(self) -> Member:
        """The same person, signed in on another device."""
        login = {"username": self.username, "password": self.password}
        reply = await request(self.server, "POST", "/api/auth/login", login)
        assert reply.status == 200, reply
        return Member(self.server, self.username, self.password, reply.body)

    async def renew(self) -> None:
        """Get the next tokens."""
        body = {"refreshToken": self.refresh}
        reply = await request(self.server, "POST", "/api/auth/refresh", body)
        assert reply.status == 200, reply
        self.access = reply.body["tokens"]["accessToken"]
        self.refresh = reply.body["tokens"]["refreshToken"]


async def member(server: ParleyServer, username: str | None = None) -> Member:
    """Somebody new."""
    username = username or f"member{next(_numbers)}"
    new = {"username": username, "email": f"{username}@example.org", "password": PASSWORD}
    reply = await request(server, "POST", "/api/auth/register", new)
    assert reply.status == 201, reply
    return Member(server, username, PASSWORD, reply.body)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def on_both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ParleyServer]:
    """One server for a whole module on SQLite, then one on PostgreSQL; it believes in `Caller`'s addresses."""
    folder = tmp_path_factory.mktemp("server")
    with (
        database_settings(request, request.param) as database,
        ParleyServer(folder, **BEHIND_PROXY, **database) as running,
    ):
        yield running
