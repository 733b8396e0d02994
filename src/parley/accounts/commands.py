"""`parley user …`: what operators do with accounts, beside a running server or without one.

The first admin is made here and nowhere else. What ends sessions here closes their sockets within seconds,
since every server looks for ended sessions.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from parley.accounts.desk import Desk
from parley.accounts.schemas import NewAccount
from parley.accounts.user import User
from parley.kernel.clock import SystemClock, timestamp
from parley.kernel.errors import NotFound
from parley.kernel.ids import SystemIds
from parley.settings import Settings
from parley.storage import migrate, open_engine

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ROLES = ("user", "moderator", "admin")
PAGE = 500
_WHO = "the username, or the e-mail address"


def add_parser(commands: Subparsers) -> None:
    """`user` and what comes after it."""
    user = commands.add_parser("user", help="make, list, disable, promote accounts")
    actions = user.add_subparsers(dest="action", required=True, metavar="action")
    create = actions.add_parser("create", help="make an account; asks for its password")
    create.add_argument("username")
    create.add_argument("--email")
    create.add_argument("--role", choices=ROLES, default="user")
    actions.add_parser("list", help="all accounts, by name")
    for name, does in (
        ("disable", "close an account; its sessions end"),
        ("enable", "open it again"),
        ("reset-password", "set a new password, which is asked for; all sessions end"),
    ):
        actions.add_parser(name, help=does).add_argument("who", help=_WHO)
    promote = actions.add_parser(
        "promote", help="give an account another role: admin, unless another is named"
    )
    promote.add_argument("who", help=_WHO)
    promote.add_argument("role", choices=ROLES, nargs="?", default="admin")


async def run(options: argparse.Namespace, settings: Settings, secret: str) -> list[str]:
    """Do what the options say; gives the lines to print. Raises ParleyError, StorageError."""
    engine = open_engine(settings.database_url)
    desk = Desk(settings, engine, secret, SystemClock(), SystemIds())
    try:
        await migrate(engine)
        return await ACTIONS[options.action](desk, options)
    finally:
        desk.close()
        await engine.dispose()


async def _create(desk: Desk, options: argparse.Namespace) -> list[str]:
    user = await desk.accounts.register(
        NewAccount(
            username=options.username, email=options.email, password=ask_password(), rule="plain"
        )
    )
    if options.role != "user":
        user = await desk.accounts.set_role(user.id, options.role)
    return [f"Made {user.username} ({user.role}), id {user.id}."]


async def _list(desk: Desk, options: argparse.Namespace) -> list[str]:
    found: list[User] = []
    while page := await desk.accounts.all(PAGE, found[-1].username if found else ""):
        found += page
    return [_line(user) for user in found] or ["There are no accounts."]


def _line(user: User) -> str:
    state = "disabled" if user.disabled else user.role
    seen = timestamp(user.last_seen)[:16].replace("T", " ")
    return f"{user.id}  {state:<9}  {seen}  {user.username:<30}  {user.email or ''}".rstrip()


async def _disable(desk: Desk, options: argparse.Namespace) -> list[str]:
    user = await desk.accounts.disable((await _named(desk, options)).id)
    return [f"{user.username} is disabled; its sessions have ended."]


async def _enable(desk: Desk, options: argparse.Namespace) -> list[str]:
    user = await desk.accounts.disable((await _named(desk, options)).id, disabled=False)
    return [f"{user.username} may sign in again."]


async def _promote(desk: Desk, options: argparse.Namespace) -> list[str]:
    user = await desk.accounts.set_role((await _named(desk, options)).id, options.role)
    return [f"{user.username} is {user.role} now."]


async def _reset_password(desk: Desk, options: argparse.Namespace) -> list[str]:
    user = await _named(desk, options)
    await desk.accounts.set_password(user.id, ask_password(), "plain")
    return [f"{user.username} has a new password; its sessions have ended."]


async def _named(desk: Desk, options: argparse.Namespace) -> User:
    accounts = desk.accounts
    user = await accounts.by_email(options.who) or await accounts.by_username(options.who)
    if user is None:
        raise NotFound(f"There is no account called {options.who}.")
    return user


def ask_password() -> str:
    """The password, typed unseen at a terminal, else the first line of stdin."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")


ACTIONS: dict[str, Callable[[Desk, argparse.Namespace], Awaitable[list[str]]]] = {
    "create": _create,
    "list": _list,
    "disable": _disable,
    "enable": _enable,
    "promote": _promote,
    "reset-password": _reset_password,
}
