"""Nobody gets a name that passes for another's, and a password that everybody tries first opens nothing."""

from __future__ import annotations

import unicodedata

import pytest

from parley.accounts import rules
from parley.accounts.errors import WeakPassword
from parley.kernel.errors import BadRequest, TooLarge


@pytest.mark.parametrize(
    "name",
    [
        "bob",
        "john_doe",
        "José Ángel",
        "\u6771\u4eac\u592a\u90ce",
        "\u041c\u0430\u0440\u0438\u044f",
        "o'hara-2.0",
        "a" * 30,
        "e\u0301ric",
        "fire \U0001f525",
    ],
)
def test_a_name_of_one_alphabet_is_shown_as_it_was_typed(name: str) -> None:
    assert rules.check_username(name).shown == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "a" * 31,
        " bob",
        "bob ",
        "bob  smith",
        "bob\x00",
        "bob\n",
        "bob\x7f",
        "bob\u200b",
        "bob\u202egnp",
        "\u2066bob\u2069",
        "bob\ufeff",
        "bob\u00ad",
        "bob\ue000",
        "bob\ud800",
        "\u05d0\u05d1\u05d2",
        "\u0645\u062d\u0645\u062f",
        "bob\u0645",
        "b\u043eb",
        "\u03b1lice",
        "z\u0300\u0301\u0302\u0303algo",
        "\u2003bob",
        "bob\u034f",
        "bob\u115f",
        "bob\u1160",
        "bob\u3164",
        "bob\uffa0",
        "bob\u17b4",
        "bob\u180b",
        "bob\u2800",
        "bob\ufe00",
        "bob\U000e0100",
        "ab\ufe0f",
    ],
)
def test_a_name_that_hides_something_is_refused(name: str) -> None:
    with pytest.raises(BadRequest) as caught:
        rules.check_username(name)
    assert caught.value.details == {"field": "username"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob", "bOB"),
        ("bob", "\uff42\uff4f\uff42"),
        ("Stra\u00dfe", "STRASSE"),
        ("e\u0301ric", "\u00e9ric"),
        ("\u0440\u0430\u0443\u0440\u0430", "paypa"),
        ("\u041d\u041e\u0420\u0410", "hopa"),
        ("kelvin", "\u212aelvin"),
        ("f\ufb01x", "ffix"),
        ("bob\ufe0f", "bob"),
        ("e\ufe0e\u0301ric", "\u00e9ric"),
        ("I \u2764\ufe0f tea", "I \u2764 tea"),
        ("paypa\u01c0", "paypal"),
    ],
)
def test_names_that_are_taken_for_each_other_have_one_key(one: str, other: str) -> None:
    assert rules.check_username(one).key == rules.check_username(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "paypaI"),
        ("paypal", "paypa1"),
        ("paypal", "paypa|"),
        ("paypal", "PAYPA\u2223"),
        ("paypal", "paypa\u06f1"),
        ("maria", "rnaria"),
        ("mMm", "rnrnrn"),
        ("william", "vvilliam"),
        ("vw_", "vvv_"),
        ("wv_", "vvv_"),
        ("oleg", "0leg"),
        ("pool", "p\u0966\u09e6l"),
        ("jill", "j\u0307i\u0307ll"),
        ("Istanbul", "\u0130stanbul"),
        ("m\u00edo", "m\u013ao"),
        ("\u1e3fio", "rn\u0301io"),
        ("jean-luc", "jean\u2010luc"),
        ("jean-luc", "jean\u2212luc"),
        ("o'hara", "o\u2019hara"),
        ("o'hara", "\uff10\u02bchara"),
    ],
)
def test_names_that_look_the_same_have_one_look_and_stay_two_names(one: str, other: str) -> None:
    first, second = rules.check_username(one), rules.check_username(other)
    assert first.look == second.look
    assert first.key != second.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann1", "ann2"),
        ("bob", "b\u00f6b"),
        ("anna", "arna"),
        ("eve", "ewe"),
        ("sam5", "sams"),
        ("bob8", "bobb"),
        ("jean-luc", "jean_luc"),
        ("jean-luc", "jeanluc"),
        ("zo\u0117", "zoe"),
        ("\u0436\u0435\u043d\u044f", "\u0436\u0435\u043d\u0435"),
    ],
)
def test_names_that_are_told_apart_by_eye_look_different(one: str, other: str) -> None:
    assert rules.check_username(one).look != rules.check_username(other).look


@pytest.mark.parametrize(
    "address",
    [
        "john@example.com",
        "John.O'Doe+tag@Example.CO.UK",
        "x@b\u00fccher.example",
        "\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a",
    ],
)
def test_an_address_is_kept_as_typed_and_compared_without_capitals(address: str) -> None:
    found = rules.check_email(address)
    assert found.shown == address
    assert found.key == rules.email_key(address.swapcase())


@pytest.mark.parametrize(
    "address",
    [
        "",
        "john",
        "@example.com",
        "john@",
        "john@localhost",
        "john@example..com",
        "john@-example.com",
        "john@example.com.",
        "jo hn@example.com",
        "john@exam ple.com",
        "john@example.com\r\nBcc: all@example.com",
        "john\x00@example.com",
        "john,jane@example.com",
        "<john@example.com>",
        "a@b@example.com",
        ".john@example.com",
        "john\u200b@example.com",
        "j" * 65 + "@example.com",
        "john@" + "e" * 64 + ".com",
        "john@" + "example." * 40 + "com",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadRequest) as caught:
        rules.check_email(address)
    assert caught.value.details == {"field": "email"}


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("Sh0rt!", "8 characters"),
        ("securepass123!", "an upper-case letter"),
        ("SECUREPASS123!", "a lower-case letter"),
        ("SecurePass!!!", "a digit"),
        ("SecurePass123", "a special character"),
        ("aaaaaaaaa", "an upper-case letter, a digit and a special character"),
    ],
)
def test_a_simple_password_is_told_what_it_lacks(password: str, says: str) -> None:
    with pytest.raises(WeakPassword, match=says):
        rules.check_password(password, "strict")


@pytest.mark.parametrize(
    "password", ["SecurePass123!", "Test123!", "NewPass123!", "\u00c4\u00f67\u20ac" * 2]
)
def test_the_seeds_own_examples_are_strong_enough(password: str) -> None:
    rules.check_password(password, "strict")


def test_the_plain_rule_asks_for_length_and_rarity_alone() -> None:
    rules.check_password("securepassword", "plain")
    with pytest.raises(WeakPassword, match="8 characters"):
        rules.check_password("short", "plain")


@pytest.mark.parametrize(
    "password", ["password", "PASSWORD", "Password123", "12345678", "P@ssw0rd"]
)
def test_a_common_password_is_refused_however_it_is_capitalised(password: str) -> None:
    with pytest.raises(WeakPassword):
        rules.check_password(password, "plain")


def test_a_password_has_a_bound() -> None:
    rules.check_password("aB3!" * 256, "strict")
    with pytest.raises(TooLarge):
        rules.check_password("aB3!" * 256 + "x", "strict")


def test_the_list_of_common_passwords_has_thousands() -> None:
    words = rules.common_passwords()
    assert len(words) > 5000
    assert all(len(word) >= rules.MIN_PASSWORD and word == word.casefold() for word in words)


@pytest.mark.parametrize(
    "address",
    ["", "http://example.org", "https://example.org/~me?x=1#y", "https://b\u00fccher.example/"],
)
def test_a_website_is_an_address_of_the_web(address: str) -> None:
    assert rules.check_website(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "example.org",
        "https://",
        "https://user@example.org",
        "https:///etc/passwd",
        "http://a b",
        "data:text/html,x",
        "https://x\n.org",
        "https://example.org/\u202egnp.exe",
        "https://exam\u200bple.org",
    ],
)
def test_what_is_no_address_of_the_web_is_no_website(address: str) -> None:
    with pytest.raises(BadRequest):
        rules.check_website(address)


def test_texts_are_kept_as_they_are_without_control_characters() -> None:
    assert rules.check_text("<b>'\u202e;--", "name") == "<b>'\u202e;--"
    assert rules.check_text("two\nlines", "bio", lines=True) == "two\nlines"
    for text in ("a\x00b", "a\x1bb", "a\nb", "a\ud800"):
        with pytest.raises(BadRequest):
            rules.check_text(text, "name")


def test_of_what_is_longer_than_any_name_only_the_beginning_is_looked_at() -> None:
    # To put so many accents in order takes a second, in which nobody else would be heard.
    accents = "a" + "\u0315" * 15_000 + "\u0300" * 15_000
    assert len(rules.username_key(accents)) <= rules.MAX_COMPARED
    assert len(rules.email_key(accents)) <= rules.MAX_COMPARED
    with pytest.raises(BadRequest):
        rules.check_username(accents)


def test_the_longest_address_is_compared_whole_however_its_accents_are_spelled() -> None:
    composed = f"{'ế' * 64}@{'é' * 60}.example"
    apart = unicodedata.normalize("NFD", composed)
    assert rules.email_key(apart) == rules.email_key(composed) == composed
