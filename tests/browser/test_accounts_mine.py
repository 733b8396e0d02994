"""What is in one's account: seen, changed, taken along, and deleted, on our own page."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import Arrive
from tests.browser.members import PHONE, expect_guest, sign_in, sign_up, unfold
from tests.browser.person import Person, meet
from tests.support.members import PASSWORD

NEXT = "Another-horse-8"
# A picture twice as wide as it is high, made by the browser itself.
PICTURE = """() => new Promise((resolve) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1600, 800];
  canvas.getContext("2d").fillRect(0, 0, 800, 800);
  canvas.toBlob(async (blob) => resolve([...new Uint8Array(await blob.arrayBuffer())]), "image/png");
})"""
DARK = "rgb(19, 16, 23)"
SIZE = "(image) => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"


async def save(person: Person) -> None:
    form = person.page.get_by_role("form", name="Profile")
    await form.get_by_test_id("submit").click()
    await expect(form.get_by_test_id("done")).to_have_text("Saved.")


async def test_a_profile_is_kept_as_it_was_typed(arrive: Arrive) -> None:
    ann = await arrive(**PHONE)
    await sign_up(ann, "ann-of-profile")
    await unfold(ann, "profile")
    fields = {
        "name": "Ann <b>Bo</b>",
        "customStatus": "Tea",
        "bio": "Two\nlines",
        "location": "Oslo",
        "website": "https://example.org/ann",
    }
    for name, text in fields.items():
        await ann.see(f"field-{name}").fill(text)
    await ann.page.get_by_label("Country").select_option("NO")
    assert await ann.audit() == []
    await save(ann)
    await expect(ann.see("account-dialog").get_by_role("heading")).to_have_text("Ann <b>Bo</b>")

    await ann.page.reload()
    await unfold(ann, "profile")
    for name, text in fields.items():
        await expect(ann.see(f"field-{name}")).to_have_value(text)
    await expect(ann.page.get_by_label("Country")).to_have_value("NO")
    await ann.see("field-bio").fill("x" * 600)
    await expect(ann.see("field-bio")).to_have_value("x" * 500)


async def test_what_the_server_does_not_take_is_said_and_what_was_typed_stays(
    arrive: Arrive,
) -> None:
    ann = await arrive()
    await sign_up(ann, "ann-of-ftp")
    await unfold(ann, "profile")
    await ann.see("field-name").fill("Ann")
    await ann.see("field-website").fill("ftp://example.org")
    ann.bears_with = re.compile("400")
    form = ann.page.get_by_role("form", name="Profile")
    await form.get_by_test_id("submit").click()
    await expect(form.get_by_test_id("wrong")).to_contain_text("http")
    await expect(ann.see("field-name")).to_have_value("Ann")
    assert await ann.audit() == []


async def test_a_picture_is_made_small_and_square_and_can_be_taken_down(
    arrive: Arrive, tmp_path: Path
) -> None:
    ann = await arrive()
    await sign_up(ann, "ann-of-pictures")
    await unfold(ann, "profile")
    face = ann.see("account-dialog").locator(".face")
    await expect(face).to_have_attribute("src", re.compile(r"\.svg"))
    picture, text = tmp_path / "wide.png", tmp_path / "text.png"
    picture.write_bytes(bytes(await ann.page.evaluate(PICTURE)))
    text.write_text("No picture")
    await ann.see("picture-file").set_input_files(text)
    await expect(ann.page.get_by_text("can’t read that as a picture")).to_be_visible()
    await ann.see("picture-file").set_input_files(picture)
    await expect(face).to_have_attribute("src", re.compile(r"\.jpg$"))
    assert await face.evaluate(SIZE) == [512, 512]
    assert await ann.audit() == []
    await ann.see("picture-remove").click()
    await expect(face).to_have_attribute("src", re.compile(r"\.svg"))
    await expect(ann.see("picture-remove")).to_have_count(0)


async def test_who_is_busy_meets_nobody_is_told_so_and_is_back_by_one_press(
    arrive: Arrive,
) -> None:
    ann, bob = await arrive(**PHONE), await arrive()
    await sign_up(ann, "ann-who-is-busy")
    await ann.see("account").click()
    await expect(ann.see("status")).to_have_value("online")
    await ann.see("status").select_option("dnd")
    await expect(ann.see("account-dialog")).to_contain_text("introduced to nobody")
    await ann.see("close").click()
    await ann.start("text")
    await expect(ann.see("unavailable")).to_contain_text("Busy")
    assert await ann.audit() == []
    await bob.start("text")
    await expect(bob.see("waiting")).not_to_be_empty()
    await bob.expect_screen("looking")
    await ann.see("become-available").click()
    for person in (ann, bob):
        await person.expect_partner("here")


async def test_the_colours_that_one_wants_are_there_on_every_device_until_one_signs_out(
    arrive: Arrive,
) -> None:
    ann, elsewhere = await arrive(color_scheme="light"), await arrive(color_scheme="light")
    await sign_up(ann, "ann-of-the-night")
    await ann.see("account").click()
    await ann.see("theme").select_option("dark")
    for person in (ann, elsewhere):
        if person is elsewhere:
            await sign_in(elsewhere, "ann-of-the-night")
        await expect(person.page.locator("html")).to_have_css("background-color", DARK)
        assert await person.audit() == []
    await ann.page.reload()
    await expect(ann.page.locator("html")).to_have_css("background-color", DARK)
    await ann.see("account").click()
    await ann.see("sign-out").click()
    await expect_guest(ann)
    await expect(ann.page.locator("html")).not_to_have_css("background-color", DARK)


async def test_a_new_password_signs_out_all_other_devices_at_once(arrive: Arrive) -> None:
    ann, elsewhere = await arrive(), await arrive()
    await sign_up(ann, "ann-of-two-devices")
    await sign_in(elsewhere, "ann-of-two-devices")
    await unfold(ann, "password")
    await ann.see("field-current").fill("Not-the-password-1")
    await ann.see("field-next").fill(NEXT)
    assert await ann.audit() == []
    ann.bears_with = re.compile("401")
    form = ann.page.get_by_role("form", name="Change password")
    await form.get_by_test_id("submit").click()
    await expect(form.get_by_test_id("wrong")).not_to_be_empty()
    await ann.see("field-current").fill(PASSWORD)
    await form.get_by_test_id("submit").click()
    await expect(form.get_by_test_id("done")).to_have_text("Your password is changed.")
    await expect(ann.see("field-next")).to_have_value("")

    await expect_guest(elsewhere)
    await expect(elsewhere.see("toast")).to_contain_text("The password was changed")
    await sign_in(elsewhere, "ann-of-two-devices", NEXT)


async def test_other_devices_are_listed_and_signed_out_one_by_one(arrive: Arrive) -> None:
    ann, elsewhere = await arrive(**PHONE), await arrive()
    await sign_up(ann, "ann-of-devices")
    await sign_in(elsewhere, "ann-of-devices")
    await unfold(ann, "devices")
    await expect(ann.see("session")).to_have_count(2)
    await expect(ann.see("account-dialog")).to_contain_text("This device")
    await expect(ann.see("account-dialog")).to_contain_text("Chrome on Linux")
    assert await ann.audit() == []
    await ann.see("end-session").click()
    await expect(ann.see("session")).to_have_count(1)
    await expect_guest(elsewhere)
    await ann.see("close").click()
    await expect(ann.see("account")).to_contain_text("ann-of-devices")


async def test_all_that_is_kept_comes_as_one_file(arrive: Arrive) -> None:
    ann = await arrive()
    await sign_up(ann, "ann-of-data")
    await unfold(ann, "data")
    async with ann.page.expect_download() as coming:
        await ann.see("export").click()
    file = await coming.value
    assert file.suggested_filename == "parley-ann-of-data.json"
    found = json.loads(Path(await file.path()).read_text())
    assert found["user"]["email"] == "ann-of-data@example.org"
    assert len(found["sessions"]) == 1


async def test_that_signing_out_ends_the_conversation_is_said_while_there_is_one(
    arrive: Arrive,
) -> None:
    ann, bob = await arrive(), await arrive()
    await sign_up(ann, "ann-who-stays")
    warning = ann.page.get_by_text("ends the conversation")
    await ann.start("text")
    await ann.expect_screen("looking")
    await ann.see("account").click()
    await expect(ann.see("sign-out")).to_be_visible()
    await expect(warning).to_have_count(0)
    await bob.start("text")
    await ann.expect_partner("here")
    await expect(warning).to_be_visible()
    await bob.see("stop").click()
    await ann.expect_partner("left")
    await expect(warning).to_have_count(0)


async def test_an_account_is_deleted_with_its_password_and_the_conversation_is_left(
    arrive: Arrive,
) -> None:
    ann, bob = await arrive(**PHONE), await arrive()
    await sign_up(ann, "ann-who-leaves")
    await meet(ann, bob, "text")
    await unfold(ann, "data")
    await ann.see("leave").click()
    await expect(ann.see("field-current")).to_be_focused()
    assert await ann.audit() == []
    ann.bears_with = re.compile("401")
    await ann.see("field-current").fill("Not-the-password-1")
    await ann.page.keyboard.press("Enter")
    await expect(ann.see("wrong")).not_to_be_empty()
    await expect(ann.see("wrong")).to_be_in_viewport(ratio=1)
    await ann.see("field-current").fill(PASSWORD)
    await ann.page.keyboard.press("Enter")
    await expect_guest(ann)
    await expect(ann.see("account-dialog")).to_contain_text("account is deleted")
    await bob.expect_partner("dropped")
    await expect(ann.see("toast")).to_have_count(0)
    await ann.page.keyboard.press("Escape")
    await ann.see("account").click()
    await ann.see("field-username").fill("ann-who-leaves")
    await ann.see("field-password").fill(PASSWORD)
    await ann.page.keyboard.press("Enter")
    await expect(ann.see("wrong")).not_to_be_empty()
