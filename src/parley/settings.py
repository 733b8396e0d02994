"""Everything that can be set, typed and frozen: the only reader of the environment.

A setting is an environment variable, its name in capitals; what the environment leaves unset is taken
from a file `.env` in the working directory, else from the default here. An empty value counts as unset.
`.env.example` has a sentence on each. Everything wrong is told at once, in words; what would be unsafe
in production is refused there.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_type_hints

import msgspec
from msgspec import Meta

from parley.kernel.addresses import check_mailbox, check_smtp_url, ice_url, origin
from parley.kernel.dotenv import DotenvError, parse_dotenv
from parley.kernel.origins import ANY_PORT


class SettingsError(Exception):
    """One or more settings are wrong; `problems` says which and what is expected, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Rate(msgspec.Struct, frozen=True):
    """A token bucket: `rate` a second on average, `burst` at once. Written `rate/burst`."""

    rate: Annotated[float, Meta(gt=0, le=1e6)]
    burst: Annotated[int, Meta(ge=1, le=1_000_000)]


# The descriptions finish the sentence "PORT=x is not …".
Port = Annotated[int, Meta(ge=0, le=65535, description="a port, 0 to 65535")]
Count = Annotated[int, Meta(ge=1, description="a whole number above 0")]
Milliseconds = Annotated[int, Meta(ge=0, description="a number of milliseconds, 0 or more")]
Interval = Annotated[int, Meta(ge=1, description="a number of milliseconds above 0")]
Seconds = Annotated[
    float, Meta(gt=0, le=86_400, description="a number of seconds above 0, up to a day")
]
Bytes = Annotated[
    int, Meta(ge=1024, le=16_777_216, description="a size in bytes, 1024 to 16777216")
]
Flag = Annotated[bool, Meta(description="1 or 0")]
Lifetime = Annotated[
    float, Meta(gt=0, le=7_776_000, description="a number of seconds above 0, up to 90 days")
]
Words = tuple[str, ...]

# Every tool that serves a front end has a port of its own: 5174, 8080, 5500, …
DEVELOPMENT_ORIGINS = (
    "http://localhost:*",
    "https://localhost:*",
    "http://127.0.0.1:*",
    "https://127.0.0.1:*",
)
PUBLIC_STUN = ("stun:stun.l.google.com:19302",)
SECRETS = frozenset(
    {
        "secret_key",
        "admin_token",
        "turn_credential",
        "turn_secret",
        "database_url",
        "smtp_url",
        "google_client_secret",
        "github_client_secret",
        "oidc_client_secret",
    }
)
DOTENV = Path(".env")
STUN = re.compile(r"STUN_SERVER_([1-9][0-9]?)")
WELL_KNOWN = (
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "password",
    "example",
    "your-",
    "parley",
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the server was told. Make one with `Settings.load()`."""

    environment: Literal["development", "production", "test"] = "development"
    host: str = "::"
    port: Port = 3000
    public_url: str | None = None
    data_dir: Path = Path("var")
    database_url: str = ""
    secret_key: str | None = None
    admin_token: str | None = None
    jwt_key_file: Path | None = None
    password_hash: Literal["argon2id", "bcrypt"] = "argon2id"  # noqa: S105 - a name
    auth_cookies_only: Flag = False
    access_token_s: Seconds = 900.0
    session_s: Lifetime = 604_800.0
    token_grace_s: Seconds = 60.0
    smtp_url: str | None = None
    mail_from: str | None = None
    google_client_id: str | None = None
    google_client_secret: str | None = None
    github_client_id: str | None = None
    github_client_secret: str | None = None
    github_url: str = "https://github.com"
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_name: str = "Single sign-on"
    cors_origin: Words = ()
    trusted_proxies: Words = ()
    default_dialect: Literal["native", "omegle"] = "native"

    skip_cooldown_ms: Milliseconds = 300_000
    resume_ms: Milliseconds = 15_000
    patience_ms: Interval = 3_000
    history_retention_days: Count = 30

    max_message_bytes: Bytes = 65_536
    header_timeout_s: Seconds = 10.0
    connect_timeout_s: Seconds = 10.0
    ping_interval_ms: Interval = 25_000
    ping_timeout_ms: Interval = 20_000
    max_outbound_packets: Count = 256
    max_outbound_bytes: Bytes = 1_048_576
    max_sockets: Count = 15_000
    limit_sockets_per_address: Count = 50
    limit_sockets_per_user: Count = 5
    limit_handshakes: Rate = Rate(300, 600)
    limit_events: Rate = Rate(20, 60)
    limit_chat: Rate = Rate(5, 10)
    limit_skip: Rate = Rate(1, 5)
    limit_candidates: Rate = Rate(50, 150)
    limit_typing: Rate = Rate(2, 5)
    rate_limit_points: Count = 100
    rate_limit_duration: Seconds = 60.0

    stun_servers: Words = PUBLIC_STUN
    turn_server: Words = ()
    turn_username: str | None = None
    turn_credential: str | None = None
    turn_secret: str | None = None
    turn_ttl_s: Count = 86_400

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    drain_s: Seconds = 5.0

    @property
    def production(self) -> bool:
        """Whether strangers use this server, so that what is unsafe is refused."""
        return self.environment == "production"

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, dotenv: Path | None = None) -> Self:
        """The settings that the environment and `.env` ask for.

        With `env` given, the process's environment and `.env` do not count; `dotenv` then names the file.
        Raises SettingsError with everything that is wrong.
        """
        problems: list[str] = []
        if env is None:
            env, dotenv = os.environ, dotenv or DOTENV
        values = _merge(env, dotenv, problems)
        given = _decode(cls, values, problems)
        _complete(given, problems)
        settings = cls(**given)
        problems.extend(_contradictions(settings))
        if problems:
            raise SettingsError(problems)
        return settings

    @classmethod
    def names(cls) -> list[str]:
        """Every environment variable that is read; `STUN_SERVER_1` stands for all of its kind."""
        names = [name.upper() for name in cls.__struct_fields__]
        names[names.index("STUN_SERVERS")] = "STUN_SERVER_1"
        names[names.index("ENVIRONMENT")] = "PARLEY_ENV"
        return [*names, "NODE_ENV"]

    def __repr__(self) -> str:
        shown = (
            f"{name}={'***' if name in SECRETS and getattr(self, name) else repr(getattr(self, name))}"
            for name in self.__struct_fields__
        )
        return f"Settings({', '.join(shown)})"


def weakness(secret: str) -> str | None:
    """Why that secret could be guessed, or None: at least 32 characters, varied, not a word from a manual."""
    if len(secret) < 32:
        return f"has {len(secret)} characters; at least 32 are needed"
    if len(set(secret)) < 12:
        return f"has only {len(set(secret))} different characters; at least 12 are needed"
    if word := next((word for word in WELL_KNOWN if word in secret.lower()), None):
        return f"contains “{word}”, as examples do"
    return None


def _merge(env: Mapping[str, str], dotenv: Path | None, problems: list[str]) -> dict[str, str]:
    """The environment over the file; what is empty is left out."""
    values: dict[str, str] = {}
    if dotenv is not None and dotenv.is_file():
        try:
            values.update(parse_dotenv(dotenv.read_text("utf-8")))
        except (DotenvError, OSError, UnicodeDecodeError) as error:
            problems.append(f"{dotenv}: {error}.")
    values.update(env)
    return {name: text.strip() for name, text in values.items() if text.strip()}


def _decode(cls: type[Settings], values: dict[str, str], problems: list[str]) -> dict[str, Any]:
    """The fields that were set, each of its type."""
    hints = get_type_hints(cls, include_extras=True)
    given: dict[str, Any] = {}
    for field in cls.__struct_fields__:
        if field == "stun_servers":
            continue
        name = field.upper()
        if field == "environment":
            name = "PARLEY_ENV" if "PARLEY_ENV" in values else "NODE_ENV"
        text = values.get(name)
        if text is None:
            continue
        try:
            given[field] = _value(text, hints[field])
        except (ValueError, msgspec.ValidationError):
            shown = name if field in SECRETS else f"{name}={text}"
            problems.append(f"{shown} is not {_expected(hints[field])}.")
    servers = [
        (int(found[1]), text) for name, text in values.items() if (found := STUN.fullmatch(name))
    ]
    if servers:
        given["stun_servers"] = tuple(text for _, text in sorted(servers) if text != "none")
    return given


def _value(text: str, hint: Any) -> Any:
    if hint is Path or hint == Path | None:
        return Path(text).expanduser()
    if hint == Words:
        return tuple(word.strip() for word in text.split(",") if word.strip())
    if hint is Rate:
        rate, burst = text.split("/")
        return msgspec.convert({"rate": float(rate), "burst": int(burst)}, type=Rate)
    return msgspec.convert(text, type=hint, strict=False)


def _expected(hint: Any) -> str:
    if hint is Rate:
        return "a rate/burst like 20/60, both above 0"
    if choices := getattr(hint, "__args__", None) if "Literal" in str(hint) else None:
        return "one of " + ", ".join(choices)
    return next((str(meta.description) for meta in getattr(hint, "__metadata__", ())), "understood")


def _complete(given: dict[str, Any], problems: list[str]) -> None:
    """Defaults that depend on other settings, and one spelling for addresses."""
    environment = given.get("environment", "development")
    given["data_dir"] = Path(given.get("data_dir", "var")).absolute()
    given.setdefault("database_url", f"sqlite:///{given['data_dir']}/parley.db")
    given.setdefault("log_format", "json" if environment == "production" else "console")
    if environment == "test":
        given.setdefault("stun_servers", ())
    if "cors_origin" in given:
        given["cors_origin"] = tuple(
            _spelled(problems, origin, text) for text in given["cors_origin"]
        )
    elif environment != "production":
        given["cors_origin"] = DEVELOPMENT_ORIGINS
    if "github_url" in given:
        given["github_url"] = given["github_url"].rstrip("/")
    if "public_url" in given:
        given["public_url"] = given["public_url"].rstrip("/")
        # A proxy may hide by which name it was asked, so our own pages are named here, too.
        given["cors_origin"] = (*given.get("cors_origin", ()), given["public_url"])
    for field, scheme in (("stun_servers", "stun"), ("turn_server", "turn")):
        if field in given:
            given[field] = tuple(_spelled(problems, ice_url, text, scheme) for text in given[field])


def _spelled(problems: list[str], read: Callable[..., str], text: str, *more: str) -> str:
    try:
        return read(text, *more)
    except ValueError as error:
        problems.append(str(error))
        return text


def _contradictions(settings: Settings) -> list[str]:
    """What is wrong only taken together, or only in production."""
    problems: list[str] = []
    for proxy in settings.trusted_proxies:
        try:
            ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            problems.append(
                f"TRUSTED_PROXIES: {proxy} is not an address or a network like 10.0.0.0/8."
            )
    if not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://", settings.database_url):
        problems.append(
            "DATABASE_URL is not a sqlite:///path or postgresql://user:password@host/name address."
        )
    if settings.public_url is not None and not re.fullmatch(
        r"https?://[^/?#*]+", settings.public_url
    ):
        problems.append(
            f"PUBLIC_URL={settings.public_url} is not an address like https://parley.example."
        )
    problems.extend(_accounts(settings))
    if bool(settings.turn_username) != bool(settings.turn_credential):
        problems.append("TURN_USERNAME and TURN_CREDENTIAL go together; one of them is missing.")
    if (settings.turn_secret or settings.turn_username) and not settings.turn_server:
        problems.append("TURN_SERVER is missing, though there are credentials for it.")
    if settings.max_message_bytes > settings.max_outbound_bytes:
        problems.append("MAX_OUTBOUND_BYTES is below MAX_MESSAGE_BYTES; one message must fit.")
    if settings.production:
        problems.extend(_unsafe(settings))
    return problems


def _accounts(settings: Settings) -> list[str]:
    """What is wrong with the ways in and the mail."""
    problems: list[str] = []
    sets = (
        ("google_client_id", "google_client_secret"),
        ("github_client_id", "github_client_secret"),
        ("oidc_issuer", "oidc_client_id", "oidc_client_secret"),
    )
    for names in sets:
        missing = [name.upper() for name in names if not getattr(settings, name)]
        if 0 < len(missing) < len(names):
            together = ", ".join(names).upper()
            problems.append(f"{together} go together; {missing[0]} is missing.")
    schemes = "https" if settings.production else "https?"
    for name in ("github_url", "oidc_issuer"):
        url = getattr(settings, name)
        if url is not None and not re.fullmatch(rf"{schemes}://[^\s?#]+", url):
            problems.append(f"{name.upper()}={url} is not an address like https://example.org.")
    checks = ((settings.smtp_url, check_smtp_url), (settings.mail_from, check_mailbox))
    for text, check in checks:
        try:
            if text is not None:
                check(text)
        except ValueError as error:
            problems.append(str(error))
    public = [
        name.upper() for name in ("smtp_url", *(n for n, *_ in sets)) if getattr(settings, name)
    ]
    if settings.production and public and settings.public_url is None:
        problems.append(
            f"PUBLIC_URL is missing, and wanted for {', '.join(public)}: links never follow a request's Host."
        )
    return problems


def _unsafe(settings: Settings) -> list[str]:
    """What production refuses."""
    problems = []
    if "*" in settings.cors_origin:
        problems.append(
            "CORS_ORIGIN=* lets every web site act for its visitors; name the origins in production."
        )
    problems.extend(
        f"CORS_ORIGIN={listed} lets every page of that host act for its visitors, whatever its port; "
        "name the ports in production."
        for listed in settings.cors_origin
        if listed.endswith(ANY_PORT)
    )
    if settings.secret_key is not None and (reason := weakness(settings.secret_key)):
        problems.append(
            f"SECRET_KEY {reason}. Leave it unset and one is made and kept in DATA_DIR, "
            "or make one with: openssl rand -base64 48"
        )
    if settings.admin_token is not None and len(settings.admin_token) < 16:
        problems.append("ADMIN_TOKEN is shorter than 16 characters; anybody could guess it.")
    return problems
