"""`maru keys data`: the keys that tenants' secrets are sealed under."""

from __future__ import annotations

import click

from maru.admin.keys.service import rotated
from maru.cli import say
from maru.cli.inside import in_house, tenant_of
from maru.crypto.check import settle_secret
from maru.db.scope import NOBODY, Scope
from maru.db.unit import committing
from maru.house import House
from maru.operators.installation import INSTALLATION
from maru.plugins.context import open_call
from maru.tenancy.queries import TENANT_IDS
from maru_sdk import ContextSeed, Tenant


@click.group()
def data() -> None:
    """Data keys: what tenants' secrets are sealed under."""


@data.command("rotate")
@click.option("--tenant", "slug", help="This tenant's alone; else everyone's.")
def rotate(slug: str | None) -> None:
    """Make new data keys; workers seal everything anew under them."""

    async def act(house: House) -> tuple[Tenant, ...]:
        tenants = (tenant_of(house, slug),) if slug else house.tenants.all()
        for tenant in tenants:
            seed = ContextSeed(tenant=tenant.id, plugin="core")
            async with open_call(house.services, seed) as call:
                await rotated(call.ctx("core"))
        return tenants

    for tenant in in_house(act):
        say(f"{tenant.slug}: a new data key is in use, workers seal everything anew")


@data.command("rewrap")
def rewrap() -> None:
    """Seal all data keys under MARU_SECRET_KEY, away from MARU_SECRET_KEY_OLD."""

    async def act(house: House) -> int:
        count = 0
        tenants = await house.database.unit(NOBODY, readonly=True).read(TENANT_IDS)
        for one in (INSTALLATION.id, *(tenant.id for tenant in tenants)):
            async with committing(house.database.unit(Scope(one))) as unit:
                count += await house.vault.rewrap(unit, one)
        await settle_secret(house.database, house.keys)
        return count

    count = in_house(act)
    say(f"{count} data keys sealed anew; MARU_SECRET_KEY_OLD is needed no more")
