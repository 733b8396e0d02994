"""Without a camera, or without leave to use it, one still sees, hears and writes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Arrive
from tests.browser.person import Person, meet
from tests.support.chromium import launched


@pytest.fixture(scope="module")
async def refusing() -> AsyncIterator[Browser]:
    """A browser whose user says no to every question."""
    async with launched("--use-fake-ui-for-media-stream=deny") as browser:
        yield browser


@pytest.fixture(scope="module")
async def without_camera() -> AsyncIterator[Browser]:
    """A browser on a machine with microphones and no camera."""
    async with launched("--use-fake-device-for-media-stream=device-count=0") as browser:
        yield browser


async def expect_one_way(seen: Person, blind: Person) -> None:
    """One is seen, the other is not; both write."""
    for person in (seen, blind):
        await person.expect_partner("here")
    await blind.expect_to_see_stranger()
    for person in (seen, blind):
        await person.expect_state("direct", "relayed")
    await expect(seen.page.get_by_text("Stranger’s camera is off")).to_be_visible()
    await blind.say("I see you")
    await seen.expect_lines(("stranger", "I see you"))
    await seen.say("I read you")
    await blind.expect_lines(("me", "I see you"), ("stranger", "I read you"))


async def test_who_refuses_the_camera_is_told_and_still_sees_and_writes(
    arrive: Arrive, refusing: Browser
) -> None:
    ann, bob = await arrive(), await arrive(within=refusing)
    await bob.see("camera-on").click()
    await expect(bob.see("media-problem")).to_contain_text(
        "The browser doesn’t let this page use your camera and microphone."
    )
    await meet(ann, bob, "video")
    await expect_one_way(ann, bob)
    await expect(bob.see("media-problem")).to_contain_text("You can allow it in the address bar.")
    assert await bob.audit() == []


async def test_who_has_no_camera_is_told_and_is_heard(
    arrive: Arrive, without_camera: Browser
) -> None:
    ann, bob = await arrive(), await arrive(within=without_camera)
    await meet(bob, ann, "video")
    await expect_one_way(ann, bob)
    await expect(bob.see("media-problem")).to_contain_text("No camera found.")
    await expect(bob.see("mute")).to_have_attribute("data-on", "true")


# Counts the questions about camera and microphone, and leaves those open that are asked while `unanswered` is set.
ASKED = """() => {
  window.asked = 0;
  const devices = navigator.mediaDevices;
  const ask = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (wish) => {
    window.asked += 1;
    return sessionStorage.unanswered ? new Promise(() => {}) : ask(wish);
  };
}"""


async def test_nobody_is_asked_for_a_camera_before_they_do_something(arrive: Arrive) -> None:
    ann = await arrive()
    await ann.page.add_init_script(f"({ASKED})()")
    await ann.page.reload()
    await expect(ann.see("mode-video")).to_be_checked()
    await expect(ann.see("count")).to_have_attribute("data-count", "1")
    assert await ann.page.evaluate("window.asked") == 0
    await ann.see("start").click()
    await ann.expect_screen("looking")
    assert await ann.page.evaluate("window.asked") == 1


async def test_who_leaves_the_browsers_question_open_can_start_without_a_camera(
    arrive: Arrive,
) -> None:
    ann, bob = await arrive(), await arrive()
    await ann.page.add_init_script(f"sessionStorage.unanswered = 'yes'; ({ASKED})()")
    await ann.page.reload()
    await ann.see("start").click()
    await expect(ann.see("start")).to_be_disabled()
    assert await ann.audit() == []
    await ann.see("start-now").click()
    await ann.expect_screen("looking")
    await bob.start("video")
    for person in (ann, bob):
        await person.expect_partner("here")
    await ann.expect_to_see_stranger()


async def test_two_without_cameras_can_write(arrive: Arrive, refusing: Browser) -> None:
    ann, bob = await arrive(within=refusing), await arrive(within=refusing)
    await meet(ann, bob, "video")
    for person in (ann, bob):
        await person.expect_state("direct", "relayed", "connected")
    await ann.say("Anybody there?")
    await bob.expect_lines(("stranger", "Anybody there?"))


async def test_a_camera_turned_off_and_on_again_is_seen_to_be(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "video")
    await bob.expect_to_see_stranger()
    await ann.see("camera").click()
    off = bob.page.get_by_text("Stranger’s camera is off")
    await expect(off).to_be_visible()
    await expect(ann.see("local-video")).to_have_count(0)
    await ann.see("camera").click()
    await expect(off).to_have_count(0)
    await bob.expect_to_see_stranger()


async def test_text_only_lets_go_of_camera_and_microphone(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "video")
    await bob.expect_to_see_stranger()
    await ann.see("text-only").click()
    await expect(ann.see("remote-video")).to_have_count(0)
    await expect(bob.page.get_by_text("Stranger’s camera is off")).to_be_visible()
    await ann.say("Words will do")
    await bob.expect_lines(("stranger", "Words will do"))
    await ann.see("text-only").click()
    for person in (ann, bob):
        await person.expect_to_see_stranger()


async def test_muting_is_shown_and_silences_the_microphone(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "video")
    await expect(ann.see("mute")).to_have_attribute("data-on", "true")
    await ann.see("mute").click()
    await expect(ann.see("mute")).to_have_attribute("data-on", "false")
    await expect(ann.see("mute")).to_have_accessible_name("Unmute")
