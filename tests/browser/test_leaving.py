"""Going on to somebody else, stopping, and being left."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Arrive
from tests.browser.person import meet


async def test_next_tells_the_other_once_and_looks_for_somebody_else(arrive: Arrive) -> None:
    ann, bob, cyd = await arrive(), await arrive(), await arrive()
    await meet(ann, bob, "text")
    await ann.say("Hello")
    await bob.expect_lines(("stranger", "Hello"))
    await ann.see("next").click()
    await ann.expect_screen("looking")
    await bob.expect_partner("skipped")
    await bob.expect_lines(("stranger", "Hello"))
    await expect(bob.see("chat-input")).to_have_count(0)

    # The two who parted are kept apart; each meets somebody new.
    await bob.see("find-new").click()
    await bob.expect_screen("looking")
    await cyd.start("text")
    await cyd.expect_partner("here")
    await ann.expect_partner("here")
    await bob.expect_screen("looking")
    await ann.expect_lines()
    await cyd.say("Nice to meet you")
    await ann.expect_lines(("stranger", "Nice to meet you"))


async def test_going_on_when_somebody_waits_meets_them_at_once(arrive: Arrive) -> None:
    ann, bob, cyd = await arrive(), await arrive(), await arrive()
    await meet(ann, bob, "video")
    await ann.expect_to_see_stranger()
    await ann.say("Hello, Bob")
    await ann.expect_lines(("me", "Hello, Bob"))
    await cyd.start("video")
    await cyd.expect_screen("looking")
    await ann.see("next").click()
    await ann.expect_lines()
    for person in (ann, cyd):
        await person.expect_partner("here")
        await person.expect_to_see_stranger()
        await person.expect_state("direct", "relayed")
    await bob.expect_partner("skipped")
    await cyd.say("Hello")
    await ann.expect_lines(("stranger", "Hello"))
    await expect(ann.see("toast")).to_have_count(0)


async def test_escape_goes_on_and_closes_a_dialog_first(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "text")
    await ann.see("block").click()
    await ann.page.keyboard.press("Escape")
    await expect(ann.see("block-sure")).to_be_hidden()
    await ann.expect_screen("talking")
    await ann.page.keyboard.press("Escape")
    await ann.expect_screen("looking")
    await bob.expect_partner("skipped")
    await bob.page.keyboard.press("Escape")
    await bob.expect_screen("looking")


async def test_stop_ends_it_for_both_and_leads_back_to_the_beginning(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "video")
    await ann.see("stop").click()
    await ann.expect_partner("stopped")
    await bob.expect_partner("left")
    for person in (ann, bob):
        await person.expect_state("over")
        await person.see("stop").click()
        await person.expect_screen("landing")


async def test_stop_while_looking_leads_back_and_leaves_the_queue(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await ann.start("text")
    await expect(ann.see("waiting")).to_contain_text("only one")
    await ann.see("stop").click()
    await ann.expect_screen("landing")
    await bob.start("text")
    await expect(bob.see("waiting")).to_contain_text("only one")


async def test_a_closed_tab_is_told_to_the_stranger_once(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "text")
    await ann.page.close()
    await bob.expect_partner("left")
    await expect(bob.see("partner-state")).to_have_count(1)


async def test_reloading_while_looking_goes_on_looking(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await ann.start("text")
    await ann.expect_screen("looking")
    await ann.page.reload()
    await ann.expect_screen("looking")
    await bob.start("text")
    await ann.expect_partner("here")


async def test_what_was_not_sent_is_not_offered_again_once_nobody_is_there(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "text")
    for number in range(30):
        await ann.say(f"quick {number}")
    again = ann.page.get_by_role("button", name="Try again")
    await expect(again.first).to_be_visible()
    await bob.see("stop").click()
    await ann.expect_partner("left")
    await expect(ann.page.get_by_text("Not sent.").first).to_be_visible()
    await expect(again).to_have_count(0)
