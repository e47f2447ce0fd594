"""`maru tenants`: who is served here."""

from __future__ import annotations

import json

import click

from maru.cli import say
from maru.cli.inside import in_house
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.tenancy.founding import Founded, found_tenant
from maru_sdk import Tenant


@click.group()
def command() -> None:
    """List and create tenants."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tenants(as_json: bool) -> None:
    """List the tenants that are served."""

    async def act(house: House) -> tuple[Tenant, ...]:
        return house.tenants.all()

    tenants = in_house(act)
    if as_json:
        say(json.dumps([tenant.model_dump(mode="json") for tenant in tenants], ensure_ascii=False))
        return
    for tenant in tenants:
        say(f"{tenant.slug:<20} {tenant.id}  {tenant.name}")


@command.command("create")
@click.argument("slug")
@click.argument("name")
@click.option("--locale", type=click.Choice(["ko", "en"]), default="ko", show_default=True)
@click.option("--timezone", default="Asia/Seoul", show_default=True)
@click.option("--domain", help="A host name of its own.")
def create(slug: str, name: str, locale: str, timezone: str, domain: str | None) -> None:
    """Create a tenant with core's roles; again completes one that was begun."""

    async def act(house: House) -> Founded:
        url = house.settings.database_system_url
        async with await Database.open(url, pool_size=1, overflow=1) as system:
            founded = await found_tenant(
                system, house.signals, slug, name, locale=locale, timezone=timezone, domain=domain
            )
        async with committing(house.database.unit(Scope(founded.id))) as unit:
            await house.rights.roles.begin(unit)
        return founded

    founded = in_house(act, "database_system_url")
    say(f"{slug} {'created' if founded.new else 'was there already'}: {founded.id}")
