"""A password is not to be read over one's shoulder, and need not be typed by hand."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Arrive


async def test_a_password_is_hidden_can_be_pasted_and_is_known_to_password_managers(
    arrive: Arrive,
) -> None:
    ann = await arrive()
    await ann.see("account").click()
    field = ann.see("field-password")
    await expect(field).to_have_attribute("type", "password")
    await expect(field).to_have_attribute("autocomplete", "current-password")
    await ann.see("other-way").click()
    await expect(field).to_have_attribute("type", "password")
    await expect(field).to_have_attribute("autocomplete", "new-password")

    await ann.see("field-username").fill("From-a-manager-1")
    await ann.page.keyboard.press("Control+A")
    await ann.page.keyboard.press("Control+C")
    await field.focus()
    await ann.page.keyboard.press("Control+V")
    await expect(field).to_have_value("From-a-manager-1")
