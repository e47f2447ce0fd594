"""`maru tenants`: who is served here, and how a tenant comes, moves and goes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click

from maru.cli import say
from maru.cli.inside import in_house
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.house import House
from maru.moving.exporting import Exporter
from maru.moving.importing import Importer
from maru.moving.sealing import ArchiveKey
from maru.operators.acts import TenantActs, Wanted
from maru.operators.queries import ALL_TENANTS
from maru.operators.schemas import TenantLine
from maru.operators.trail import COMMAND
from maru_sdk.db import uuid7

T = TypeVar("T")

_passphrase = click.option(
    "--passphrase",
    envvar="MARU_ARCHIVE_PASSPHRASE",
    help="For an installation with another secret key.",
)


@click.group()
def command() -> None:
    """List tenants, create, suspend, move and delete them."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tenants(as_json: bool) -> None:
    """List the tenants, those that are suspended too."""
    tenants = in_house(_all)
    if as_json:
        say(json.dumps([one.model_dump(mode="json") for one in tenants], ensure_ascii=False))
        return
    for one in tenants:
        say(f"{one.slug:<20} {one.state:<10} {one.id}  {one.name}")


@command.command("create")
@click.argument("slug")
@click.argument("name")
@click.option("--locale", type=click.Choice(["ko", "en"]), default="ko", show_default=True)
@click.option("--timezone", default="Asia/Seoul", show_default=True)
@click.option("--domain", help="A host name of its own.")
def create(slug: str, name: str, locale: str, timezone: str, domain: str | None) -> None:
    """Create a tenant with core's roles; again completes one that was begun."""

    async def act(house: House, system: Database) -> tuple[UUID, bool]:
        wanted = Wanted(
            id=uuid7(), slug=slug, name=name, locale=locale, timezone=timezone, domain=domain
        )
        made = await TenantActs(house, system).create(wanted, COMMAND, again=True)
        return made, made == wanted.id

    made, new = _with_system(act)
    say(f"{slug} {'created' if new else 'was there already'}: {made}")


@command.command("suspend")
@click.argument("slug")
@click.option("--note", default="", help="What its people are told.")
def suspend(slug: str, note: str) -> None:
    """Shut a tenant's people out; its jobs are parked."""
    _act_on(slug, lambda acts, tenant: acts.suspend(tenant.id, note, COMMAND))
    say(f"{slug} is suspended")


@command.command("resume")
@click.argument("slug")
def resume(slug: str) -> None:
    """Serve a tenant again that is suspended, or deleted within its grace."""
    _act_on(slug, lambda acts, tenant: acts.resume(tenant.id, COMMAND))
    say(f"{slug} is served again")


@command.command("quota")
@click.argument("slug")
@click.option("--people", type=click.IntRange(0), help="How many people may be active.")
@click.option("--storage", type=click.IntRange(0), help="How many bytes it may keep.")
@click.option("--jobs", type=click.IntRange(1), help="How many of its jobs may be at work at once.")
@click.option("--none", "lifted", is_flag=True, help="Lift all quotas that aren't given.")
def quota(slug: str, lifted: bool, **given: int | None) -> None:
    """Set what a tenant may have; what it has beyond that stays."""

    def act(acts: TenantActs, tenant: TenantLine) -> Awaitable[None]:
        kept = {} if lifted else tenant.quotas.model_dump()
        new = {name: value for name, value in given.items() if value is not None}
        return acts.change(tenant.id, {"quotas": kept | new}, COMMAND)

    _act_on(slug, act)
    say(f"the quotas of {slug} are set")


@command.command("export")
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_passphrase
def export(slug: str, file: Path, passphrase: str | None) -> None:
    """Write a whole tenant, as it is at this moment, into an archive.

    Without a passphrase only an installation with the same secret key can import it. For a move
    suspend the tenant first: what happens after the export isn't in it.
    """
    if file.exists():
        raise click.ClickException(f"{file} is there already")

    async def act(house: House, system: Database) -> int:
        tenant = await _found(house, slug)
        exporter = Exporter(house, ArchiveKey.of(house.keys, passphrase))
        manifest = await exporter.write(tenant.id, file)
        await TenantActs(house, system).note_export(tenant.id, slug, COMMAND, manifest.rows)
        return manifest.rows

    rows = _with_system(act)
    say(f"{slug} is in {file}: {rows:,} rows, {file.stat().st_size:,} bytes")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@_passphrase
def import_(file: Path, passphrase: str | None) -> None:
    """Take a tenant in from an archive, whole or not at all."""

    async def act(house: House, system: Database) -> tuple[str, int]:
        manifest = await Importer(house, system).read(file, passphrase)
        acts = TenantActs(house, system)
        await acts.note_import(manifest.tenant_id, manifest.slug, COMMAND, manifest.rows)
        return manifest.slug, manifest.rows

    slug, rows = _with_system(act)
    say(f"{slug} is here: {rows:,} rows")


@command.command("delete")
@click.argument("slug")
@click.option("--days", type=click.IntRange(0, 365), default=30, show_default=True)
@click.option("--confirm", help="The slug once more; asked for unless given.")
def delete(slug: str, days: int, confirm: str | None) -> None:
    """Close a tenant at once and erase it after so many days; until then `resume` brings it back.

    `maru scheduler` erases.
    """
    typed = confirm if confirm is not None else click.prompt(f"Type {slug} to delete it")
    if typed != slug:
        raise click.ClickException("nothing was deleted: that is not its slug")
    grace = timedelta(days=days)
    ends = _act_on(slug, lambda acts, tenant: acts.leave(tenant.id, grace, COMMAND))
    say(f"{slug} is closed and will be erased after {ends:%Y-%m-%d %H:%M} UTC")


async def _all(house: House) -> list[TenantLine]:
    return list(await house.database.unit(NOBODY, readonly=True).read(ALL_TENANTS))


async def _found(house: House, slug: str) -> TenantLine:
    tenants = {one.slug: one for one in await _all(house)}
    if slug not in tenants:
        names = ", ".join(tenants) or "none"
        raise click.ClickException(f"there is no tenant {slug}; there are: {names}")
    return tenants[slug]


def _act_on(slug: str, act: Callable[[TenantActs, TenantLine], Awaitable[T]]) -> T:
    async def work(house: House, system: Database) -> T:
        return await act(TenantActs(house, system), await _found(house, slug))

    return _with_system(work)


def _with_system(act: Callable[[House, Database], Awaitable[T]]) -> T:
    async def work(house: House) -> T:
        url = house.settings.database_system_url
        async with await Database.open(url, pool_size=2, overflow=1) as system:
            return await act(house, system)

    return in_house(work, "database_system_url")
