"""Two people, each with a browser, meet."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Arrive
from tests.browser.person import meet

GAPS = """(log) => [...log.querySelectorAll(".meta")].map((time) =>
  time.getBoundingClientRect().top - time.previousElementSibling.getBoundingClientRect().bottom)"""


async def test_two_meet_in_video_and_see_hear_and_write_to_each_other(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await ann.like("chess", "tea")
    await bob.like("Tea", "chess", "rowing")
    await meet(ann, bob, "video")
    for person in (ann, bob):
        assert min(await person.expect_to_see_stranger()) > 0
        await person.expect_state("direct", "relayed")
        await expect(person.see("shared")).to_have_text("You both like chess and tea")
        kinds = await person.see("remote-video").evaluate(
            "video => video.srcObject.getTracks().map((track) => `${track.kind} ${track.muted}`).sort()"
        )
        assert kinds == ["audio false", "video false"]
        assert await person.see("local-video").evaluate("video => video.srcObject.active")

    await ann.say("Hello")
    await bob.expect_lines(("stranger", "Hello"))
    await bob.see("chat-input").press_sequentially("Hi")
    await expect(ann.see("typing")).to_have_text("Stranger is typing")
    await bob.see("chat-input").press("Enter")
    await ann.expect_lines(("me", "Hello"), ("stranger", "Hi"))
    await bob.expect_lines(("stranger", "Hello"), ("me", "Hi"))
    await expect(ann.see("typing")).to_have_count(0)
    gaps = await ann.see("chat-log").evaluate(GAPS)
    assert len(gaps) == 2
    assert gaps[0] == gaps[1], "the time stands as close to one's own words as to the stranger's"


HOSTILE = [
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "https://example.com/ javascript:alert(3)",
    "[click](https://example.com) &amp; &lt;b&gt;",
    "two\nlines",
    "שלום \u202egnp.exe\u202c 👩‍👩‍👧 ﷽",
]


async def test_what_is_written_arrives_as_text_and_nothing_else(arrive: Arrive) -> None:
    ann, bob = await arrive(), await arrive()
    await meet(ann, bob, "text")
    await ann.expect_state("connected")
    for text in HOSTILE:
        await ann.say(text)
    await bob.expect_lines(*(("stranger", text) for text in HOSTILE))
    for person in (ann, bob):
        log = person.see("chat-log")
        assert (
            await log.locator(".bubble").evaluate_all("all => all.map((one) => one.textContent)")
            == HOSTILE
        )
        await expect(log.locator(".bubble *")).to_have_count(0)
        await expect(log.locator("a, img, script")).to_have_count(0)


async def test_text_is_not_matched_with_video(arrive: Arrive) -> None:
    ann, bob, cyd = await arrive(), await arrive(), await arrive()
    await ann.start("video")
    await ann.expect_screen("looking")
    await meet(bob, cyd, "text")
    await ann.expect_screen("looking")


async def test_the_search_says_whom_it_looks_for_and_what_it_gives_up(arrive: Arrive) -> None:
    ann = await arrive(wishes={"type": "chat", "interests": ["chess"], "country": "IN"})
    await ann.see("start").click()
    looking = ann.see("looking")
    await expect(looking).to_have_text("Looking for someone in India who likes chess…")
    await expect(ann.see("waiting")).to_contain_text("only one waiting")
    await expect(looking).to_have_text("Looking for anyone in India…")
    await expect(looking).to_have_text("Looking for anyone, anywhere…")


async def test_everybody_is_told_how_many_are_here(arrive: Arrive) -> None:
    ann = await arrive()
    await expect(ann.see("count")).to_have_attribute("data-count", "1")
    await arrive()
    await expect(ann.see("count")).to_have_attribute("data-count", "2")
