"""Says in plain words what is configured, and what is wrong with it. Changes nothing that exists."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

import parley
from parley.kernel.dotenv import parse_dotenv
from parley.kernel.origins import ANY_PORT
from parley.ops import build
from parley.ops.descriptors import allowed, needed
from parley.ops.listening import EVERYWHERE, AddressTaken, listen
from parley.ops.secrets import SecretError, kept_secret, secret_file, token_key
from parley.settings import PUBLIC_STUN, STUN, Settings, SettingsError, weakness
from parley.storage import HEAD, StorageError, open_engine, require_writable, revision, shown_url


class Verdict(StrEnum):
    """What a finding means: fine, worth knowing, or to be mended before people come."""

    GOOD = "ok"
    NOTE = "note"
    WRONG = "wrong"


class Finding(NamedTuple):
    """One thing that was looked at."""

    verdict: Verdict
    about: str
    says: str


async def examine(settings: Settings, dotenv: Path | None = None) -> list[Finding]:
    """Everything there is to say about these settings, read from that file, on this machine."""
    return [
        *_place(settings),
        *([] if dotenv is None else _names(dotenv)),
        *_data(settings),
        await _database(settings),
        _secret(settings),
        _tokens(settings),
        *_visitors(settings),
        *_accounts(settings),
        *_media(settings),
        *_limits(settings),
    ]


def report(findings: list[Finding]) -> str:
    """The findings as text, with a last line that sums them up."""
    width = max(len(finding.about) for finding in findings)
    lines = [
        f"{finding.verdict:>5}  {finding.about:<{width}}  {finding.says}" for finding in findings
    ]
    wrong = sum(finding.verdict is Verdict.WRONG for finding in findings)
    ending = {0: "Nothing is wrong.", 1: "One thing is wrong."}.get(
        wrong, f"{wrong} things are wrong."
    )
    return "\n".join([*lines, "", ending])


def good(about: str, says: str) -> Finding:
    return Finding(Verdict.GOOD, about, says)


def note(about: str, says: str) -> Finding:
    return Finding(Verdict.NOTE, about, says)


def wrong(about: str, says: str) -> Finding:
    return Finding(Verdict.WRONG, about, says)


def _place(settings: Settings) -> Iterator[Finding]:
    yield good("environment", f"{settings.environment}; Parley {parley.__version__}")
    yield _address(settings)
    if (Path(parley.__file__).parent / "static" / "index.html").is_file():
        yield good("web client", "is built")
    else:
        yield wrong("web client", "is not built; run: make web")
    compiled = build.library()
    if changed := build.changed_since(compiled):
        yield wrong("compiled", f"{changed} has changed since; run: make compiled")
    elif compiled is not None:
        yield good("compiled", "what every message passes through is")
    else:
        yield note(
            "compiled",
            "no; with a C compiler and Python's headers, `make compiled` would spare a tenth of the processor's time",
        )


def _address(settings: Settings) -> Finding:
    try:
        sockets = listen(settings.host, settings.port)
    except AddressTaken as error:
        return note("address", f"{error} Is Parley running already?")
    except SettingsError as error:
        return wrong("address", str(error))
    families = {one.family for one in sockets}
    for one in sockets:
        one.close()
    where = f"{settings.host} port {settings.port}"
    if settings.host == EVERYWHERE:
        both = "IPv4 and IPv6" if socket.AF_INET6 in families else "IPv4; there is no IPv6 here"
        where = f"every address, port {settings.port} ({both})"
    return good("address", f"will listen on {where}")


def _names(dotenv: Path) -> Iterator[Finding]:
    """What the file sets that nobody reads: most of it was meant to be something else."""
    if not dotenv.is_file():
        return
    known = Settings.names()
    for name in parse_dotenv(dotenv.read_text("utf-8")):
        if name in known or STUN.fullmatch(name):
            continue
        meant = get_close_matches(name.upper(), known, n=1, cutoff=0.75)
        hint = f"; is it {meant[0]} that is meant?" if meant else ""
        yield note("names", f"{dotenv} sets {name}, which is no setting{hint}")


def _data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if folder.is_dir():
        if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            yield good("data", f"in {folder}")
        else:
            yield wrong("data", f"{folder} cannot be written to by this user")
        return
    if folder.exists():
        yield wrong("data", f"{folder} is not a folder")
        return
    above = next(parent for parent in folder.parents if parent.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        yield good("data", f"{folder} will be made")
    else:
        yield wrong("data", f"{folder} cannot be made: {above} cannot be written to by this user")


async def _database(settings: Settings) -> Finding:
    where = shown_url(settings.database_url)
    if _is_missing_file(settings.database_url):
        return good("database", f"{where} will be made")
    try:
        engine = open_engine(settings.database_url)
        try:
            found = await revision(engine)
            if found is not None:
                await require_writable(engine)
        finally:
            await engine.dispose()
    except StorageError as error:
        return wrong("database", str(error))
    if found is None:
        return good("database", f"{where} is empty; tables will be made at the next start")
    if found > HEAD:
        return wrong(
            "database", f"{where} was made by a newer version of Parley (revision {found})"
        )
    if found < HEAD:
        return good(
            "database", f"{where} will be brought from revision {found} to {HEAD} at the next start"
        )
    return good("database", f"{where} at revision {HEAD}")


def _is_missing_file(url: str) -> bool:
    return url.startswith("sqlite") and not Path(make_url(url).database or "").exists()


def _secret(settings: Settings) -> Finding:
    if settings.secret_key is not None:
        if reason := weakness(settings.secret_key):
            return note("secret", f"SECRET_KEY {reason}; production will refuse it")
        return good("secret", "from SECRET_KEY")
    file = secret_file(settings)
    try:
        kept_secret(file)
    except FileNotFoundError:
        return good("secret", f"will be made and kept in {file}")
    except OSError as error:
        return wrong("secret", f"{file} cannot be read: {error.strerror}")
    except SecretError as error:
        return wrong("secret", str(error))
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return wrong("secret", f"{file} can be read by others; run: chmod 600 {file}")
    return good("secret", f"kept in {file}")


def _tokens(settings: Settings) -> Finding:
    lasts = (
        f"good for {settings.access_token_s:g} s, sessions for {settings.session_s / 86_400:g} days"
    )
    file = settings.jwt_key_file
    if file is None:
        return good("tokens", f"signed with the secret (HS256), {lasts}")
    try:
        token_key(file)
    except SettingsError as error:
        return wrong("tokens", str(error))
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return wrong("tokens", f"{file} can be read by others; run: chmod 600 {file}")
    return good("tokens", f"signed with the key in {file} (EdDSA), {lasts}")


def _visitors(settings: Settings) -> Iterator[Finding]:
    others = ", ".join(
        listed.removesuffix(ANY_PORT) + (" (any port)" if listed.endswith(ANY_PORT) else "")
        for listed in settings.cors_origin
    )
    if "*" in settings.cors_origin:
        yield note(
            "origins",
            "pages of every web site may connect (CORS_ORIGIN=*); production will refuse it",
        )
    else:
        yield good("origins", f"the server's own pages, and those of: {others or 'none'}")
    if settings.public_url is None:
        if settings.production:
            yield note("public address", "PUBLIC_URL is not set")
    elif settings.public_url.startswith("https:"):
        yield good("public address", settings.public_url)
        if not settings.trusted_proxies:
            yield wrong(
                "proxies",
                "PUBLIC_URL is https, so a proxy stands before the server, but TRUSTED_PROXIES does not name it: "
                "every visitor would share the proxy's address and its limits",
            )
    else:
        yield note(
            "public address",
            f"{settings.public_url}: browsers give no camera to pages without https",
        )
    if settings.trusted_proxies:
        yield good("proxies", "believed: " + ", ".join(settings.trusted_proxies))
    if settings.production and settings.admin_token is None:
        yield note("operators", "ADMIN_TOKEN is not set, so /stats and /metrics are closed")


def _accounts(settings: Settings) -> Iterator[Finding]:
    if settings.smtp_url is not None:
        parts = urlsplit(settings.smtp_url)
        yield good("mail", f"by {parts.hostname}")
    elif settings.production:
        yield note(
            "mail",
            "SMTP_URL is not set, so a forgotten password is replaced by `parley user reset-password` alone",
        )
    else:
        yield good("mail", "letters are printed on the console; production needs SMTP_URL")
    others = {
        "Google": settings.google_client_id,
        "GitHub": settings.github_client_id,
        settings.oidc_name: settings.oidc_issuer,
    }
    if named := [name for name, given in others.items() if given]:
        yield good("signing in", f"by password, and with {', '.join(named)}")
    else:
        yield good("signing in", "by password")


def _media(settings: Settings) -> Iterator[Finding]:
    if not settings.stun_servers:
        yield note("STUN", "none: video works inside one network only, unless TURN helps")
    elif settings.stun_servers == PUBLIC_STUN:
        yield note(
            "STUN",
            f"{settings.stun_servers[0]}, a public server that sees your visitors' addresses",
        )
    else:
        yield good("STUN", ", ".join(settings.stun_servers))
    if not settings.turn_server:
        yield note("TURN", "none: about one video call in five cannot be connected")
    elif settings.turn_secret:
        yield good(
            "TURN",
            f"{', '.join(settings.turn_server)}, credentials expire after {settings.turn_ttl_s} s",
        )
    elif settings.turn_username:
        yield note(
            "TURN",
            "fixed credentials, which every visitor sees; TURN_SECRET makes ones that expire",
        )
    else:
        yield wrong(
            "TURN",
            "TURN_SERVER is set, but neither TURN_SECRET nor TURN_USERNAME and TURN_CREDENTIAL",
        )


def _limits(settings: Settings) -> Iterator[Finding]:
    if not allowed(settings):
        yield wrong(
            "open files",
            f"MAX_SOCKETS={settings.max_sockets} needs {needed(settings)}, more than this process may open; raise "
            "the limit (LimitNOFILE= of systemd, ulimit -Hn) or lower MAX_SOCKETS",
        )
    else:
        yield good("open files", f"enough for {settings.max_sockets} connections")
    per_address, per_person = settings.limit_sockets_per_address, settings.limit_sockets_per_user
    yield good("limits", f"{per_address} connections per address, {per_person} per person")
    days = settings.history_retention_days
    yield good("privacy", f"who met whom is kept {days} days; what was said or shown is never kept")
