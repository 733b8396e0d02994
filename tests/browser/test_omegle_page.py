"""A front end made for seed 001, on another origin and with the stock client, meets somebody on our own page."""

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


@pytest.mark.parametrize("first", ["clone", "ours"])
async def test_a_clones_page_and_ours_see_each_other_whoever_came_first(
    browser: Browser,
    front_end: str,
    serve: Callable[..., ParleyServer],
    arrive: Arrive,
    first: str,
) -> None:
    server = serve(**SETTINGS, default_dialect="omegle", cors_origin=front_end)
    ann = await arrive(server.base_url)
    if first == "ours":
        await ann.start("video")
        await ann.expect_screen("looking")
    clone = await browser.new_page()
    await clone.goto(f"{front_end}/omegle.html?server={server.base_url}")
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
