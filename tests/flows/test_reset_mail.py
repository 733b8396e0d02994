"""A forgotten password, by a real mail server and a real Parley: what arrives, and what is told when nothing does."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.support.callers import BEHIND_PROXY, PASSWORD, Caller, failed
from tests.support.postgres import database_settings
from tests.support.server import ParleyServer
from tests.support.smtp import NOT_LOOPBACK, Certificate, Mail, MailServer

OWN = "https://parley.example"
NEW = "AnotherPass456?"
LINK = re.compile(rf"^{OWN}/#reset=([\w-]{{43}})$", re.MULTILINE)
Serve = Callable[..., ParleyServer]


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def parley(
    request: pytest.FixtureRequest, serve: Serve, mail: MailServer
) -> Iterator[ParleyServer]:
    """A server that sends its letters by `mail`; with `on_each_database`, one on each."""
    with database_settings(request, getattr(request, "param", "sqlite")) as database:
        server = serve(smtp_url=mail.url, public_url=OWN, **BEHIND_PROXY, **database)
        yield server
        server.stop()  # before its database goes


on_each_database = pytest.mark.parametrize("parley", ["sqlite", "postgresql"], indirect=True)


def forget(caller: Caller, email: str | None = None, **headers: str) -> httpx.Response:
    body = {"email": email or f"{caller.name}@example.com"}
    return caller.post("/api/auth/password/forgot", body, headers=headers)


def choose(caller: Caller, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "newPassword": password, "confirmPassword": password}
    return caller.post("/api/auth/password/reset", body)


def secret(mail: Mail) -> str:
    (found,) = LINK.findall(mail.text)
    return str(found)


def told(answer: httpx.Response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All that somebody can see of an answer, but what differs from one to the next anyway."""
    own = {"date", "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}
    headers = [(name, value) for name, value in answer.headers.items() if name not in own]
    return answer.status_code, answer.content, sorted(headers)


@on_each_database
def test_a_letter_brings_a_link_of_the_public_address_that_gives_a_new_password_once(
    parley: ParleyServer, mail: MailServer
) -> None:
    with Caller(parley) as one, Caller(parley) as phone:
        one.register()
        phone.login(username=one.name)
        evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        assert forget(one, **evil).status_code == 200
        letter = mail.next()
        assert letter.recipients == [f"{one.name}@example.com"]
        assert letter.message["To"] == f"{one.name}@example.com"
        assert letter.message["From"] == "Parley <no-reply@parley.example>"
        assert letter.message["Auto-Submitted"] == "auto-generated"
        assert letter.message["Message-ID"].endswith("@parley.example>")
        assert parsedate_to_datetime(letter.message["Date"]).tzinfo is not None
        assert one.name in letter.text
        assert "evil" not in letter.message.as_string()

        # Whoever has the mail has the account back, and nobody else is in it any more.
        failed(choose(phone, secret(letter), "password"), 400, "weak_password")
        assert choose(phone, secret(letter)).json() == {
            "success": True,
            "message": "Password changed",
        }
        failed(one.get("/api/auth/me"), 401, "invalid_token")
        failed(phone.get("/api/auth/me"), 401, "invalid_token")
        one.token = None
        failed(one.refresh(), 401, "invalid_token")
        failed(one.login(password=PASSWORD), 401, "invalid_credentials")
        assert one.login(password=NEW).status_code == 200
        failed(choose(phone, secret(letter), PASSWORD), 400, "invalid_reset")
    assert secret(letter) not in parley.log
    assert "example.com" not in parley.log


def test_the_next_letters_link_replaces_the_one_before(
    parley: ParleyServer, mail: MailServer
) -> None:
    with Caller(parley) as one:
        one.register()
        forget(one)
        first = secret(mail.next())
        forget(one)
        second = secret(mail.next())
        # The link before is void once the server knows that the letter is out; asking again waits for that.
        parley.terminate()
        parley.start()
        with Caller(parley) as again:
            failed(choose(again, first), 400, "invalid_reset")
            assert choose(again, second).status_code == 200


@on_each_database
def test_the_answer_is_the_same_whoever_is_asked_for_and_whatever_becomes_of_the_letter(
    parley: ParleyServer, mail: MailServer
) -> None:
    with Caller(parley) as one:
        one.register()
        one.token = None
        known = told(forget(one))
        assert known[0] == 200
        mail.next()
        assert told(forget(one, "nobody@example.com")) == known
        assert told(forget(one, "no address at all")) == known
        mail.refuse = "550 No such mailbox"
        assert told(forget(one)) == known
        mail.refuse = "421 Too busy"
        assert told(forget(one)) == known
        mail.refuse, mail.hang = None, True
        assert told(forget(one)) == known  # at once, though the mail server says nothing
        mail.close()
        assert told(forget(one)) == known  # nobody listens there any more
    parley.terminate()
    assert parley.log.count("reset_not_sent") == 4
    assert parley.log.count("reset_sent") == 1
    assert mail.arrived.empty()


def test_a_letter_that_was_refused_leaves_the_link_before_it_good(
    parley: ParleyServer, mail: MailServer
) -> None:
    with Caller(parley) as one:
        one.register()
        forget(one)
        first = secret(mail.next())
        mail.refuse = "451 Later"
        forget(one)
        parley.terminate()
        parley.start()
        with Caller(parley) as again:
            assert choose(again, first).status_code == 200


def test_a_letter_on_its_way_is_sent_before_the_server_stops(
    parley: ParleyServer, mail: MailServer
) -> None:
    with Caller(parley) as one:
        one.register()
        forget(one)
    assert parley.terminate() == 0
    parley.start()
    with Caller(parley) as again:
        assert choose(again, secret(mail.next())).status_code == 200


def test_too_many_letters_are_refused_alike_for_who_is_there_and_who_is_not(
    parley: ParleyServer, mail: MailServer
) -> None:
    with Caller(parley) as one:
        one.register()
        answers = []
        for email in (f"{one.name}@example.com", "nobody@example.com"):
            for _ in range(5):
                assert forget(one, email).status_code == 200
            failed(answer := forget(one, email.upper()), 429, "rate_limited")
            answers.append({**answer.json(), "retryAfterMs": 0})
        assert answers[0] == answers[1]
        for _ in range(5):
            mail.next()


def test_no_letter_goes_where_nobody_lives(serve: Serve, mail: MailServer) -> None:
    server = serve(smtp_url=mail.url, public_url=OWN)
    with Caller(server) as one:
        for email in (
            "a" * 254,
            "'--@x.y",
            "a@b.c\r\nBcc: eve@evil.example",
            "a@b.c, eve@evil.example",
        ):
            assert forget(one, email).status_code == 200
        failed(forget(one, "bob@example.com\x00"), 400, "bad_request")
        failed(forget(one, "a" * 255), 400, "bad_request")
    server.terminate()
    assert mail.asked == 0


# --- how it is handed over ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.make(tmp_path_factory.mktemp("certificate"))


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "smtps"])
def test_a_name_and_a_password_are_told_over_tls(
    serve: Serve, certificate: Certificate, implicit: bool
) -> None:
    login = ("parley", "a-password")
    with MailServer(
        host=NOT_LOOPBACK, login=login, certificate=certificate, implicit=implicit
    ) as mail:
        trusted = certificate.certificate
        server = serve(
            smtp_url=mail.url,
            public_url=OWN,
            mail_from="The lobby <lobby@parley.example>",
            ssl_cert_file=trusted,
        )
        with Caller(server) as one:
            one.register()
            forget(one)
            letter = mail.next()
        assert (letter.encrypted, letter.authenticated) == (True, True)
        assert letter.message["From"] == "The lobby <lobby@parley.example>"
        assert mail.logins == [(b"parley", b"a-password")]


def test_a_password_is_never_told_without_tls_nor_to_a_server_that_cannot_prove_its_name(
    serve: Serve, certificate: Certificate
) -> None:
    login = ("parley", "a-password")
    for shown in (None, certificate):
        with MailServer(host=NOT_LOOPBACK, login=login, certificate=shown) as mail:
            server = serve(smtp_url=mail.url, public_url=OWN)
            with Caller(server) as one:
                one.register()
                assert forget(one).status_code == 200
            server.terminate()
            assert (mail.asked, mail.logins) == (0, [])
            assert server.log.count("reset_not_sent") == 1
            assert "a-password" not in server.log


def test_a_wrong_password_for_the_mail_server_is_logged_without_it(
    serve: Serve, certificate: Certificate
) -> None:
    with MailServer(
        host=NOT_LOOPBACK, login=("parley", "right-one"), certificate=certificate
    ) as mail:
        wrong = mail.url.replace("right-one", "wrong-one")
        server = serve(smtp_url=wrong, public_url=OWN, ssl_cert_file=certificate.certificate)
        with Caller(server) as one:
            one.register()
            assert forget(one).status_code == 200
        server.terminate()
    assert "SMTPAuthenticationError 535" in server.log
    assert "wrong-one" not in server.log


# --- without a mail server ---------------------------------------------------------------------------


def test_without_a_mail_server_development_prints_the_letter_on_the_console(serve: Serve) -> None:
    server = serve(parley_env="development", public_url=OWN)
    with Caller(server) as one:
        one.register()
        assert forget(one).status_code == 200
        assert one.get("/api/auth/providers").json()["passwordReset"] is True
    server.terminate()
    assert f"--- mail to {one.name}@example.com" in server.log
    (token,) = LINK.findall(server.log)
    server.start()
    with Caller(server) as again:
        assert choose(again, token).status_code == 200


def test_without_a_mail_server_production_says_so_to_everybody_alike(serve: Serve) -> None:
    server = serve(
        parley_env="production", public_url=OWN, secret_key="q7Vd0zJt2nKx9LwPb4Rm8YcS1fGh6TuE"
    )
    with Caller(server) as one:
        one.register()
        for email in (f"{one.name}@example.com", "nobody@example.com"):
            failed(forget(one, email), 501, "mail_unavailable")
        assert one.get("/api/auth/providers").json()["passwordReset"] is False


def test_a_mail_server_that_never_was_costs_the_letter_alone(serve: Serve) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        server = serve(smtp_url=f"smtp://127.0.0.1:{taken.getsockname()[1]}", public_url=OWN)
        with Caller(server) as one:
            one.register()
            assert forget(one).status_code == 200
            assert one.get("/api/auth/me").status_code == 200
        server.terminate()
    assert server.log.count("reset_not_sent") == 1
