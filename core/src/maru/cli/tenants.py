"""`maru tenants`: who is served here."""

from __future__ import annotations

import asyncio
import json

import click

from maru.access.rights import Rights
from maru.cli import say
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.settings import Settings, load_settings
from maru.tenancy.founding import Founded, found_tenant
from maru_sdk import MaruError

_NEEDS = ("database_url", "redis_queue_url", "redis_cache_url", "redis_live_url", "secret_key")


@click.group()
def command() -> None:
    """List and create tenants."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tenants(as_json: bool) -> None:
    """List the tenants that are served."""
    settings = load_settings()
    settings.require(*_NEEDS)
    asyncio.run(_list(settings, as_json))


async def _list(settings: Settings, as_json: bool) -> None:
    async with open_house(settings) as house:
        tenants = house.tenants.all()
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
    settings = load_settings()
    settings.require(*_NEEDS, "database_system_url")
    try:
        founded = asyncio.run(_create(settings, slug, name, locale, timezone, domain))
    except MaruError as refusal:
        raise click.ClickException(str(refusal)) from None
    say(f"{slug} {'created' if founded.new else 'was there already'}: {founded.id}")


async def _create(
    settings: Settings, slug: str, name: str, locale: str, timezone: str, domain: str | None
) -> Founded:
    async with open_house(settings) as house:
        url = settings.database_system_url
        async with await Database.open(url, pool_size=1, overflow=1) as system:
            founded = await found_tenant(
                system,
                house.signals,
                slug,
                name,
                locale=locale,
                timezone=timezone,
                domain=domain,
            )
        await _roles(house, house.rights, founded)
    return founded


async def _roles(house: House, rights: Rights, founded: Founded) -> None:
    async with committing(house.database.unit(Scope(founded.id))) as unit:
        await rights.roles.begin(unit)
