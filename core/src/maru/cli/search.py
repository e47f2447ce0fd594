"""`maru search`: the process that knows how Korean words are made; `maru search reindex`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import click

from maru.cli import say
from maru.cli.inside import in_house, tenant_of
from maru.house import House
from maru.plugins.context import open_call
from maru.search.jobs import enqueue
from maru.search.queries import UNDER_WAY
from maru.searcher import run
from maru.settings import load_settings
from maru_sdk import ContextSeed, Tenant

_LOOK = 0.5
_OVER = frozenset({"done", "dead", "cancelled"})


@click.group(invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Say what searches mean and read what was written, until a signal ends it.

    One such process holds the dictionary (half a gigabyte) for all others.
    """
    if context.invoked_subcommand is None:
        settings = load_settings()
        settings.require("database_url", "redis_queue_url", "redis_live_url", "secret_key")
        run(settings)


@command.command()
@click.option("--tenant", help="The tenant's slug; all tenants without it.")
@click.option("--wait/--no-wait", default=True, help="Stay until it is done.")
def reindex(tenant: str | None, wait: bool) -> None:
    """Take everything up anew, while searches go on.

    The jobs of `maru worker` do it, part by part; what ends this command doesn't end them, and a
    job that is run again goes on where it was.
    """
    in_house(lambda house: _reindex(house, tenant, wait=wait))


async def _reindex(house: House, slug: str | None, *, wait: bool) -> None:
    tenants = [tenant_of(house, slug)] if slug else house.tenants.all()
    begun = [(tenant, job) for tenant in tenants for job in await _begun(house, tenant)]
    say(f"{len(begun)} sources are taken up anew")
    if wait:
        await _watch(house, begun)


async def _begun(house: House, tenant: Tenant) -> list[UUID]:
    seed = ContextSeed(tenant=tenant.id, plugin="search", trace="maru search reindex")
    async with open_call(house.services, seed) as call:
        return await enqueue(call.ctx("search"), house.search.reindex)


async def _watch(house: House, begun: Sequence[tuple[Tenant, UUID]]) -> None:
    left = list(begun)
    shown: dict[UUID, str] = {}
    while left:
        for tenant, job in tuple(left):
            state, line = await _seen(house, tenant, job)
            if shown.get(job) != line:
                shown[job] = line
                say(line)
            if state in _OVER:
                left.remove((tenant, job))
        if left:
            await asyncio.sleep(_LOOK)


async def _seen(house: House, tenant: Tenant, job: UUID) -> tuple[str, str]:
    """How a job is getting on, and that as a line."""
    seed = ContextSeed(tenant=tenant.id, plugin="search")
    async with open_call(house.services, seed, readonly=True) as call:
        (row,) = await call.unit.read(UNDER_WAY, job=job)
    done = f", {row.done:,} of {row.total:,}" if row.done and row.total else ""
    return row.state, f"{tenant.slug}: {row.state}{done}"
