"""The command line: `python -m parley serve | doctor | migrate | user | docs`.

Exit codes: 0 when all is well, 1 when something is wrong (the database, the kept secret, a port that is taken, what
the doctor found, an account that cannot be), 2 when the settings or the arguments are.
What is wrong with the surroundings is told in sentences, not in tracebacks.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from parley import __version__
from parley.accounts import commands as user_commands
from parley.ops.listening import AddressTaken
from parley.ops.secrets import SecretError
from parley.settings import DOTENV, Settings, SettingsError
from parley.storage import HEAD, StorageError, migrate, open_engine, shown_url


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "docs":
        from parley.docs import main as write_docs

        return write_docs(options.check)
    try:
        settings = Settings.load()
        if options.command == "user":
            return _user(options, settings)
        return COMMANDS[options.command](settings)
    except SettingsError as error:
        print("Parley cannot start with these settings:", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
        return 2
    except (StorageError, SecretError, AddressTaken) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="parley",
        description="A self-hosted realtime server for stranger chat and video.",
        epilog="Settings come from the environment and from .env; .env.example lists them.",
    )
    parser.add_argument("--version", action="version", version=f"Parley {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("serve", help="serve until told to stop")
    commands.add_parser("doctor", help="say what is configured and what is wrong")
    commands.add_parser("migrate", help="bring the database up to date (serve does it, too)")
    user_commands.add_parser(commands)
    docs = commands.add_parser(
        "docs", help="write docs/api and the web client's types from the code"
    )
    docs.add_argument(
        "--check", action="store_true", help="write nothing; fail when they are out of date"
    )
    return parser


def _serve(settings: Settings) -> int:
    from parley.app import serve
    from parley.ops.descriptors import raise_limit

    raise_limit(settings)
    return serve(settings)


def _doctor(settings: Settings) -> int:
    from parley.ops.doctor import Verdict, examine, report

    findings = asyncio.run(examine(settings, DOTENV))
    print(report(findings))
    return int(any(finding.verdict is Verdict.WRONG for finding in findings))


def _migrate(settings: Settings) -> int:
    async def upgrade() -> bool:
        engine = open_engine(settings.database_url)
        try:
            return await migrate(engine)
        finally:
            await engine.dispose()

    done = "is now" if asyncio.run(upgrade()) else "was already"
    print(f"{shown_url(settings.database_url)} {done} at revision {HEAD}.")
    return 0


def _user(options: argparse.Namespace, settings: Settings) -> int:
    from parley.kernel.errors import ParleyError
    from parley.ops.logs import configure_logs
    from parley.ops.secrets import secret_key

    configure_logs(settings)
    try:
        lines = asyncio.run(user_commands.run(options, settings, secret_key(settings)))
    except ParleyError as error:
        print(error.message, file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


COMMANDS = {"serve": _serve, "doctor": _doctor, "migrate": _migrate}
