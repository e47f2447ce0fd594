"""`maru addresses`: a way back in for admins whom a list keeps out."""

from __future__ import annotations

import click

from maru.admin.addresses.lists import AddressLists
from maru.admin.addresses.service import changed
from maru.cli import say
from maru.cli.inside import in_house, tenant_of
from maru.house import House
from maru.plugins.context import open_call
from maru_sdk import ContextSeed


@click.group()
def command() -> None:
    """From which addresses a tenant's administration may be used."""


@command.command("clear")
@click.option("--tenant", "slug", required=True, help="Whose administration.")
def clear(slug: str) -> None:
    """Empty both lists, so that admins can come from everywhere again."""

    async def act(house: House) -> None:
        seed = ContextSeed(tenant=tenant_of(house, slug).id, plugin="core")
        async with open_call(house.services, seed) as call:
            await changed(call.ctx("core"), AddressLists())

    in_house(act)
    say(f"{slug}: the administration may be used from everywhere")
