"""A running engine for each test, with the bounds that the test wants; for most, an Engine.IO echo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from parley.engine import Engine, Options, Server
from tests.support.engine import Connection, EchoSession, Poller, serving

Serve = Callable[..., Awaitable[int]]

ENGINE_PATH = "/engine.io/"
OPTIONS = Options(path=ENGINE_PATH, ping_interval=25, ping_timeout=20, max_payload_bytes=1_000_000)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`port = await serve(engine, **options of Application)`; gone, with its clients, after the test."""
    async with AsyncExitStack() as stack:

        async def start(engine: Engine[Any] | Server, **options: Any) -> int:
            return await stack.enter_async_context(serving(engine, **options))

        yield start
        await Connection.close_all()


@pytest.fixture
def engine() -> Engine[EchoSession]:
    return Engine(OPTIONS, EchoSession)


@pytest.fixture
async def port(serve: Serve, engine: Engine[EchoSession]) -> int:
    return await serve(engine)


@pytest.fixture
async def poller(port: int) -> Poller:
    poller = Poller(port, ENGINE_PATH)
    await poller.open()
    return poller


@pytest.fixture
def session(poller: Poller, engine: Engine[EchoSession]) -> EchoSession:
    """The poller's session, from the inside."""
    found = engine.find(poller.sid)
    assert found is not None
    return found
