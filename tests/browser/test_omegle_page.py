"""A front end made for seed 001, on another origin and with the stock client, meets somebody on our own page."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import SETTINGS, Arrive
from tests.browser.person import PATIENCE_MS, PLAYING
from tests.support.missing import missing
from tests.support.node import WEB
from tests.support.server import ParleyServer

PAGES = Path(__file__).parent / "pages"
SOCKET_IO = WEB / "node_modules" / "socket.io-client" / "dist" / "socket.io.min.js"


class Clone(SimpleHTTPRequestHandler):
    """Serves the clone's page, and the stock client that it loads."""

    def translate_path(self, path: str) -> str:
        name = urlsplit(path).path.removeprefix("/")
        return str(SOCKET_IO if name == "socket.io.js" else PAGES / name)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def clone_origin() -> Iterator[str]:
    """Where the clone's page is: another origin than the server's."""
    if not SOCKET_IO.is_file():
        missing("the web client's packages (`make web` installs them)")
    with ThreadingHTTPServer(("127.0.0.1", 0), Clone) as pages:
        thread = threading.Thread(target=pages.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{pages.server_port}"
        pages.shutdown()
        thread.join()


async def expect_picture(page: Page) -> None:
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await page.evaluate(PLAYING, "#remote")


@pytest.mark.parametrize("first", ["clone", "ours"])
async def test_a_clones_page_and_ours_see_each_other_whoever_came_first(
    browser: Browser,
    clone_origin: str,
    serve: Callable[..., ParleyServer],
    arrive: Arrive,
    first: str,
) -> None:
    server = serve(**SETTINGS, default_dialect="omegle", cors_origin=clone_origin)
    ann = await arrive(server.base_url)
    if first == "ours":
        await ann.start("video")
        await ann.expect_screen("looking")
    clone = await browser.new_page()
    await clone.goto(f"{clone_origin}/omegle.html?server={server.base_url}")
    if first == "clone":
        await expect(clone.locator("#status")).to_have_text("looking")
        await ann.start("video")
    await expect_picture(clone)
    await ann.expect_to_see_stranger()
    await ann.expect_state("direct", "relayed")

    await clone.locator("#skip").click()
    await ann.expect_partner("skipped")
    await expect(clone.locator("#status")).to_have_text("looking")
    await clone.close()
