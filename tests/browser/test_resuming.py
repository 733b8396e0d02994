"""What breaks comes back: the way to the server, the page, the server itself."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import expect

from tests.browser.cable import Cable
from tests.browser.conftest import SETTINGS, Arrive
from tests.browser.person import OUT_OF_REACH, meet
from tests.support.server import ParleyServer


async def test_a_broken_connection_comes_back_with_the_same_stranger(
    arrive: Arrive, cable: Cable
) -> None:
    ann, bob = await arrive(cable.base_url), await arrive()
    ann.bears_with = OUT_OF_REACH
    await meet(ann, bob, "video")
    await ann.expect_state("direct", "relayed")
    await ann.say("Before")
    await bob.expect_lines(("stranger", "Before"))

    await cable.cut()
    await ann.expect_state("offline")
    await bob.expect_state("away")
    await bob.expect_partner("away")
    await expect(bob.see("partner-state")).to_have_text(
        "Stranger’s connection dropped. Waiting for them…"
    )
    await expect(ann.see("banner")).to_have_text("Connection lost. Coming back…")
    await ann.say("From Ann, unheard")
    await bob.say("From Bob, unheard")

    await cable.mend()
    for person in (ann, bob):
        await person.expect_state("direct", "relayed")
        await person.expect_partner("here")
        await person.expect_to_see_stranger()
    await expect(ann.see("banner")).to_have_count(0)
    await ann.say("After")
    await expect(bob.see("chat-log")).to_contain_text("After")
    await expect(ann.see("chat-log").locator('[data-delivery="sent"]')).to_have_count(4)
    said = await bob.see("chat-log").locator(".bubble").all_inner_texts()
    assert said == ["Before", "From Bob, unheard", "From Ann, unheard", "After"]
    heard = await ann.see("chat-log").locator(".bubble").all_inner_texts()
    assert sorted(heard) == sorted(said)


async def test_a_page_reloaded_while_the_network_is_down_is_back_in_its_conversation(
    arrive: Arrive, cable: Cable
) -> None:
    ann, bob = await arrive(cable.base_url), await arrive()
    ann.bears_with = OUT_OF_REACH
    await meet(ann, bob, "video")
    await ann.expect_to_see_stranger()
    await cable.cut()
    await bob.expect_partner("away")
    await ann.page.goto("about:blank")
    await cable.mend()
    await ann.page.goto(ann.url)
    for person in (ann, bob):
        await person.expect_partner("here")
        await person.expect_to_see_stranger()
        await person.expect_state("direct", "relayed")
    await ann.say("Here I am again")
    await bob.expect_lines(("stranger", "Here I am again"))


async def test_a_stranger_who_does_not_come_back_is_told_once(
    serve: Callable[..., ParleyServer], arrive: Arrive
) -> None:
    server = serve(**SETTINGS, resume_ms=300)
    cable = await Cable(server.port).lay()
    ann, bob = await arrive(cable.base_url), await arrive(server.base_url)
    ann.bears_with = OUT_OF_REACH
    await meet(ann, bob, "text")
    await cable.cut()
    await bob.expect_partner("dropped")
    await expect(bob.see("partner-state")).to_have_count(1)
    await cable.mend()
    await ann.expect_partner("dropped")
    await cable.remove()


async def test_who_is_looking_when_the_server_restarts_goes_on_looking(
    serve: Callable[..., ParleyServer], arrive: Arrive
) -> None:
    server = serve(**SETTINGS, drain_s=1)
    ann, bob, cyd = [await arrive(server.base_url) for _ in range(3)]
    for person in (ann, bob, cyd):
        person.bears_with = OUT_OF_REACH
    await meet(ann, bob, "text")
    await cyd.start("video")
    await cyd.expect_screen("looking")
    assert server.terminate() == 0
    for person in (ann, bob):
        await person.expect_partner("dropped")
    await expect(cyd.see("banner")).to_have_text(
        "The server is restarting. Hold on, you’ll be back in a moment."
    )
    server.start()
    await expect(cyd.see("banner")).to_have_count(0)
    await cyd.expect_screen("looking")
    for person in (ann, bob):
        await expect(person.see("banner")).to_have_count(0)
    await ann.see("stop").click()
    await ann.start("video")
    for person in (ann, cyd):
        await person.expect_to_see_stranger()
