"""Seeds the demo's two companies in an open house."""

from collections.abc import Sequence

from maru.cli import say
from maru.cli.demo import OPERATOR
from maru.db.database import Database
from maru.db.unit import Unit
from maru.demo.companies import COMPANIES, Company
from maru.demo.filling import Filling
from maru.demo.staff import Staff, draw_staff
from maru.demo.steps import DATA, PLUGINS
from maru.house import House, open_house
from maru.operators.accounts import OperatorAccounts
from maru.plugins.context import Call
from maru.settings import Settings
from maru.tenancy.founding import found_tenant
from maru_sdk import Conflict
from maru_sdk.lifecycle import DemoSeed, demo_seeded

_SEED = DemoSeed.model_fields["seed"].default


async def seed_all(settings: Settings, people: int, password: str) -> None:
    """Opens a house and seeds both companies."""
    url = settings.database_system_url
    async with (
        open_house(settings) as house,
        await Database.open(url, pool_size=1, overflow=1) as system,
    ):
        await seed(house, system, people, password)
        accounts = OperatorAccounts(system, house.sessions.passwords)
        await accounts.of_demo(OPERATOR, "운영자", password)


async def seed(
    house: House,
    system: Database,
    people: int,
    password: str,
    companies: Sequence[Company] = COMPANIES,
) -> None:
    """Makes the companies, as far as they aren't there."""
    passwords = house.sessions.passwords
    hashed = await passwords.hash(password)
    for company in companies:
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
    async with filling.step(staff.tenant_id, PLUGINS) as unit:
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
    async with filling.step(staff.tenant_id, DATA) as unit:
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
