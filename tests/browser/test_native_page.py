"""A front end of somebody else's, in our own dialect, loses its connection and offers a new one in the same room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import SETTINGS, Arrive
from tests.browser.person import PATIENCE_MS, PLAYING
from tests.support.server import ParleyServer


async def expect_picture(page: Page) -> None:
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await page.evaluate(PLAYING, "#remote")


@pytest.mark.parametrize(("first", "certificate"), [("theirs", "new"), ("ours", "kept")])
async def test_an_offer_of_a_new_connection_is_answered_by_a_new_one(
    browser: Browser,
    front_end: str,
    serve: Callable[..., ParleyServer],
    arrive: Arrive,
    first: str,
    certificate: str,
) -> None:
    server = serve(**SETTINGS, cors_origin=front_end)
    ann = await arrive(server.base_url)
    if first == "ours":
        await ann.start("video")
        await ann.expect_screen("looking")
    other = await browser.new_page()
    query = f"server={server.base_url}&certificate={certificate}"
    await other.goto(f"{front_end}/native.html?{query}")
    if first == "theirs":
        await expect(other.locator("#status")).to_have_text("looking")
        await ann.start("video")
    for number in (1, 2, 3):
        if number > 1:
            await other.locator("#again").click()
        await expect(other.locator("#status")).to_have_text(f"{number} connected")
        await expect_picture(other)
        await ann.expect_to_see_stranger()
        await ann.expect_state("direct", "relayed")
    await other.close()
