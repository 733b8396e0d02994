"""Ways into an account beside its password: the mailed link, and other services, from our own page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.async_api import expect

from tests.browser.conftest import SETTINGS, Arrive
from tests.browser.members import PHONE, expect_guest, sign_in, sign_up
from tests.browser.person import PATIENCE_MS, Person, meet
from tests.support.oidc import CLIENT, SECRET, OidcServer
from tests.support.server import ParleyServer

NEXT = "Another-horse-8"


class School(NamedTuple):
    """A server whose people may sign in with a service of their school, and that service."""

    parley: ParleyServer
    service: OidcServer


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """Both of them, and each knows the other."""
    with (
        OidcServer("") as service,
        ParleyServer(
            tmp_path_factory.mktemp("school"),
            oidc_issuer=service.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SECRET,
            oidc_name="Our school",
            **SETTINGS,
        ) as parley,
    ):
        service.redirect_uri = f"{parley.base_url}/api/auth/oauth/oidc/callback"
        yield School(parley, service)


def letter_link(server: ParleyServer, address: str) -> str | None:
    """The fragment of the link in the last letter to that address; a server without SMTP_URL prints its letters."""
    letters = re.findall(rf"mail to {re.escape(address)}: .*?(#reset=\S+)", server.log, re.DOTALL)
    return letters[-1] if letters else None


async def ask_for_link(person: Person, server: ParleyServer, address: str) -> str:
    """Say that one has forgotten the password; the link's fragment."""
    await person.see("account").click()
    await person.see("forgot").click()
    await person.see("field-email").fill(address)
    await person.page.keyboard.press("Enter")
    await expect(person.see("done")).to_contain_text("a letter is on its way")
    for _ in range(PATIENCE_MS):
        if link := letter_link(server, address):
            return link
        # The letter is sent after the answer: ask the server something else meanwhile.
        await person.page.evaluate("fetch('/livez')")
    raise AssertionError("no letter came")


async def test_who_forgot_the_password_chooses_another_by_the_link_that_was_mailed(
    arrive: Arrive, server: ParleyServer
) -> None:
    ann, elsewhere = await arrive(**PHONE), await arrive()
    await sign_up(elsewhere, "ann-who-forgets")
    link = await ask_for_link(ann, server, "ann-who-forgets@example.org")
    assert await ann.audit() == []
    # In the same tab only the fragment changes, and no page is loaded.
    await ann.page.goto(f"{server.base_url}/{link}")
    await expect(ann.see("field-password")).to_be_focused()
    assert ann.page.url == f"{server.base_url}/"
    assert await ann.audit() == []
    ann.bears_with = re.compile("400")
    await ann.see("field-password").fill("password")
    await ann.page.keyboard.press("Enter")
    await expect(ann.see("wrong")).not_to_be_empty()
    await ann.see("field-password").fill(NEXT)
    await ann.page.keyboard.press("Enter")
    await expect(ann.see("reset-done")).to_be_visible()
    await expect_guest(elsewhere)
    await ann.see("onward").click()
    await ann.see("field-username").fill("ann-who-forgets@example.org")
    await ann.see("field-password").fill(NEXT)
    await ann.page.keyboard.press("Enter")
    await expect(ann.see("account")).to_contain_text("ann-who-forgets")

    # The link was good once. A new page hides it before anything else happens.
    bob = await arrive(f"{server.base_url}/{link}")
    await expect(bob.see("field-password")).to_be_visible()
    assert bob.page.url == f"{server.base_url}/"
    assert "reset" not in await bob.page.evaluate("JSON.stringify(history.state) + location.href")
    bob.bears_with = re.compile("400")
    await bob.see("field-password").fill(NEXT)
    await bob.page.keyboard.press("Enter")
    await expect(bob.see("wrong")).to_contain_text("no longer good")
    await bob.see("another-link").click()
    await expect(bob.see("field-email")).to_be_visible()


async def test_a_server_that_knows_no_other_service_offers_none(arrive: Arrive) -> None:
    ann = await arrive()
    async with ann.page.expect_response(re.compile("/api/auth/providers")):
        await ann.see("account").click()
    await expect(ann.see("field-username")).to_be_focused()
    await expect(ann.page.locator(".services")).to_have_count(0)


def visits(person: Person, school: School) -> None:
    """The service's own page is somewhere else, which is no complaint here."""
    person.may_visit.add(school.service.url.removeprefix("http://"))


async def test_one_signs_in_with_another_service_and_is_still_signed_in_after_a_reload(
    arrive: Arrive, school: School
) -> None:
    school.service.behave()
    school.service.person = {"sub": "ann", "preferred_username": "ann-of-school"}
    ann = await arrive(school.parley.base_url, **PHONE)
    visits(ann, school)
    await ann.see("account").click()
    button = ann.see("service-oidc")
    await expect(button).to_have_text("Continue with Our school")
    assert await ann.audit() == []
    await button.click()
    await expect(ann.see("account")).to_contain_text("ann-of-school")
    assert ann.page.url == f"{school.parley.base_url}/"
    await ann.page.reload()
    await expect(ann.see("account")).to_contain_text("ann-of-school")
    # There is no password yet, so none is asked for.
    await ann.see("account").click()
    await ann.see("part-password").click()
    await expect(ann.see("field-current")).to_have_count(0)
    await ann.see("field-next").fill(NEXT)
    await ann.page.keyboard.press("Enter")
    await expect(ann.see("field-current")).to_be_visible()
    await ann.see("sign-out").click()
    await expect_guest(ann)
    await sign_in(ann, "ann-of-school", NEXT)


async def test_a_sign_in_that_is_refused_there_is_told_in_words(
    arrive: Arrive, school: School
) -> None:
    school.service.behave()
    school.service.denies = True
    ann = await arrive(school.parley.base_url)
    visits(ann, school)
    await ann.see("account").click()
    await ann.see("service-oidc").click()
    await expect(ann.see("refused")).to_contain_text("was told not to say who you are")
    assert ann.page.url == f"{school.parley.base_url}/"
    assert await ann.audit() == []
    await ann.see("close").click()
    await ann.see("account").click()
    await expect(ann.see("refused")).to_have_count(0)


async def test_in_a_conversation_the_other_service_is_visited_in_a_tab_of_its_own(
    arrive: Arrive, school: School
) -> None:
    school.service.behave()
    school.service.person = {"sub": "cyd", "preferred_username": "cyd-of-school"}
    url = school.parley.base_url
    cyd, bob = await arrive(url), await arrive(url)
    await meet(cyd, bob, "text")
    await cyd.see("account").click()
    async with cyd.context.expect_page() as coming:
        await cyd.see("service-oidc").click()
    other = Person(cyd.context, await coming.value, url)
    await expect(other.see("toast")).to_contain_text("Go on where you were")
    await expect(other.see("account")).to_contain_text("cyd-of-school")
    assert other.page.url == f"{url}/"
    await other.page.close()
    await cyd.page.bring_to_front()
    await cyd.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(cyd.see("account")).to_contain_text("cyd-of-school")
    await cyd.page.keyboard.press("Escape")
    await cyd.say("Still here")
    await bob.expect_lines(("stranger", "Still here"))
