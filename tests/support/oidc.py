"""A real OpenID Connect provider on a free port, in threads of the test's process.

It is as strict as it should be: the redirect must be the one that it knows, to the letter, the code is good once, for
the client that proves itself and knows the PKCE verifier. How it is to misbehave, a test says by its attributes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

CLIENT, SECRET = "parley-test", "a-secret-of-this-client"


def encoded(data: bytes) -> bytes:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


class Asked(NamedTuple):
    """A request."""

    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Mapping[str, str]


class Answered(NamedTuple):
    """What is answered: JSON, or bytes as they are, or a redirect."""

    status: int
    body: Any = None
    location: str | None = None


class Grant(NamedTuple):
    """What belongs to a code."""

    redirect_uri: str
    challenge: str
    nonce: str | None


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # its end waits for them, so that nothing outlives a test


class AuthorizationServer:
    """The OAuth 2.0 half (RFC 6749, RFC 7636). Use as a context manager.

    `answers` replaces what a path answers; `denies` lets people say no; `hangs` lets paths answer nothing until it closes.
    """

    authorize_path, token_path = "/authorize", "/token"

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self._grants: dict[str, Grant] = {}
        self._bearers: set[str] = set()
        self._closing = threading.Event()
        self.behave()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def behave(self) -> None:
        """Be as it should be, and forget what was asked."""
        self.denies = False
        self.answers: dict[str, Answered] = {}
        self.hangs: set[str] = set()
        self.asked: list[Asked] = []
        """Every request, in order."""

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @contextmanager
    def answering(self, path: str, status: int, body: Any = None) -> Iterator[None]:
        """For a while that path answers so."""
        self.answers[path] = Answered(status, body)
        yield
        del self.answers[path]

    def count(self, path: str) -> int:
        """How often that path was asked for."""
        return sum(one.path == path for one in self.asked)

    def answer(self, asked: Asked) -> Answered:
        """What a request is answered."""
        if asked.path == self.authorize_path:
            return self._authorize(asked.query)
        if asked.path == self.token_path:
            return self._token(asked)
        return Answered(404, {"error": "not_found"})

    def _authorize(self, query: dict[str, str]) -> Answered:
        known = query.get("client_id") == CLIENT and query.get("redirect_uri") == self.redirect_uri
        if not known:  # RFC 6749, 4.1.2.1: such a browser is sent nowhere
            return Answered(400, {"error": "invalid_request"})
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert len(query["state"]) >= 22  # 128 bits
        if self.denies:
            told = {"error": "access_denied", "state": query["state"]}
        else:
            code = secrets.token_urlsafe(16)
            nonce = query.get("nonce")
            self._grants[code] = Grant(query["redirect_uri"], query["code_challenge"], nonce)
            told = {"code": code, "state": query["state"]}
        return Answered(302, location=f"{self.redirect_uri}?{urlencode(told | self.told_more())}")

    def told_more(self) -> dict[str, str]:
        """What else the browser brings back."""
        return {}

    def _token(self, asked: Asked) -> Answered:
        if not self.proves(asked):
            return self.refusal("invalid_client", 401)
        grant = self._grants.pop(asked.form.get("code", ""), None)
        hashed = hashlib.sha256(asked.form.get("code_verifier", "").encode()).digest()
        challenge = encoded(hashed).decode()
        right = (
            grant is not None
            and asked.form.get("grant_type") == "authorization_code"
            and asked.form.get("redirect_uri") == grant.redirect_uri
            and challenge == grant.challenge
        )
        if not right or grant is None:
            return self.refusal("invalid_grant", 400)
        access = secrets.token_urlsafe(16)
        self._bearers.add(access)
        body = {"access_token": access, "token_type": "Bearer", **self.granted(grant, access)}
        return Answered(200, body)

    def proves(self, asked: Asked) -> bool:
        """Whether the client has proved itself."""
        return (asked.form.get("client_id"), asked.form.get("client_secret")) == (CLIENT, SECRET)

    def refusal(self, error: str, status: int) -> Answered:
        """How a token is refused."""
        return Answered(status, {"error": error})

    def granted(self, grant: Grant, access: str) -> dict[str, Any]:
        """What comes with an access token."""
        return {}

    def bears(self, asked: Asked) -> bool:
        """Whether that request has an access token of ours."""
        return asked.headers.get("authorization", "").removeprefix("Bearer ") in self._bearers

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                size = int(self.headers.get("content-length", 0))
                asked = Asked(
                    parts.path,
                    dict(parse_qsl(parts.query)),
                    dict(parse_qsl(self.rfile.read(size).decode())),
                    {name.lower(): value for name, value in self.headers.items()},
                )
                outer.asked.append(asked)
                if asked.path in outer.hangs:
                    outer._closing.wait()
                answered = outer.answers.get(asked.path) or outer.answer(asked)
                with suppress(ConnectionError):  # whoever asked may have gone
                    self._send(answered)

            def _send(self, answered: Answered) -> None:
                self.send_response(answered.status)
                if answered.location is not None:
                    self.send_header("Location", answered.location)
                body = answered.body
                if not isinstance(body, bytes):
                    body = json.dumps(body).encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - its name

            def log_message(self, format: str, *_: Any) -> None:
                """Says nothing."""

        return Handler


class OidcServer(AuthorizationServer):
    """The OpenID Connect half. `person` is who signs in; `claims` replaces claims of the ID token (None takes one away).

    `sign` makes the ID token of its claims; `says_issuer` is told to the browser (RFC 9207).
    """

    discovery_path, keys_path, person_path = "/.well-known/openid-configuration", "/jwks", "/me"

    def __init__(self, redirect_uri: str) -> None:
        self.keys = [ECKey.generate_key("P-256", auto_kid=True)]
        super().__init__(redirect_uri)

    def behave(self) -> None:
        super().behave()
        self.person: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.told_apart: tuple[str, ...] = ()
        """Claims that userinfo alone has."""
        self.discovery: dict[str, Any] = {}
        self.says_issuer: str | None = None
        self.by_post = False
        """The client is to prove itself in the form."""
        self.published: list[dict[str, Any]] | None = None
        self.now: Callable[[], float] = time.time
        """Seconds since 1970."""
        self.sign: Callable[[dict[str, Any]], Any] = self.signed

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return self.url

    def signed(
        self, claims: dict[str, Any], header: dict[str, Any] | None = None, key: Any = None
    ) -> str:
        """An ID token, by the newest key."""
        key = key or self.keys[-1]
        kind = {"RSA": "RS256", "EC": "ES256", "OKP": "Ed25519"}[key.key_type]
        found = {"alg": kind, "kid": key.kid} | (header or {})
        # By hand, for a library signs nothing that it would not read.
        said = b".".join(encoded(json.dumps(one).encode()) for one in (found, claims))
        seal = JWSRegistry.algorithms[found["alg"]].sign(said, key)
        return b".".join((said, encoded(seal))).decode()

    def answer(self, asked: Asked) -> Answered:
        if asked.path == self.discovery_path:
            return Answered(200, self._discovery() | self.discovery)
        if asked.path == self.keys_path:
            public = [key.as_dict(private=False) for key in self.keys]
            return Answered(200, {"keys": public if self.published is None else self.published})
        if asked.path == self.person_path:
            told = {name: self.person[name] for name in ("sub", *self.told_apart)}
            return Answered(200, told) if self.bears(asked) else Answered(401)
        return super().answer(asked)

    def told_more(self) -> dict[str, str]:
        return {} if self.says_issuer is None else {"iss": self.says_issuer}

    def proves(self, asked: Asked) -> bool:
        if self.by_post:
            return super().proves(asked)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return asked.headers.get("authorization") == f"Basic {basic}"

    def granted(self, grant: Grant, access: str) -> dict[str, Any]:
        now = int(self.now())
        told = {name: self.person[name] for name in self.person if name not in self.told_apart}
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.nonce,
            **told,
            **self.claims,
        }
        present = {name: value for name, value in claims.items() if value is not None}
        return {"id_token": self.sign(present)}

    def _discovery(self) -> dict[str, Any]:
        way = "client_secret_post" if self.by_post else "client_secret_basic"
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self.url + self.authorize_path,
            "token_endpoint": self.url + self.token_path,
            "jwks_uri": self.url + self.keys_path,
            "userinfo_endpoint": self.url + self.person_path,
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": [way],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "authorization_response_iss_parameter_supported": self.says_issuer is not None,
        }
