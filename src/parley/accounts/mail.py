"""E-mail: by an SMTP server, or onto the console of whoever develops.

A letter is plain text. What the mail server says is logged by its code; addresses and texts never are.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import sys
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import NamedTuple, Protocol, TextIO
from urllib.parse import unquote, urlsplit

import aiosmtplib

from parley.kernel.clock import Clock
from parley.kernel.ids import Ids
from parley.settings import Settings

TIMEOUT_S = 30.0


class MailFailed(Exception):
    """The letter was not taken; the message says by which step, without addresses."""


class Letter(NamedTuple):
    """One e-mail to one person."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Sends letters."""

    async def send(self, letter: Letter) -> None:
        """Hand it over. Raises MailFailed."""


class SmtpServer(NamedTuple):
    """What SMTP_URL says. `start_tls` None: encrypted when the server offers it."""

    host: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None


def smtp_server(url: str) -> SmtpServer:
    """The server of `smtp://[user:password@]host[:port]`, or `smtps://…` for TLS from the first byte.

    A password is sent over TLS alone, so with one STARTTLS is a must, except to this machine itself, whose
    mail server often has no certificate that anybody would believe.
    """
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    use_tls = parts.scheme == "smtps"
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    start_tls: bool | None = True if username else None
    if use_tls or _is_this_machine(host):
        start_tls = False
    port = parts.port or (465 if use_tls else 587 if username else 25)
    return SmtpServer(host, port, username, password, use_tls, start_tls)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpMailer:
    """Sends by one SMTP server, each letter over a connection of its own."""

    def __init__(self, server: SmtpServer, sender: str, clock: Clock, ids: Ids) -> None:
        self._server = server
        self._sender = sender
        self._clock = clock
        self._ids = ids
        self._tls = (
            None
            if server.start_tls is False and not server.use_tls
            else ssl.create_default_context()
        )

    async def send(self, letter: Letter) -> None:
        server = self._server
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await aiosmtplib.send(
                    self._message(letter),
                    hostname=server.host,
                    port=server.port,
                    username=server.username,
                    password=server.password,
                    use_tls=server.use_tls,
                    start_tls=server.start_tls,
                    tls_context=self._tls,
                    timeout=TIMEOUT_S,
                )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            code = getattr(error, "code", None)
            raise MailFailed(type(error).__name__ + (f" {code}" if code else "")) from error

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = formatdate(self._clock.wall() / 1000, usegmt=True)
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{self._ids.long()}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message


class ConsoleMailer:
    """Prints letters, for whoever develops without a mail server."""

    def __init__(self, console: TextIO | None = None) -> None:
        self._console = console

    async def send(self, letter: Letter) -> None:
        console = self._console or sys.stderr
        text = f"\n--- mail to {letter.to}: {letter.subject}\n{letter.text}--- end of the mail\n"
        console.write(text)
        console.flush()


def mailer(settings: Settings, clock: Clock, ids: Ids) -> Mailer | None:
    """What the settings ask for: SMTP, else the console; in production nothing, for links in logs open accounts."""
    if settings.smtp_url is not None:
        return SmtpMailer(smtp_server(settings.smtp_url), sender(settings), clock, ids)
    return None if settings.production else ConsoleMailer()


def sender(settings: Settings) -> str:
    """Who letters are from: MAIL_FROM, else nobody at the host of PUBLIC_URL."""
    host = urlsplit(settings.public_url or "").hostname or "localhost"
    return settings.mail_from or f"Parley <no-reply@{host}>"
