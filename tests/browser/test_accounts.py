"""Accounts on our own page: reached from a quiet button, and never in the way of a conversation."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import Arrive
from tests.browser.members import NARROW, expect_guest, sign_up
from tests.browser.person import meet
from tests.support.members import PASSWORD


async def test_a_guest_signs_up_in_a_conversation_and_stays_in_it(arrive: Arrive) -> None:
    ann, bob = await arrive(**NARROW, color_scheme="dark"), await arrive()
    await meet(ann, bob, "text")
    await ann.see("account").click()
    await expect(ann.see("field-username")).to_be_focused()
    assert await ann.audit() == []
    await ann.page.keyboard.press("Escape")
    await ann.expect_partner("here")
    await sign_up(ann, "ann-of-the-chat")
    await ann.say("Still me")
    await bob.expect_lines(("stranger", "Still me"))
    assert await ann.audit() == []


async def test_who_signed_in_is_still_signed_in_after_a_reload_until_they_sign_out(
    arrive: Arrive,
) -> None:
    ann = await arrive()
    await sign_up(ann, "ann-who-returns")
    await ann.page.reload()
    await expect(ann.see("account")).to_contain_text("ann-who-returns")
    # A new tab has no token yet; the cookies get it one.
    await ann.page.evaluate("sessionStorage.clear()")
    await ann.page.reload()
    await expect(ann.see("account")).to_contain_text("ann-who-returns")
    await ann.see("account").click()
    await expect(ann.see("sign-out")).to_be_visible()
    assert await ann.audit() == []
    await ann.see("sign-out").click()
    await expect_guest(ann)

    ann.bears_with = re.compile("401")
    await ann.see("account").click()
    await ann.see("field-username").fill("ann-who-returns")
    await ann.see("field-password").fill("Not-the-password-1")
    await ann.page.keyboard.press("Enter")
    await expect(ann.see("wrong")).not_to_be_empty()
    await ann.see("field-password").fill(PASSWORD)
    await ann.page.keyboard.press("Enter")
    await expect(ann.see("account")).to_contain_text("ann-who-returns")


async def test_a_blocked_stranger_is_told_only_that_one_left_and_can_be_unblocked(
    arrive: Arrive,
) -> None:
    ann, bob = await arrive(**NARROW), await arrive()
    await sign_up(ann, "ann-who-blocks")
    await meet(ann, bob, "text")
    await ann.see("block").click()
    await expect(ann.see("block-sure")).to_be_visible()
    assert await ann.audit() == []
    await ann.see("block-sure").click()
    await ann.expect_partner("blocked")
    await bob.expect_partner("left")

    await ann.see("account").click()
    await ann.see("part-blocked").click()
    await expect(ann.see("blocked")).to_contain_text("A stranger")
    assert await ann.audit() == []
    await ann.see("unblock").click()
    await expect(ann.see("account-dialog")).to_contain_text("Nobody.")


async def test_the_keyboard_alone_gets_an_account_and_changes_it(arrive: Arrive) -> None:
    ann = await arrive()
    keys = ann.page.keyboard

    async def tab_to(testid: str) -> None:
        await expect(ann.see(testid)).to_be_visible()
        for _ in range(20):
            focused = await ann.focused()
            if focused["testid"] == testid:
                assert focused["ring"], testid
                return
            await keys.press("Tab")
        raise AssertionError(f"{testid} is out of reach")

    await tab_to("account")
    await keys.press("Enter")
    await tab_to("other-way")
    await keys.press("Enter")
    for testid, text in (
        ("field-username", "ann-of-the-keys"),
        ("field-email", "ann-of-the-keys@example.org"),
        ("field-password", PASSWORD),
    ):
        await tab_to(testid)
        await keys.type(text)
    await keys.press("Enter")
    await expect(ann.see("account")).to_contain_text("ann-of-the-keys")
    await expect(ann.see("account")).to_be_focused()
    await keys.press("Enter")
    await expect(ann.see("status")).to_have_value("online")
    await tab_to("status")
    await keys.press("ArrowDown")
    await expect(ann.see("status")).to_have_value("away")
    await tab_to("part-profile")
    await keys.press("Enter")
    await tab_to("field-name")
    await keys.type("Ann")
    await keys.press("Enter")
    await expect(ann.see("account-dialog").get_by_role("heading")).to_have_text("Ann")
    await keys.press("Escape")
    await expect(ann.see("account-dialog")).to_be_hidden()
    await expect(ann.see("account")).to_be_focused()
    await expect(ann.see("account")).to_have_accessible_name("ann-of-the-keys , Away")
