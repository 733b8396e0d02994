"""The doctor says what is wrong, in words, and nothing that is not so."""

from __future__ import annotations

import os
import resource
import socket
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from parley.ops import build
from parley.ops.doctor import Finding, Verdict, examine, report
from parley.ops.secrets import secret_file, secret_key
from parley.settings import Settings
from parley.storage import migrate, open_engine


async def look(tmp_path: Path, **env: str) -> dict[str, Finding]:
    settings = Settings.load({"DATA_DIR": str(tmp_path / "var"), "PORT": "0", **env})
    return {finding.about: finding for finding in await examine(settings)}


async def test_a_fresh_machine_has_nothing_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    findings = await look(tmp_path)
    found = [finding for finding in findings.values() if finding.about != "web client"]
    assert not [finding for finding in found if finding.verdict is Verdict.WRONG]
    assert list(tmp_path.iterdir()) == []
    assert "will be made" in findings["data"].says
    assert "will be made" in findings["database"].says
    assert "will be made" in findings["secret"].says


async def test_it_says_whether_what_runs_is_compiled(tmp_path: Path) -> None:
    found = (await look(tmp_path))["compiled"]
    assert found.verdict is (Verdict.NOTE if build.library() is None else Verdict.GOOD)


def test_what_changed_after_it_was_compiled_is_named_in_a_checkout(tmp_path: Path) -> None:
    library, package = tmp_path / "library.so", tmp_path / "src" / "parley"
    (package / "lobby").mkdir(parents=True)
    source = package / "lobby" / "pairs.py"
    library.touch()
    source.touch()
    os.utime(library, (1000, 1000))
    assert build.changed_since(library, package) == ""
    (tmp_path / "setup.py").touch()
    assert build.changed_since(library, package) == "pairs.py"
    assert build.changed_since(None, package) == ""
    os.utime(source, (999, 999))
    assert build.changed_since(library, package) == ""


async def test_a_data_folder_that_cannot_be_made_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    findings = await look(tmp_path, DATA_DIR=str(tmp_path / "file"))
    assert findings["data"].verdict is Verdict.WRONG
    findings = await look(tmp_path, DATA_DIR=str(tmp_path / "file" / "below"))
    assert findings["data"].verdict is Verdict.WRONG


async def test_the_database_is_told_with_its_revision(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/parley.db"
    engine = open_engine(url)
    assert "empty" in (await look(tmp_path, DATABASE_URL=url))["database"].says
    await migrate(engine)
    await engine.dispose()
    assert "at revision" in (await look(tmp_path, DATABASE_URL=url))["database"].says


async def test_a_database_that_is_away_is_wrong_and_its_password_not_shown(tmp_path: Path) -> None:
    findings = await look(
        tmp_path, DATABASE_URL="postgresql://parley:hunter2@/parley?host=/nowhere"
    )
    assert findings["database"].verdict is Verdict.WRONG
    assert "hunter2" not in report(list(findings.values()))


async def test_a_secret_that_others_can_read_is_wrong(tmp_path: Path) -> None:
    settings = Settings.load({"DATA_DIR": str(tmp_path / "var")})
    secret_key(settings)
    assert (await look(tmp_path))["secret"].verdict is Verdict.GOOD
    secret_file(settings).chmod(0o644)
    assert (await look(tmp_path))["secret"].verdict is Verdict.WRONG


@pytest.mark.parametrize("kept", ["", "hunter2"])
async def test_a_kept_secret_that_is_damaged_is_wrong(tmp_path: Path, kept: str) -> None:
    settings = Settings.load({"DATA_DIR": str(tmp_path / "var")})
    secret_key(settings)
    secret_file(settings).write_text(kept)
    finding = (await look(tmp_path))["secret"]
    assert finding.verdict is Verdict.WRONG
    assert "delete it" in finding.says
    assert "hunter2" not in finding.says


async def test_a_weak_secret_is_noted_and_never_shown(tmp_path: Path) -> None:
    findings = await look(tmp_path, SECRET_KEY="hunter2")
    assert findings["secret"].verdict is Verdict.NOTE
    assert "hunter2" not in report(list(findings.values()))


async def test_ways_to_sign_in_and_the_mail_server_are_told_without_their_secrets(
    tmp_path: Path,
) -> None:
    findings = await look(
        tmp_path,
        SMTP_URL="smtp://lobby:a-mail-password@mail.example",
        GITHUB_CLIENT_ID="Iv1.0",
        GITHUB_CLIENT_SECRET="a-client-secret",
        OIDC_ISSUER="https://login.example",
        OIDC_CLIENT_ID="parley",
        OIDC_CLIENT_SECRET="another-client-secret",
        OIDC_NAME="Our school",
    )
    told = report(list(findings.values()))
    assert "by mail.example" in told
    assert "with GitHub, Our school" in told
    assert "a-mail-password" not in told
    assert "client-secret" not in told


async def test_an_address_that_is_taken_or_none_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        findings = await look(tmp_path, HOST="127.0.0.1", PORT=port)
    assert findings["address"].verdict is Verdict.NOTE
    assert (await look(tmp_path, HOST="not an address"))["address"].verdict is Verdict.WRONG


async def test_the_families_that_it_will_serve_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if socket.has_dualstack_ipv6():
        assert "IPv4 and IPv6" in (await look(tmp_path))["address"].says
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    assert "no IPv6 here" in (await look(tmp_path))["address"].says
    assert "127.0.0.1 port" in (await look(tmp_path, HOST="127.0.0.1"))["address"].says


async def test_names_in_the_file_that_are_no_settings_are_told_with_what_may_be_meant(
    tmp_path: Path,
) -> None:
    file = tmp_path / ".env"
    lines = ["SECRETKEY=hunter2", "port=4000", "PORT=0", "STUN_SERVER_3=none", "NODE_ENV=test"]
    file.write_text("\n".join([*lines, "COMPOSE_PROJECT_NAME=lobby"]))
    settings = Settings.load({"DATA_DIR": str(tmp_path / "var")}, file)
    told = [one.says for one in await examine(settings, file) if one.about == "names"]
    assert told == [
        f"{file} sets SECRETKEY, which is no setting; is it SECRET_KEY that is meant?",
        f"{file} sets port, which is no setting; is it PORT that is meant?",
        f"{file} sets COMPOSE_PROJECT_NAME, which is no setting",
    ]
    assert "hunter2" not in "".join(told)


async def test_whose_pages_may_connect_is_told_with_their_ports(tmp_path: Path) -> None:
    listed = "https://chat.example,http://localhost:*"
    assert (await look(tmp_path, CORS_ORIGIN=listed))["origins"].says.endswith(
        "those of: https://chat.example, http://localhost (any port)"
    )
    nobody = await look(tmp_path, NODE_ENV="production")
    assert nobody["origins"].says.endswith("those of: none")


@pytest.mark.parametrize(
    ("about", "verdict", "env"),
    [
        ("origins", Verdict.NOTE, {"CORS_ORIGIN": "*"}),
        ("proxies", Verdict.WRONG, {"PUBLIC_URL": "https://parley.example"}),
        ("proxies", Verdict.GOOD, {"TRUSTED_PROXIES": "10.0.0.1"}),
        ("public address", Verdict.NOTE, {"PUBLIC_URL": "http://parley.example"}),
        ("operators", Verdict.NOTE, {"NODE_ENV": "production"}),
        ("mail", Verdict.GOOD, {}),
        ("mail", Verdict.NOTE, {"NODE_ENV": "production"}),
        ("mail", Verdict.GOOD, {"SMTP_URL": "smtp://mail.example"}),
        ("STUN", Verdict.NOTE, {"STUN_SERVER_1": "none"}),
        ("STUN", Verdict.GOOD, {"STUN_SERVER_1": "stun:own.example"}),
        ("TURN", Verdict.NOTE, {}),
        ("TURN", Verdict.WRONG, {"TURN_SERVER": "turn.example"}),
        ("TURN", Verdict.GOOD, {"TURN_SERVER": "turn.example", "TURN_SECRET": "x"}),
        ("TURN", Verdict.NOTE, {"TURN_SERVER": "t", "TURN_USERNAME": "u", "TURN_CREDENTIAL": "c"}),
        ("open files", Verdict.GOOD, {"MAX_SOCKETS": "10"}),
    ],
)
async def test_each_setting_has_its_verdict(
    tmp_path: Path, about: str, verdict: Verdict, env: dict[str, str]
) -> None:
    assert (await look(tmp_path, **env))[about].verdict is verdict


async def test_more_sockets_than_the_system_allows_are_wrong(tmp_path: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return
    findings = await look(tmp_path, MAX_SOCKETS=str(hard))
    assert findings["open files"].verdict is Verdict.WRONG


def test_the_report_sums_up() -> None:
    good, bad = Finding(Verdict.GOOD, "a", "fine"), Finding(Verdict.WRONG, "longer", "broken")
    assert report([good]) == "   ok  a  fine\n\nNothing is wrong."
    assert report([good, bad]).splitlines() == [
        "   ok  a       fine",
        "wrong  longer  broken",
        "",
        "One thing is wrong.",
    ]
    assert report([bad, bad]).endswith("2 things are wrong.")


async def test_a_key_for_tokens_must_be_one_and_ones_own(tmp_path: Path) -> None:
    assert "HS256" in (await look(tmp_path))["tokens"].says
    file = tmp_path / "jwt.pem"
    findings = await look(tmp_path, JWT_KEY_FILE=str(file))
    assert findings["tokens"].verdict is Verdict.WRONG
    file.write_text("garbage")
    file.chmod(0o600)
    findings = await look(tmp_path, JWT_KEY_FILE=str(file))
    assert findings["tokens"].verdict is Verdict.WRONG
    assert "holds no private key" in findings["tokens"].says
    file.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )
    findings = await look(tmp_path, JWT_KEY_FILE=str(file))
    assert findings["tokens"].verdict is Verdict.GOOD
    assert "EdDSA" in findings["tokens"].says
    file.chmod(0o644)
    findings = await look(tmp_path, JWT_KEY_FILE=str(file))
    assert "chmod 600" in findings["tokens"].says
