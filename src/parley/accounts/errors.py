"""What can go wrong with an account, each with its stable code."""

from __future__ import annotations

from parley.kernel.errors import BadRequest, Conflict, Forbidden, Unauthorized


class InvalidCredentials(Unauthorized):
    """No such account, or not its password: nobody is told which."""

    code = "invalid_credentials"
    text = "The account or the password is wrong."


class AccountDisabled(Forbidden):
    """The right password of an account that an operator has closed."""

    code = "account_disabled"
    text = "This account has been disabled."


class Taken(Conflict):
    """The username or the e-mail address belongs to somebody; `field` says which."""

    code = "taken"
    text = "That is taken."


class WeakPassword(BadRequest):
    """The password is too short, too simple or too common; the message says what is missing."""

    code = "weak_password"
    text = "That password is too easy to guess."


class CsrfRefused(Forbidden):
    """A cookie came without the proof that our own page has sent it."""

    code = "csrf"
    text = "This request did not prove that it comes from our own page."
