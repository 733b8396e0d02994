"""Where no script gets a token, whoever is signed in is so in the conversation, too: on our page and on others'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import SETTINGS, Arrive
from tests.browser.members import sign_in, sign_up, unfold
from tests.browser.person import meet
from tests.support.members import PASSWORD
from tests.support.server import ParleyServer

# What a front end made for seed 002 does: it signs up, and opens its socket with what the browser has.
SIGN_UP_AND_CONNECT = """async ([server, account, transport]) => {
  const headers = { "content-type": "application/json" };
  const asked = { method: "POST", credentials: "include", headers, body: JSON.stringify(account) };
  const { user, tokens } = await (await fetch(`${server}/api/auth/register`, asked)).json();
  const socket = io(server, { withCredentials: true, transports: [transport] });
  const session = await new Promise((resolve, reject) => {
    socket.on("session", resolve);
    socket.on("connect_error", reject);
  });
  socket.disconnect();
  return { id: user._id, tokens: tokens ?? null, session };
}"""


@pytest.fixture(scope="module")
def cookies_only(
    front_end: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ParleyServer]:
    """A server that gives no script a token."""
    settings = {"auth_cookies_only": 1, "cors_origin": front_end, **SETTINGS}
    with ParleyServer(tmp_path_factory.mktemp("cookies"), **settings) as running:
        yield running


async def test_a_block_counts_on_every_device_of_whoever_signed_in_in_the_conversation(
    arrive: Arrive, cookies_only: ParleyServer
) -> None:
    url = cookies_only.base_url
    ann, bob = await arrive(url), await arrive(url)
    await meet(ann, bob, "text")
    await sign_up(ann, "ann-of-the-cookies")
    await ann.say("Still me")
    await bob.expect_lines(("stranger", "Still me"))
    await ann.see("block").click()
    await ann.see("block-sure").click()
    await bob.expect_partner("left")

    elsewhere = await arrive(url)
    await sign_in(elsewhere, "ann-of-the-cookies")
    await unfold(elsewhere, "blocked")
    await expect(elsewhere.see("blocked")).to_contain_text("A stranger")
    await elsewhere.page.reload()
    await expect(elsewhere.see("account")).to_contain_text("ann-of-the-cookies")
    await elsewhere.start("text")
    await expect(elsewhere.see("waiting")).not_to_be_empty()
    await bob.page.reload()
    await bob.start("text")
    await expect(bob.see("waiting")).not_to_be_empty()
    cyd = await arrive(url)
    await cyd.start("text")
    await cyd.expect_partner("here")
    dan = await arrive(url)
    await dan.start("text")
    for person in (elsewhere, bob):
        await person.expect_partner("here")


async def test_who_is_busy_meets_nobody_until_they_are_back(
    arrive: Arrive, cookies_only: ParleyServer
) -> None:
    ann, bob = await arrive(cookies_only.base_url), await arrive(cookies_only.base_url)
    await sign_up(ann, "ann-of-the-busy-cookies")
    await ann.see("account").click()
    await expect(ann.see("status")).to_have_value("online")
    await ann.see("status").select_option("dnd")
    await ann.see("close").click()
    await ann.page.reload()
    await ann.start("text")
    await expect(ann.see("unavailable")).to_contain_text("Busy")
    await bob.start("text")
    await expect(bob.see("waiting")).not_to_be_empty()
    await ann.see("become-available").click()
    for person in (ann, bob):
        await person.expect_partner("here")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_front_end_on_another_origin_has_its_users_socket_without_doing_anything(
    browser: Browser, cookies_only: ParleyServer, front_end: str, transport: str
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{front_end}/empty.html")
    await page.add_script_tag(url="socket.io.js")
    name = f"ann-by-{transport}"
    account = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    asked = [cookies_only.base_url, account, transport]
    told: dict[str, Any] = await page.evaluate(SIGN_UP_AND_CONNECT, asked)
    assert told["tokens"] is None
    assert told["session"]["actor"] == {"id": told["id"], "kind": "user"}
    await context.close()
