"""What can be set is typed, told in words when it is wrong, and refused when it is unsafe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import parley
from parley.kernel.origins import Origins
from parley.settings import DEVELOPMENT_ORIGINS, Rate, Settings, SettingsError, weakness

EXAMPLE = Path(__file__).parents[2] / ".env.example"
STRONG = "q3ZpV0c8Yt1LxN7uKfRjHsWb5DmEaG2o"


def problems(**env: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(env)
    return caught.value.problems


def test_nothing_set_gives_a_server_that_works_on_this_machine() -> None:
    settings = Settings.load({})
    assert (settings.port, settings.environment, settings.resume_ms) == (
        3000,
        "development",
        15_000,
    )
    assert settings.data_dir == Path("var").absolute()
    assert settings.database_url == f"sqlite:///{settings.data_dir}/parley.db"
    assert settings.cors_origin == DEVELOPMENT_ORIGINS


def test_each_type_is_read_from_text() -> None:
    settings = Settings.load(
        {
            "PORT": " 8080 ",
            "HEADER_TIMEOUT_S": "2.5",
            "LIMIT_CHAT": "0.5/3",
            "TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8",
            "DEFAULT_DIALECT": "omegle",
            "DATA_DIR": "/srv/parley",
        }
    )
    assert settings.port == 8080
    assert settings.header_timeout_s == 2.5
    assert settings.limit_chat == Rate(0.5, 3)
    assert settings.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")
    assert settings.default_dialect == "omegle"
    assert settings.database_url == "sqlite:////srv/parley/parley.db"


def test_an_empty_value_counts_as_unset() -> None:
    assert Settings.load({"PORT": "", "SECRET_KEY": "  "}) == Settings.load({})


def test_everything_wrong_is_told_at_once_by_name_and_with_what_is_expected() -> None:
    assert problems(PORT="70000", LIMIT_CHAT="5", LOG_FORMAT="xml", DRAIN_S="soon") == [
        "PORT=70000 is not a port, 0 to 65535.",
        "LIMIT_CHAT=5 is not a rate/burst like 20/60, both above 0.",
        "LOG_FORMAT=xml is not one of console, json.",
        "DRAIN_S=soon is not a number of seconds above 0, up to a day.",
    ]


def test_what_production_refuses_is_told_along_with_what_is_not_understood() -> None:
    told = problems(PARLEY_ENV="production", PORT="x", CORS_ORIGIN="*", ADMIN_TOKEN="1234")
    assert [problem.split()[0].split("=")[0] for problem in told] == [
        "PORT",
        "CORS_ORIGIN",
        "ADMIN_TOKEN",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "-1"),
        ("PORT", "3000.5"),
        ("PING_INTERVAL_MS", "0"),
        ("DRAIN_S", "nan"),
        ("DRAIN_S", "inf"),
        ("LIMIT_EVENTS", "0/5"),
        ("LIMIT_EVENTS", "nan/5"),
        ("LIMIT_EVENTS", "5/0"),
        ("LIMIT_EVENTS", "1/2/3"),
        ("MAX_MESSAGE_BYTES", "10"),
        ("DEFAULT_DIALECT", "klingon"),
        ("CORS_ORIGIN", "example.org"),
        ("CORS_ORIGIN", "https://example.org/app"),
        ("CORS_ORIGIN", "https://example.org:99999"),
        ("CORS_ORIGIN", "https://example.org?"),
        ("CORS_ORIGIN", "https://*.example.org"),
        ("CORS_ORIGIN", "https://*"),
        ("CORS_ORIGIN", "https://:*"),
        ("CORS_ORIGIN", "http://localhost:80:*"),
        ("CORS_ORIGIN", "http://localhost:*:*"),
        ("CORS_ORIGIN", "http://localhost*"),
        ("CORS_ORIGIN", "http://localhost:8*"),
        ("CORS_ORIGIN", "http://localhost:*@evil.example"),
        ("CORS_ORIGIN", "http://localhost:80@evil.example"),
        ("CORS_ORIGIN", "https://ada@example.org"),
        ("CORS_ORIGIN", "localhost:*"),
        ("CORS_ORIGIN", "http://["),
        ("CORS_ORIGIN", "null"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("DATABASE_URL", "mysql://localhost/parley"),
        ("PUBLIC_URL", "parley.example"),
        ("PUBLIC_URL", "https://parley.example:*"),
        ("STUN_SERVER_1", "http://stun.example"),
        ("TURN_SERVER", "turn.example/relay"),
        ("TURN_USERNAME", "without a password"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    assert any(name.rstrip("_1") in problem for problem in problems(**{name: value}))


def test_origins_are_spelled_as_browsers_send_them() -> None:
    settings = Settings.load({"CORS_ORIGIN": "https://Chat.Example:443/, http://[::1]:5173"})
    assert settings.cors_origin == ("https://chat.example", "http://[::1]:5173")


def test_in_development_every_port_of_this_machine_may_connect_until_a_list_says_which() -> None:
    unset = Origins(Settings.load({"PORT": "4000"}).cors_origin)
    listed = Origins(Settings.load({"CORS_ORIGIN": "http://localhost:5173"}).cors_origin)
    for scheme in ("http", "https"):
        for host in ("localhost", "127.0.0.1"):
            assert unset.allows(f"{scheme}://{host}:5500", "test")
            assert not listed.allows(f"{scheme}://{host}:5500", "test")
    assert listed.allows("http://localhost:5173", "test")
    assert not unset.allows("http://192.0.2.1:5500", "test")


def test_the_public_address_is_an_origin_too() -> None:
    settings = Settings.load({"NODE_ENV": "production", "PUBLIC_URL": "https://parley.example/"})
    assert settings.cors_origin == ("https://parley.example",)


def test_node_env_is_understood_and_parley_env_goes_before_it() -> None:
    assert Settings.load({"NODE_ENV": "production"}).production
    assert not Settings.load({"NODE_ENV": "production", "PARLEY_ENV": "test"}).production


def test_stun_servers_keep_their_numbers_order_and_can_be_turned_off() -> None:
    numbered = {"STUN_SERVER_10": "stun:c:1", "STUN_SERVER_2": "b:3478", "STUN_SERVER_1": "stun:a"}
    assert Settings.load(numbered).stun_servers == ("stun:a", "stun:b:3478", "stun:c:1")
    assert Settings.load({"STUN_SERVER_1": "none"}).stun_servers == ()
    assert Settings.load({"NODE_ENV": "test"}).stun_servers == ()


def test_a_turn_server_without_a_scheme_gets_one() -> None:
    settings = Settings.load({"TURN_SERVER": "relay.example:3478", "TURN_SECRET": "x"})
    assert settings.turn_server == ("turn:relay.example:3478",)


def test_turn_credentials_need_a_server() -> None:
    assert problems(TURN_SECRET="x") == [
        "TURN_SERVER is missing, though there are credentials for it."
    ]


def test_production_has_no_foreign_origins_and_logs_json_unless_told() -> None:
    settings = Settings.load({"NODE_ENV": "production"})
    assert settings.cors_origin == ()
    assert settings.log_format == "json"


def test_production_refuses_every_origin_and_weak_secrets() -> None:
    told = problems(
        NODE_ENV="production", CORS_ORIGIN="*", SECRET_KEY="changeme", ADMIN_TOKEN="admin"
    )
    assert [problem.split()[0] for problem in told] == [
        "CORS_ORIGIN=*",
        "SECRET_KEY",
        "ADMIN_TOKEN",
    ]
    told = problems(NODE_ENV="production", CORS_ORIGIN="https://a.example,http://localhost:*")
    assert [problem.split()[0] for problem in told] == ["CORS_ORIGIN=http://localhost:*"]
    assert Settings.load({"CORS_ORIGIN": "*", "SECRET_KEY": "changeme"}).cors_origin == ("*",)
    assert Settings.load({"NODE_ENV": "production", "SECRET_KEY": STRONG}).secret_key == STRONG


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("short", "5 characters"),
        ("ab" * 20, "different characters"),
        ("please-CHANGEME-0123456789-abcdefghijkl", "changeme"),
    ],
)
def test_a_weak_secret_is_told_why(secret: str, why: str) -> None:
    assert why in (weakness(secret) or "")


def test_a_secret_never_shows_itself() -> None:
    settings = Settings.load({"SECRET_KEY": STRONG, "DATABASE_URL": "postgresql://u:hunter2@h/d"})
    assert STRONG not in repr(settings)
    assert "hunter2" not in repr(settings)
    secret = "mysql://user:hunter2@host"
    assert "hunter2" not in str(problems(DATABASE_URL=secret))


def test_the_file_fills_in_what_the_environment_leaves_open(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=4000\nHOST=127.0.0.1\n")
    settings = Settings.load({"PORT": "5000"}, file)
    assert (settings.port, settings.host) == (5000, "127.0.0.1")
    file.write_text("PORT: 4000\n")
    with pytest.raises(SettingsError, match=r"\.env: line 1 is not NAME=value"):
        Settings.load({}, file)


def test_the_example_has_every_setting_and_no_other() -> None:
    written = re.findall(r"^# ([A-Z][A-Z0-9_]*)=", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    assert sorted(written) == sorted(Settings.names())


def test_every_setting_is_read_where_something_depends_on_it() -> None:
    package = Path(parley.__file__).parent
    telling = {"settings.py", "ops/doctor.py"}
    read = "".join(
        file.read_text("utf-8")
        for file in package.rglob("*.py")
        if str(file.relative_to(package)) not in telling
    )
    idle = {name for name in Settings.__struct_fields__ if f"settings.{name}" not in read}
    assert idle == {"environment"}, "settings.py alone asks for it, as `production`"


def test_the_example_shows_the_defaults() -> None:
    paragraphs = EXAMPLE.read_text("utf-8").split("\n\n")
    shown = {
        found[1]: found[2]
        for text in paragraphs
        if "example" not in text
        and (found := re.search(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))
    }
    assert len(shown) > 30
    assert Settings.load(shown) == Settings.load({})


def test_each_setting_has_a_sentence_before_it() -> None:
    for line, before in zip(
        lines := EXAMPLE.read_text("utf-8").splitlines(), ["", *lines], strict=False
    ):
        if re.match(r"# [A-Z][A-Z0-9_]*=", line):
            assert before.startswith("# "), line
            assert before.endswith((".", ":")), line
