"""`maru layouts`: a tenant's portal page as a file, and the same page for several tenants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from maru.cli import say
from maru.cli.inside import in_house, tenant_of
from maru.house import House
from maru.plugins.context import Call, open_call
from maru.portal.desks import TENANT, Desk, desk_named
from maru.portal.packs import Applied, LayoutPack, packed, read_pack
from maru.portal.packs import apply as apply_pack
from maru_sdk import ContextSeed, MaruError, NotFound, Tenant

_role = click.option("--role", metavar="KEY", help="The page of a role instead of everybody's.")


class DryRun(Exception):
    """Nothing of this is to stay."""


@click.group()
def command() -> None:
    """Carry portal pages from tenant to tenant."""


@command.command("export")
@click.option("--tenant", required=True, metavar="SLUG")
@_role
def export(tenant: str, role: str | None) -> None:
    """Print a tenant's portal page as JSON, for `apply`."""

    async def read(house: House) -> LayoutPack:
        found = tenant_of(house, tenant)
        async with open_call(house.services, _seed(found), readonly=True) as call:
            return packed(await (await _desk(call, role)).seen())

    say(in_house(read).model_dump_json(indent=1))


@command.command("apply")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--tenant", "tenants", required=True, multiple=True, metavar="SLUG")
@_role
@click.option("--dry-run", is_flag=True, help="Say what would become of it, and change nothing.")
def apply(file: Path, tenants: Sequence[str], role: str | None, *, dry_run: bool) -> None:
    """Publish a portal page in tenants: each for itself, as a whole or not at all."""
    try:
        pack = read_pack(file.read_text(encoding="utf-8"))
    except (MaruError, UnicodeDecodeError):
        raise click.ClickException(f"{file} is no exported layout") from None

    async def put(house: House) -> None:
        for found in [tenant_of(house, slug) for slug in tenants]:
            await _put(house, found, pack, role, dry_run=dry_run)

    in_house(put)


async def _put(
    house: House, tenant: Tenant, pack: LayoutPack, role: str | None, *, dry_run: bool
) -> None:
    try:
        async with open_call(house.services, _seed(tenant)) as call:
            told = await _applied(call, pack, role)
            left = f"; not here: {', '.join(told.left_out)}" if told.left_out else ""
            reset = f"; settings reset: {', '.join(told.reset)}" if told.reset else ""
            would = "would take over" if dry_run else "took over"
            what = f"{told.added} added, {told.removed} removed, {told.changed} changed"
            say(f"{tenant.slug}: {would} {told.portlets} portlets ({what}){left}{reset}")
            if dry_run:
                raise DryRun
    except DryRun:
        return


async def _applied(call: Call, pack: LayoutPack, role: str | None) -> Applied:
    told = await apply_pack(await _desk(call, role), pack)
    said = told.model_dump(exclude={"pages"})
    await call.ctx("core").audit("layout.published", f"layout:{role or TENANT}", after=said)
    return told


async def _desk(call: Call, role: str | None) -> Desk:
    try:
        return await desk_named(call, role)
    except NotFound:
        raise click.ClickException(f"{call.tenant.slug} has no role {role}") from None


def _seed(tenant: Tenant) -> ContextSeed:
    return ContextSeed(
        tenant=tenant.id, plugin="core", locale=tenant.locale, timezone=tenant.timezone
    )
