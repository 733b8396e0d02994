"""People with browsers, and one server for all of them; after each test everybody has left it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser

from tests.browser.cable import Cable
from tests.browser.person import PATIENCE_MS, Person
from tests.support.missing import missing
from tests.support.node import WEB
from tests.support.server import ParleyServer

Arrive = Callable[..., Awaitable[Person]]

PAGES = Path(__file__).parent / "pages"
SOCKET_IO = WEB / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"
STATIC = Path(__file__).parents[2] / "src" / "parley" / "static"
# People who are new to each other again and again skip each other more often than anybody would.
SETTINGS = {"limit_skip": "100/100", "stun_server_1": "", "patience_ms": 1000}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    """The server that the browser tests share."""
    if not (STATIC / "index.html").is_file():
        missing("the built web client (`make web` builds it)")
    with ParleyServer(tmp_path_factory.mktemp("browser"), **SETTINGS) as running:
        yield running


@pytest.fixture
async def arrive(browser: Browser, server: ParleyServer, cable: Cable) -> AsyncIterator[Arrive]:
    """`person = await arrive(url, wishes=…, **options of the browser context)` opens Parley's page.

    At the end everybody leaves, nobody may have had anything to complain of, and the server is empty again.
    """
    people: list[Person] = []

    async def open_page(
        url: str = server.base_url,
        *,
        within: Browser = browser,
        wishes: dict[str, Any] | None = None,
        **options: Any,
    ) -> Person:
        context = await within.new_context(
            **{"viewport": {"width": 1280, "height": 800}, **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        people.append(person := Person(context, page, url))
        if wishes is not None:
            kept = json.dumps(json.dumps(wishes))
            await context.add_init_script(f"localStorage.setItem('parley.wishes', {kept})")
        await page.goto(url)
        return person

    yield open_page
    complaints = [person.complaints for person in people]
    for person in people:
        await person.context.close()
    await until_empty(server)
    assert not any(complaints), complaints


class FrontEnd(SimpleHTTPRequestHandler):
    """Serves the pages of other front ends, and the stock client that they load."""

    def translate_path(self, path: str) -> str:
        name = urlsplit(path).path.removeprefix("/")
        return str(SOCKET_IO if name == "socket.io.js" else PAGES / name)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def front_end() -> Iterator[str]:
    """Where pages of other front ends are: another origin than the server's, of the same site."""
    if not SOCKET_IO.is_file():
        missing("the web client's packages (`make web` installs them)")
    with ThreadingHTTPServer(("127.0.0.1", 0), FrontEnd) as pages:
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()
        thread.join()


async def until_empty(server: ParleyServer) -> None:
    """Wait until nobody is connected: the next test's people shall meet each other, not a ghost."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while (await health(server))["connections"] > 0:
            pass


async def health(server: ParleyServer) -> dict[str, Any]:
    """The answer of `/health`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    found: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return found


@pytest.fixture
async def cable(server: ParleyServer) -> AsyncIterator[Cable]:
    """A wire to the server that can be cut."""
    laid = await Cable(server.port).lay()
    yield laid
    await laid.remove()
