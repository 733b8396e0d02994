"""Every screen, on a desk and on a phone, in light and dark: readable, in reach, usable by keyboard and by ear."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Arrive
from tests.browser.person import Kind, Person, meet

Scheme = Literal["light", "dark"]

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NARROW = {"viewport": {"width": 320, "height": 568}}
WINDOWS = (
    (320, 568),
    (390, 844),
    (600, 900),
    (768, 1024),
    (800, 600),
    (844, 390),
    (900, 700),
    (1024, 768),
    (1280, 800),
    (1920, 1080),
)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 3


async def expect_fine(person: Person, where: str) -> None:
    assert await person.audit() == [], where


@pytest.mark.parametrize("kind", ["text", "video"])
@pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESK, "light"), (PHONE, "dark"), (NARROW, "light")],
    ids=["desk, light", "phone, dark", "narrow, light"],
)
async def test_every_screen_is_in_reach_readable_and_named(
    arrive: Arrive, size: dict[str, object], scheme: Scheme, kind: Kind
) -> None:
    ann = await arrive(**size, color_scheme=scheme)
    bob = await arrive()
    await expect(ann.see("count")).to_have_attribute("data-count", "2")
    await ann.choose(kind)
    if kind == "video":
        await ann.turn_camera_on()
    await ann.like("music", "chess", "long walks in the rain")
    await bob.like("music", "chess", "long walks in the rain")
    await expect_fine(ann, "landing")
    await ann.see("start").click()
    await expect(ann.see("waiting")).not_to_be_empty()
    await expect_fine(ann, "looking")
    await bob.start(kind)
    await ann.expect_state("connected", "direct", "relayed")
    await ann.say("Hello")
    await bob.say(LONG)
    await ann.expect_lines(("me", "Hello"), ("stranger", LONG))
    if kind == "video":
        await ann.expect_to_see_stranger()
    await expect_fine(ann, "talking")
    await bob.see("stop").click()
    await ann.expect_partner("left")
    await expect_fine(ann, "over")


async def test_a_long_conversation_scrolls_and_the_page_does_not(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "text")
    for text in ("one\n" * 100, "another"):
        await ann.say(text.strip())
    await expect(bob.see("chat-log").locator(".bubble")).to_have_count(2)
    for person in (ann, bob):
        await person.page.evaluate("document.scrollingElement.scrollTop = 10_000")
        assert await person.page.evaluate("document.scrollingElement.scrollTop") == 0


async def expect_in_reach(person: Person, where: str) -> None:
    """Every control can be pressed where it is, whatever the window."""
    for width, height in WINDOWS:
        await person.page.set_viewport_size({"width": width, "height": height})
        assert await person.covered() == [], f"{where}, {width} x {height}"
        assert await person.audit() == [], f"{where}, {width} x {height}"


async def test_in_a_window_of_any_size_every_button_can_be_pressed(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await expect_in_reach(ann, "landing")
    await ann.turn_camera_on()
    await expect_in_reach(ann, "landing, with a camera")
    await ann.see("start").click()
    await ann.expect_screen("looking")
    await expect_in_reach(ann, "looking")
    await bob.start("video")
    await ann.expect_to_see_stranger()
    await ann.expect_state("direct", "relayed")
    await expect_in_reach(ann, "talking, chat open")
    await ann.see("chat-toggle").click()
    await bob.say("Are you there?")
    await expect(ann.page.locator(".badge")).to_have_text("1")
    await expect_in_reach(ann, "talking, chat folded")
    await ann.see("chat-toggle").click()
    await bob.see("stop").click()
    await ann.expect_partner("left")
    await expect_in_reach(ann, "over")
    await ann.see("stop").click()
    await bob.see("stop").click()
    await meet(bob, ann, "text")
    await expect_in_reach(ann, "talking by text")


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["phone", "narrow"])
async def test_on_a_phone_the_camera_can_be_turned_on_without_scrolling(
    arrive: Arrive, size: dict[str, object]
) -> None:
    ann = await arrive(**size)
    await expect(ann.see("camera-on")).to_be_visible()
    assert await ann.see("camera-on").evaluate(
        """(button) => {
          const { left, top, width, height } = button.getBoundingClientRect();
          return button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
        }"""
    )


async def test_on_a_phone_start_never_covers_what_is_being_filled_in(arrive: Arrive) -> None:
    ann = await arrive(**PHONE)
    await ann.turn_camera_on()
    await ann.like("music", "chess")
    for testid in ("interests", "mode-text"):
        field = ann.see(testid)
        await field.focus()
        covered = await field.evaluate(
            """(field) => {
              const { left, top, width, height } = field.getBoundingClientRect();
              const there = document.elementFromPoint(left + width / 2, top + height / 2);
              return !field.contains(there) && !field.parentElement.contains(there);
            }"""
        )
        assert not covered, testid


async def test_the_keyboard_alone_leads_from_start_to_the_next_stranger(arrive: Arrive) -> None:
    ann, bob = await arrive(wishes={"type": "chat"}), await arrive()
    keys = ann.page.keyboard
    seen: list[str | None] = []
    while "start" not in seen:
        await keys.press("Tab")
        focused = await ann.focused()
        assert focused["ring"] or focused["testid"] == "interests", focused
        seen.append(focused["testid"])
        assert len(seen) < 12, seen
    assert seen[0] == "account"
    assert seen[1] == "mode-text"
    await keys.press("Enter")
    await ann.expect_screen("looking")
    await expect(ann.see("looking")).to_be_focused()

    await bob.start("text")
    await expect(ann.see("chat-input")).to_be_focused()
    await keys.type("Hello")
    await keys.press("Enter")
    await bob.expect_lines(("stranger", "Hello"))
    await expect(ann.see("chat-input")).to_be_focused()
    await keys.press("Shift+Tab")
    focused = await ann.focused()
    assert focused["testid"] == "next"
    assert focused["ring"]
    await keys.press("Escape")
    await ann.expect_screen("looking")
    await expect(ann.see("looking")).to_be_focused()
    await keys.press("Tab")
    await expect(ann.see("stop")).to_be_focused()
    await keys.press("Enter")
    await ann.expect_screen("landing")

    # Left behind, one hears of it, and Esc goes on.
    await bob.expect_partner("skipped")
    await expect(bob.see("partner-state")).to_be_focused()
    await bob.page.keyboard.press("Escape")
    await bob.expect_screen("looking")


async def test_the_title_says_that_somebody_wrote_while_one_looked_elsewhere(
    arrive: Arrive,
) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "text")
    await ann.page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    await bob.say("Are you there?")
    await expect(ann.page).to_have_title("(1) New message – Parley")
    await ann.page.evaluate(
        """() => {
          delete document.hidden;
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    await expect(ann.page).to_have_title("Talking – Parley")


AT_THE_END = """() => {
  const log = document.querySelector("[data-testid=chat-log]");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
}"""
# In the moment in which the next line comes.
PASTE_THEN = """() => {
  const log = document.querySelector("[data-testid=chat-log]");
  const input = document.querySelector("[data-testid=chat-input]");
  new MutationObserver((_, observer) => {
    observer.disconnect();
    input.value = "long words ".repeat(80);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }).observe(log, { childList: true, subtree: true });
}"""


async def test_the_newest_line_is_in_sight_after_a_paste_and_after_ones_own(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "text")
    await ann.say("one\n" * 100 + "two")
    await bob.page.evaluate(PASTE_THEN)
    await ann.say("just now")
    await expect(bob.see("chat-input")).to_have_value("long words " * 80)
    await bob.page.wait_for_function(AT_THE_END)
    await bob.see("chat-log").evaluate("log => log.scrollTo(0, 0)")
    await bob.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
    )
    await bob.see("chat-input").press("Enter")
    await expect(bob.see("chat-log").locator(".bubble")).to_have_count(3)
    await bob.page.wait_for_function(AT_THE_END)
