"""`maru operators`: who runs the installation."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from maru.cli import say
from maru.cli.inside import in_house
from maru.db.database import Database
from maru.house import House
from maru.operators.accounts import OperatorAccounts

T = TypeVar("T")


@click.group()
def command() -> None:
    """List operators, make them, set their passwords, shut them out."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_operators(as_json: bool) -> None:
    """List the operators."""
    found = _with_accounts(lambda accounts: accounts.all())
    if as_json:
        say(json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False))
        return
    for one in found:
        last = "never" if one.last_sign_in_at is None else f"{one.last_sign_in_at:%Y-%m-%d %H:%M}"
        say(f"{one.username:<24} {one.state:<9} {last:<17} {one.name}")


@command.command("create")
@click.argument("username")
@click.option("--name", default="", help="The operator's name; the user name unless given.")
@click.password_option(help="Asked for unless given.")
def create(username: str, name: str, password: str) -> None:
    """Create an operator."""
    _with_accounts(lambda accounts: accounts.create(username, name, password))
    say(f"{username} can sign in at /operator")


@command.command("password")
@click.argument("username")
@click.password_option(help="Asked for unless given.")
def set_password(username: str, password: str) -> None:
    """Set an operator's password; their sessions end."""
    _with_accounts(lambda accounts: accounts.set_password(username, password))
    say(f"{username} has a new password")


@command.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """Let an operator sign in no more; their sessions end."""
    _with_accounts(lambda accounts: accounts.disable(username))
    say(f"{username} can't sign in any more")


@command.command("enable")
@click.argument("username")
def enable(username: str) -> None:
    """Let an operator sign in again."""
    _with_accounts(lambda accounts: accounts.enable(username))
    say(f"{username} can sign in again")


@command.command("reset-factors")
@click.argument("username")
def reset_factors(username: str) -> None:
    """Take an operator's second factors away, whose phone is lost; their sessions end."""
    _with_accounts(lambda accounts: accounts.forget_factors(username))
    say(f"{username} has no second factor any more")


def _with_accounts(act: Callable[[OperatorAccounts], Awaitable[T]]) -> T:
    async def work(house: House) -> T:
        url = house.settings.database_system_url
        async with await Database.open(url, pool_size=1, overflow=1) as system:
            return await act(OperatorAccounts(system, house.sessions.passwords))

    return in_house(work, "database_system_url")
