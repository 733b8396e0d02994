"""What a username, an e-mail address and a password may be. Pure: nothing is looked up.

A *key* is what is compared, so that two who would be taken for each other cannot both exist; what was typed
is kept beside it. A *look* is what a username looks like: nobody gets one that somebody has, but it is nobody's name.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from parley.accounts.errors import WeakPassword
from parley.accounts.lookalikes import LOOKALIKES, LOOKS, UNSEEN, script
from parley.accounts.schemas import Rule
from parley.kernel.errors import BadRequest, TooLarge

MIN_USERNAME, MAX_USERNAME = 3, 30
MIN_PASSWORD, MAX_PASSWORD = 8, 1024
MAX_EMAIL = 254
MAX_COMPARED = 1024
"""Characters that are looked at of what somebody types in place of a name: nobody's is longer, however it is
spelled, and putting accents in order costs by the square of their number."""
MAX_MARKS = 2
"""Accents on one letter; more of them climb over the lines above."""

_COMMON = Path(__file__).parent / "common_passwords.txt"
_DRAWN = dict.fromkeys(range(0xFE0E, 0xFE10))  # as text, or as an emoji
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\\\]]{1,64}")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")


class Username(NamedTuple):
    """As it is shown, as it is compared, and as it looks."""

    shown: str
    key: str
    look: str


class Email(NamedTuple):
    """As it is shown, and as it is compared."""

    shown: str
    key: str


def check_username(text: str) -> Username:
    """3 to 30 visible characters of one script, left to right. Raises BadRequest with `field`.

    What Unicode calls compatible (NFKC) is one spelling; capitals, and letters of other alphabets that look like
    Latin ones, make no difference to who it is.
    """
    shown = _one_spelling(text)
    if not MIN_USERNAME <= len(shown) <= MAX_USERNAME:
        raise _username(f"has {MIN_USERNAME} to {MAX_USERNAME} characters")
    if shown != shown.strip() or "  " in shown:
        raise _username("has no space before, after, or beside another")
    marks = 0
    scripts = set()
    for character in shown:
        category = unicodedata.category(character)
        if (category[0] in "CZ" and character != " ") or character in UNSEEN:
            raise _username("has visible characters only")
        if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
            raise _username("is written from left to right")
        marks = marks + 1 if category[0] == "M" else 0
        if marks > MAX_MARKS:
            raise _username("has no more than two accents on a letter")
        if category[0] == "L" and (of := script(character)):
            scripts.add(of)
    if len(scripts) > 1:
        raise _username("does not mix alphabets that look alike")
    key = username_key(shown)
    return Username(shown, key, username_look(key))


def username_key(text: str) -> str:
    """What a username is compared by; also of one that was never allowed, for looking up."""
    folded = unicodedata.normalize("NFKC", _one_spelling(text).casefold())
    return folded.translate(LOOKALIKES)


def username_look(key: str) -> str:
    """What the username of that key looks like: two of one look are not told apart by eye.

    This is the skeleton of UTS 39, 4, with a small table of our own. Revision 0003 of the database has made it of all keys
    there were, so that another table needs another revision.
    """
    letters = (
        "o" if unicodedata.decimal(letter, None) == 0 else letter
        for letter in unicodedata.normalize("NFD", key)
    )
    look = "".join(letters).translate(LOOKS)
    # An i and a j have that dot already, as has an l that stands for an i.
    return look.replace("l\u0307", "l").replace("j\u0307", "j")


def _one_spelling(text: str) -> str:
    """Of what is compatible, and of a sign that may be drawn in colours or without."""
    return unicodedata.normalize("NFKC", text[:MAX_COMPARED].translate(_DRAWN))


def check_email(text: str) -> Email:
    """`local@domain.tld`, at most 254 characters. Raises BadRequest with `field`. Whether it exists, only a mail can tell."""
    local, at, domain = text.rpartition("@")
    labels = domain.split(".")
    plain = not any(unicodedata.category(character)[0] in "CZ" for character in text)
    fits = (
        plain
        and at
        and len(text) <= MAX_EMAIL
        and _LOCAL.fullmatch(local)
        and not (local.startswith(".") or local.endswith(".") or ".." in local)
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
    )
    if not fits:
        raise BadRequest("That is not an e-mail address.", field="email")
    return Email(text, email_key(text))


def email_key(text: str) -> str:
    """What an address is compared by: no mail system in use tells capitals apart."""
    return unicodedata.normalize("NFC", text[:MAX_COMPARED]).casefold()


def check_password(password: str, rule: Rule) -> None:
    """Raises WeakPassword, saying all that is missing; TooLarge beyond 1,024 characters."""
    check_length(password)
    missing = []
    if len(password) < MIN_PASSWORD:
        missing.append(f"{MIN_PASSWORD} characters")
    if rule == "strict":
        if not any(character.isupper() for character in password):
            missing.append("an upper-case letter")
        if not any(character.islower() for character in password):
            missing.append("a lower-case letter")
        if not any(character.isdigit() for character in password):
            missing.append("a digit")
        if all(character.isalnum() or character.isspace() for character in password):
            missing.append("a special character")
    if missing:
        raise WeakPassword(f"The password needs {_listed(missing)}.", field="password")
    if password.casefold() in common_passwords():
        raise WeakPassword(
            "That password is one of the most common ones; take another.", field="password"
        )


def check_length(password: str) -> None:
    """Raises TooLarge beyond 1,024 characters: nobody types them, and hashing them costs."""
    if len(password) > MAX_PASSWORD:
        raise TooLarge(f"A password has at most {MAX_PASSWORD} characters.", field="password")


@cache
def common_passwords() -> frozenset[str]:
    """The passwords that everybody tries first, in lower case."""
    lines = _COMMON.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def check_text(text: str, field: str, *, lines: bool = False) -> str:
    """A text that is shown: no control characters, except new lines where there may be some. Raises BadRequest."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and not (lines and character in "\n\t"):
            raise BadRequest("Control characters are not allowed here.", field=field)
    return text


def check_website(text: str) -> str:
    """Nothing, or an http or https address, which shows as what it is. Raises BadRequest."""
    unseen = any(unicodedata.category(character) == "Cf" for character in text)
    address = r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?"
    if text and (unseen or not re.fullmatch(address, check_text(text, "website"))):
        raise BadRequest("A website begins with http:// or https://.", field="website")
    return text


def _username(rule: str) -> BadRequest:
    return BadRequest(f"A username {rule}.", field="username")


def _listed(parts: list[str]) -> str:
    *some, last = parts
    return f"{', '.join(some)} and {last}" if some else last
