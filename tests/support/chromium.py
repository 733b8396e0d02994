"""A real Chromium with a fake camera and microphone. `python -m tests.support.chromium` says whether there is one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright

from tests.support.missing import missing

# The one without a window first: for the same pages it takes half the processor's time.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pictures enough to see that they move, and few enough for a small machine.
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
    # Two pages of one machine find each other by address, with no multicast DNS in between; and no process is
    # started for a page that may never come.
    "--disable-features=WebRtcHideLocalIpsWithMdns,SpareRendererForSitePerProcess",
)


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome on PATH."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def launched(*more: str) -> AsyncIterator[Browser]:
    """A headless browser with further arguments; of two that set the same, it goes by the last."""
    if (executable := find_chromium()) is None:
        missing("Chromium (install the distribution's package; `make test` does so as root)")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=executable, args=[*ARGUMENTS, *more]
        )
        yield running
        await running.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One headless browser for the whole run; tests open contexts of their own in it."""
    async with launched() as running:
        yield running


if __name__ == "__main__":
    sys.exit(find_chromium() is None)
