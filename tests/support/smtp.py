"""A real mail server (aiosmtpd) on a free port, in a thread of the test's process."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import queue
import ssl
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

WAIT_S = 30.0
NOT_LOOPBACK = "0.0.0.0"
"""This machine, by an address that does not say so: passwords go there over TLS alone."""


class Mail(NamedTuple):
    """What has arrived, and how."""

    message: EmailMessage
    recipients: list[str]
    encrypted: bool
    authenticated: bool

    @property
    def text(self) -> str:
        """The letter's body."""
        return str(self.message.get_content()).replace("\r\n", "\n")


class Certificate(NamedTuple):
    """A certificate for NOT_LOOPBACK that nobody has signed but itself, and its key: files in PEM."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> Self:
        """A new one, good until 2099."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail server of a test")])
        address = x509.IPAddress(ipaddress.ip_address(NOT_LOOPBACK))
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
            .not_valid_after(dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        files = cls(folder / "certificate.pem", folder / "key.pem")
        files.certificate.write_bytes(made.public_bytes(pem))
        files.key.write_bytes(key.private_bytes(pem, *plain))
        return files

    def context(self) -> ssl.SSLContext:
        """What a server needs to show it."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.certificate, self.key)
        return made


class _Conversation(SMTP):
    """One client's connection, which is among `open_ones` until it is closed."""

    def __init__(self, open_ones: set[_Conversation], *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._open_ones = open_ones
        self._lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open_ones.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._open_ones.discard(self)
        self._lost.set()

    async def abort(self) -> None:
        """Hang up; over once it is closed."""
        transport: Any = self.transport
        if transport is not None:
            transport.abort()
        await self._lost.wait()


class MailServer:
    """Takes letters. Use as a context manager; `next` waits for a letter.

    `refuse` is what it answers instead of taking one; `hang` lets it answer nothing until it closes. With a
    `login` it takes letters from whoever knows it alone; with a `certificate` it offers STARTTLS, or speaks TLS
    from the first byte (`implicit`).
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        login: tuple[str, str] | None = None,
        certificate: Certificate | None = None,
        implicit: bool = False,
    ) -> None:
        self.refuse: str | None = None
        self.hang = False
        self.asked = 0
        """Letters that somebody has begun to hand over."""
        self.logins: list[tuple[bytes, bytes]] = []
        """Every name and password that it was told."""
        self.arrived: queue.Queue[Mail] = queue.Queue()
        self.port = 0
        self._host = host
        self._login = login
        self._tls = certificate.context() if certificate is not None else None
        self._implicit = implicit
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._open_ones: set[_Conversation] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """For SMTP_URL."""
        login = f"{':'.join(self._login)}@" if self._login else ""
        return f"smtp{'s' if self._implicit else ''}://{login}{self._host}:{self.port}"

    def next(self) -> Mail:
        """The next letter."""
        return self.arrived.get(timeout=WAIT_S)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody and listen no more."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(WAIT_S)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(WAIT_S)
            self._loop.close()

    async def _open(self) -> None:
        self._closing = asyncio.Event()
        self._server = await self._loop.create_server(
            self._conversation, self._host, 0, ssl=self._tls if self._implicit else None
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        assert self._server is not None
        self._closing.set()
        # Whoever was accepted a moment ago is not among the open ones yet; asyncio forgets them if the server closes now.
        for listener in self._server.sockets:
            self._loop.remove_reader(listener.fileno())
        for _ in range(5):
            await asyncio.sleep(0)
        self._server.close()
        while self._open_ones:
            for one in tuple(self._open_ones):
                await one.abort()

    def _conversation(self) -> _Conversation:
        return _Conversation(
            self._open_ones,
            self,
            hostname="mail.test",
            loop=self._loop,
            tls_context=None if self._implicit else self._tls,
            auth_require_tls=self._tls is not None and not self._implicit,
            authenticator=self._authenticate,
        )

    # --- what aiosmtpd asks for --------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802 - its name
        self, _: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked += 1
        if self._login is not None and not session.authenticated:
            return "530 Who are you?"
        if self.hang:
            await self._closing.wait()
        if self.refuse is not None:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - its name
        self, _: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        parsed: Any = message_from_bytes(envelope.content, policy=policy.default)
        encrypted = self._implicit or session.ssl is not None
        known = bool(session.authenticated)
        self.arrived.put(Mail(parsed, list(map(str, envelope.rcpt_tos)), encrypted, known))
        return "250 OK"

    def _authenticate(
        self, _: SMTP, __: Session, ___: Envelope, ____: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        known = self._login is not None and data == LoginPassword(
            self._login[0].encode(), self._login[1].encode()
        )
        return AuthResult(success=known, handled=False)
