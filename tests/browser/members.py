"""People who have accounts, or get one, on our own page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.person import Person
from tests.support.members import PASSWORD

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NARROW = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}


async def sign_up(person: Person, username: str) -> None:
    """Get an account by the quiet button, whatever screen one is on."""
    await person.see("account").click()
    await person.see("other-way").click()
    await person.see("field-username").fill(username)
    await person.see("field-email").fill(f"{username}@example.org")
    await person.see("field-password").fill(PASSWORD)
    await person.see("submit").click()
    await expect_signed_in(person, username)


async def sign_in(person: Person, username: str, password: str = PASSWORD) -> None:
    """Sign in by the quiet button."""
    await person.see("account").click()
    await person.see("field-username").fill(username)
    await person.see("field-password").fill(password)
    await person.page.keyboard.press("Enter")
    await expect_signed_in(person, username)


async def expect_signed_in(person: Person, username: str) -> None:
    """The page says who one is, and gives the conversation back."""
    await expect(person.see("account")).to_contain_text(username)
    await expect(person.see("account-dialog")).to_be_hidden()


async def expect_guest(person: Person) -> None:
    """The page offers to sign in."""
    await expect(person.see("account")).to_have_text("Sign in")


async def unfold(person: Person, part: str) -> None:
    """Open one's account, and a part of it."""
    if not await person.see("account-dialog").is_visible():
        await person.see("account").click()
    await person.see(f"part-{part}").click()
