"""What a visitor downloads: little, from one host only, under a strict policy."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Arrive
from tests.browser.person import meet
from tests.support.server import ParleyServer

BUDGET = 60_000


async def test_the_whole_client_is_less_than_60_kilobytes(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "video")
    await ann.expect_to_see_stranger()
    sizes = {
        request.url: (await request.sizes())["responseBodySize"]
        for request in ann.requests
        if request.url.startswith("http")
    }
    assert len(sizes) >= 4
    assert 0 < sum(sizes.values()) < BUDGET, sizes


async def test_the_page_of_documents_has_the_icon_too_and_so_has_who_asks_for_the_usual_name(
    arrive: Arrive, server: ParleyServer
) -> None:
    ann = await arrive(f"{server.base_url}/schema")
    icons = [
        await ann.page.locator("link[rel=icon]").get_attribute("href", timeout=1000),
        "/favicon.ico",
    ]
    for icon in icons:
        width = await ann.page.evaluate(
            """async (icon) => {
              const image = new Image();
              image.src = icon;
              await image.decode();
              return image.naturalWidth;
            }""",
            icon,
        )
        assert width > 0, icon


async def test_a_script_that_gets_in_is_not_run(arrive: Arrive) -> None:
    ann = await arrive()
    await expect(ann.see("start")).to_be_visible()
    violation = await ann.page.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
        })"""
    )
    assert violation == "script-src-elem"
    assert not await ann.page.evaluate("'ran' in window")
    assert len(ann.complaints) == 1
    assert "Content Security Policy" in ann.complaints.pop()
