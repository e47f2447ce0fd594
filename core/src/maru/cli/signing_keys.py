"""`maru signing-keys`: the keys that tokens and cookies are signed with."""

from __future__ import annotations

from collections.abc import Sequence

import click

from maru.cli import say
from maru.cli.inside import in_house
from maru.house import House
from maru.identity.signing import AHEAD, KeyLine


@click.group()
def command() -> None:
    """List the keys that sign tokens, and make new ones."""


@command.command("list")
def list_keys() -> None:
    """List the keys that tokens are checked with."""

    async def act(house: House) -> Sequence[KeyLine]:
        return await house.sessions.signing.list()

    for one in in_house(act):
        begins = "from the start" if one.signs_from is None else f"{one.signs_from:%Y-%m-%d %H:%M}"
        ends = "-" if one.retired_at is None else f"{one.retired_at:%Y-%m-%d %H:%M}"
        say(f"{one.kid:<14} signs from {begins:<16} good until {ends}")


@command.command("rotate")
@click.option(
    "--at-once",
    is_flag=True,
    help="The old keys are worthless now: everybody signs in again. For a key that leaked.",
)
def rotate(at_once: bool) -> None:
    """Sign with a new key; nobody is signed out and nothing has to be restarted."""

    async def act(house: House) -> str:
        return await house.sessions.signing.rotate(at_once=at_once)

    kid = in_house(act)
    when = "now" if at_once else f"in {AHEAD.total_seconds():.0f} s"
    say(f"{kid} signs {when}")
