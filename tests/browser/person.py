"""Somebody with a browser: what they do, and what they see, in the words of the screen.

Every page is watched: an error on the console, a refused resource, a request to another host or an
exception is kept in `complaints`, and the fixture fails the test for it.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

Kind = Literal["text", "video"]

PATIENCE_MS = 20_000
# Whichever element is there: a new stranger has a new one.
PLAYING = """(selector) => new Promise((resolve) => {
  let video, from;
  const look = () => {
    const there = document.querySelector(selector);
    if (there !== video) [video, from] = [there, there?.currentTime];
    if (video?.videoWidth > 0 && video.currentTime > from + 0.2) resolve([video.videoWidth, video.videoHeight]);
    else setTimeout(look, 50);
  };
  look();
})"""
AUDIT, COVERED = (
    (Path(__file__).parent / "pages" / f"{name}.js").read_text() for name in ("audit", "covered")
)

# What the browser itself writes while the server cannot be reached.
OUT_OF_REACH = re.compile(r"ERR_CONNECTION_|WebSocket connection to|ERR_EMPTY_RESPONSE|503")

expect.set_options(timeout=PATIENCE_MS)


class Person:
    """One browser context with Parley's page open. `url` is where it was opened."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        self.requests: list[Request] = []
        self.bears_with = re.compile(r"(?!)")
        self.may_visit: set[str] = set()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("request", self._ask)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not self.bears_with.search(message.text):
            self.complaints.append(f"{message.type}: {message.text}")

    def _ask(self, request: Request) -> None:
        self.requests.append(request)
        where = urlsplit(request.url)
        ours = {urlsplit(self.url).netloc} | self.may_visit
        if where.scheme not in ("data", "blob") and where.netloc not in ours:
            self.complaints.append(f"request to another host: {request.url}")

    # --- what is there ---------------------------------------------------------------------------------

    def see(self, testid: str) -> Locator:
        """An element by its test id."""
        return self.page.get_by_test_id(testid)

    async def expect_screen(self, screen: Literal["landing", "looking", "talking"]) -> None:
        await expect(self.page.locator(".app")).to_have_attribute("data-screen", screen)

    async def expect_state(self, *keys: str) -> None:
        """The words about the connection are, or become, one of these."""
        await expect(self.see("state")).to_have_attribute(
            "data-state", re.compile(f"^({'|'.join(keys)})$")
        )

    async def expect_partner(self, key: str) -> None:
        """What is said of the stranger: here, away, left, skipped, dropped, stopped."""
        await expect(self.see("partner-state")).to_have_attribute("data-state", key)

    async def expect_lines(self, *lines: tuple[Literal["me", "stranger"], str]) -> None:
        """The conversation is exactly this, all of it delivered."""
        bubbles = self.see("chat-log").locator("[data-from]")
        await expect(bubbles.locator(".bubble")).to_have_text([text for _, text in lines])
        assert await bubbles.evaluate_all("all => all.map((one) => one.dataset.from)") == [
            who for who, _ in lines
        ]
        await expect(self.see("chat-log").locator('[data-delivery="sent"]')).to_have_count(
            len(lines)
        )

    async def expect_to_see_stranger(self) -> tuple[int, int]:
        """The stranger's picture moves. Returns its size."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            width, height = await self.page.evaluate(PLAYING, "[data-testid=remote-video]")
        return width, height

    async def audit(self) -> list[str]:
        """What is wrong with this screen for eyes, keyboards, screen readers and small windows."""
        found: list[str] = await self.page.evaluate(AUDIT)
        return found

    async def covered(self) -> list[str]:
        """Which controls cannot be pressed where they are."""
        found: list[str] = await self.page.evaluate(COVERED)
        return found

    async def focused(self) -> dict[str, Any]:
        """What has the focus: its tag, its test id, and whether one can see that it has."""
        focused: dict[str, Any] = await self.page.evaluate(
            """() => {
              const one = document.activeElement;
              const style = getComputedStyle(one);
              const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
              return { tag: one.tagName, testid: one.dataset.testid ?? null, ring };
            }"""
        )
        return focused

    # --- what one does -----------------------------------------------------------------------------------

    async def choose(self, kind: Kind) -> None:
        """Text or video."""
        await self.see(f"mode-{kind}").check()

    async def turn_camera_on(self) -> None:
        """Look at oneself before the first meeting; video is what a first visit wishes for."""
        await self.see("camera-on").click()
        await expect(self.see("local-video")).to_be_visible()

    async def like(self, *interests: str) -> None:
        for interest in interests:
            await self.see("interests").fill(interest)
            await self.see("interests").press("Enter")

    async def start(self, kind: Kind) -> None:
        """Choose, and press Start."""
        await self.choose(kind)
        await self.see("start").click()

    async def say(self, text: str) -> None:
        await self.see("chat-input").fill(text)
        await self.see("chat-input").press("Enter")


async def meet(one: Person, other: Person, kind: Kind) -> None:
    """Both press Start, the first one first, and find each other."""
    await one.start(kind)
    await one.expect_screen("looking")
    await other.start(kind)
    for person in (one, other):
        await person.expect_partner("here")
