"""`maru seed`: the demo's two companies. Killed at any moment, the next run completes it."""

from __future__ import annotations

import asyncio
import secrets

import click

from maru.cli import say
from maru.db.database import Database
from maru.db.unit import Unit
from maru.demo.companies import COMPANIES, Company
from maru.demo.filling import Filling
from maru.demo.staff import Staff, draw_staff
from maru.house import House, open_house
from maru.plugins.context import Call
from maru.settings import load_settings
from maru.tenancy.founding import found_tenant
from maru_sdk import Conflict
from maru_sdk.lifecycle import DemoSeed, demo_seeded

_NEEDS = ("database_url", "database_system_url", "redis_queue_url", "secret_key")
_SEED = DemoSeed.model_fields["seed"].default


@click.command()
@click.option("--people", type=click.IntRange(1, 50_000), default=300, show_default=True)
@click.option("--password", envvar="MARU_DEMO_PASSWORD", help="For admin, manager and member.")
def command(people: int, password: str | None) -> None:
    """Fill the demo's tenants."""
    settings = load_settings()
    settings.require(*_NEEDS)
    given = password or secrets.token_urlsafe(9)

    async def work() -> None:
        url = settings.database_system_url
        async with (
            open_house(settings) as house,
            await Database.open(url, pool_size=1, overflow=1) as system,
        ):
            await seed(house, system, people, given)

    asyncio.run(work())
    if password is None:
        say(f"admin, manager and member sign in with: {given}")


async def seed(house: House, system: Database, people: int, password: str) -> None:
    """Makes both companies, as far as they aren't there."""
    passwords = house.sessions.passwords
    hashed = await passwords.hash(password)
    for company in COMPANIES:
        staff = await _founded(house, system, draw_staff(company, people, _SEED))
        filling = Filling(house.database, house.people, house.rights.roles)
        if await filling.company(staff, hashed):
            say(f"{company.name}: {len(staff.people)} people")
        else:
            await filling.renew_password(staff.tenant_id, passwords, password, hashed)
        await _switch_on(house, filling, staff)
        await _fill_plugins(house, filling, staff)


async def _founded(house: House, system: Database, staff: Staff) -> Staff:
    company = staff.company
    founded = await found_tenant(
        system, house.signals, company.slug, company.name, id_=staff.tenant_id
    )
    await house.tenants.load()
    return staff.of_tenant(founded.id)


async def _switch_on(house: House, filling: Filling, staff: Staff) -> None:
    """Switches plugins on once: what an admin switches off later stays off."""
    async with filling.step(staff.tenant_id, "plugins") as unit:
        if unit is None:
            return
        call = await _call(house, staff, unit)
        for key in _wanted(house, staff.company):
            try:
                await house.services.switchboard.enable(call, key)
            except Conflict as refusal:
                say(f"{staff.company.name}: {refusal}")


def _wanted(house: House, company: Company) -> list[str]:
    """The plugins that are to be on in a company, those first that others need."""
    installed = (each for each in house.host.installed.values() if not each.core)
    return [
        each.key for each in installed if company.plugins is None or each.key in company.plugins
    ]


async def _fill_plugins(house: House, filling: Filling, staff: Staff) -> None:
    """Lets the plugins that are on fill the company with data of their own, all or nothing."""
    async with filling.step(staff.tenant_id, "data") as unit:
        if unit is None:
            return
        call = await _call(house, staff, unit)
        ask = DemoSeed(people=len(staff.people), seed=_SEED)
        await house.services.points.decide(call, demo_seeded, ask)


async def _call(house: House, staff: Staff, unit: Unit) -> Call:
    """The admin's work in this very transaction."""
    tenant = house.tenants.by_id(staff.tenant_id)
    admin = staff.person("admin").id
    assert tenant is not None
    return Call(
        services=house.services,
        tenant=tenant,
        user=await house.people.user(tenant.id, admin),
        granted=await house.rights.granted(tenant.id, admin),
        unit=unit,
        locale=tenant.locale,
        now=house.services.clock(),
        trace="maru seed",
    )
