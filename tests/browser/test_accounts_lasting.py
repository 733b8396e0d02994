"""A session lasts: its tokens are renewed in time, by one tab at a time, and all tabs end with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from tests.browser.conftest import SETTINGS, Arrive
from tests.browser.members import expect_guest, sign_in, sign_up, unfold
from tests.browser.person import Person, meet
from tests.support.server import ParleyServer

RENEWALS = """(wanted) => new Promise((resolve) => {
  const look = () => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/refresh")).length;
  new PerformanceObserver(() => look() >= wanted && resolve()).observe({ type: "resource", buffered: true });
})"""


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    """A server whose access tokens are good for two seconds."""
    folder = tmp_path_factory.mktemp("hasty")
    with ParleyServer(folder, access_token_s=2, **SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def cookies_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ParleyServer]:
    """A server that gives no script a token."""
    folder = tmp_path_factory.mktemp("cookies")
    with ParleyServer(folder, auth_cookies_only=1, access_token_s=2, **SETTINGS) as running:
        yield running


async def another_tab(person: Person) -> Person:
    """A second tab of the same browser."""
    tab = Person(person.context, await person.context.new_page(), person.url)
    await tab.page.goto(person.url)
    return tab


async def test_tabs_renew_their_tokens_by_turns_and_stay_in_their_conversation(
    arrive: Arrive, hasty: ParleyServer
) -> None:
    ann, bob = await arrive(hasty.base_url), await arrive(hasty.base_url)
    await sign_up(ann, "ann-of-two-tabs")
    other = await another_tab(ann)
    await expect(other.see("account")).to_contain_text("ann-of-two-tabs")
    await meet(ann, bob, "text")
    for tab in (ann, other):
        await tab.page.evaluate(RENEWALS, 3)
        await expect(tab.see("account")).to_contain_text("ann-of-two-tabs")
    await ann.say("Still me")
    await bob.expect_lines(("stranger", "Still me"))
    assert other.complaints == []


async def test_signing_out_signs_out_every_tab_and_signing_in_is_seen_by_a_tab_that_is_looked_at(
    arrive: Arrive,
) -> None:
    ann = await arrive()
    await sign_up(ann, "ann-of-tabs")
    other = await another_tab(ann)
    await expect(other.see("account")).to_contain_text("ann-of-tabs")
    await ann.see("account").click()
    await ann.see("sign-out").click()
    await expect_guest(ann)
    await expect_guest(other)
    await sign_in(other, "ann-of-tabs")
    await ann.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(ann.see("account")).to_contain_text("ann-of-tabs")
    assert other.complaints == []


async def test_another_person_signs_in_in_another_tab_and_all_tabs_follow(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await sign_up(bob, "bob-who-takes-over")
    await sign_up(ann, "ann-who-makes-way")
    # A page that was opened before ann signed in: somebody else signs in there.
    await ann.page.evaluate(
        """async () => {
          const body = JSON.stringify({ username: "bob-who-takes-over", password: "Correct-horse-7" });
          const headers = { "content-type": "application/json" };
          await fetch("/api/auth/login", { method: "POST", headers, body });
        }"""
    )
    await expect(ann.see("account")).not_to_contain_text("ann-who-makes-way")
    await ann.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(ann.see("account")).to_contain_text("bob-who-takes-over")
    await ann.see("account").click()
    await ann.see("part-devices").click()
    await expect(ann.see("session")).to_have_count(2)


async def test_without_tokens_in_scripts_an_account_works_by_cookies_alone(
    arrive: Arrive, cookies_only: ParleyServer
) -> None:
    ann = await arrive(cookies_only.base_url)
    # A cookie that has expired is told by a refusal.
    ann.bears_with = re.compile("401")
    await sign_up(ann, "ann-of-cookies")
    await unfold(ann, "profile")
    await ann.see("field-name").fill("Ann")
    form = ann.page.get_by_role("form", name="Profile")
    await form.get_by_test_id("submit").click()
    await expect(form.get_by_test_id("done")).to_have_text("Saved.")
    await ann.page.reload()
    await unfold(ann, "devices")
    await expect(ann.see("session")).to_have_count(1)
    kept = await ann.page.evaluate("JSON.parse(sessionStorage['parley.access'])")
    assert kept["token"] == ""
    await ann.see("sign-out").click()
    await expect_guest(ann)
