"""Counts what went on in a day: core's own numbers, and those that plugins declare."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from maru.admin.service import call_of
from maru.admin.statistics.queries import ACTIVE_USERS, JOBS, SIGN_INS, Number
from maru.db.scope import Scope
from maru.plugins.registry import Installed
from maru_sdk import Context
from maru_sdk.db import tables_of
from maru_sdk.declarations import Statistic
from maru_sdk.operation import Span

CORE: Final = "core"
ACTIVE, SIGNED_IN, JOBS_DONE, STORAGE = "active_users", "sign_ins", "jobs", "storage"
PATIENCE: Final = 10.0
LONGEST: Final = 60.0
LARGEST: Final = 2**53


def span_of(day: date, zone: ZoneInfo) -> Span:
    """A day of the tenant's as a stretch of time."""
    ends = [datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1))]
    return Span(since=ends[0].astimezone(UTC), until=ends[1].astimezone(UTC))


def today(ctx: Context) -> date:
    """The day in the tenant's zone."""
    return ctx.now.astimezone(ZoneInfo(ctx.tenant.timezone)).date()


async def active(ctx: Context, day: date) -> list[Number]:
    """How many people were here."""
    return await _read(ctx, ACTIVE, ACTIVE_USERS, day)


async def counted(ctx: Context, day: date) -> list[Number]:
    """Everything else that is counted by its time."""
    own = [
        *await _read(ctx, SIGNED_IN, SIGN_INS, day),
        *await _read(ctx, JOBS_DONE, JOBS, day),
    ]
    return own + await _of_plugins(ctx, day)


async def _read(ctx: Context, name: str, query: Any, day: date) -> list[Number]:
    span = span_of(day, ZoneInfo(ctx.tenant.timezone))
    found = await ctx.read(query, since=span.since, until=span.until)
    return [Number(day=day, plugin=one.plugin, name=name, value=one.value) for one in found]


def declared(ctx: Context) -> Iterator[tuple[Installed, Statistic]]:
    """The statistics of the plugins that are on here."""
    services = call_of(ctx).services
    for installed, one in services.host.declared("statistics"):
        if services.gate.on(ctx.tenant.id, installed.key):
            yield installed, one


async def _of_plugins(ctx: Context, day: date) -> list[Number]:
    """One statistic's failure costs its own number alone. Those of one plugin are asked for one
    after another: an isolated one is asked few things at once."""
    asked = list(declared(ctx))
    span = span_of(day, ZoneInfo(ctx.tenant.timezone))
    turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    asking = (_ask(ctx, installed, one, span, turns[installed.key]) for installed, one in asked)
    found = await asyncio.gather(*asking, return_exceptions=True)
    numbers = []
    for (installed, one), value in zip(asked, found, strict=True):
        if isinstance(value, BaseException):
            ctx.log.error("a statistic failed", statistic=one.name, problem=repr(value))
        else:
            told = {"plugin": installed.owner, "name": one.name, "value": value}
            numbers.append(Number(day=day, **told))
    return numbers


async def _ask(
    ctx: Context, installed: Installed, one: Statistic, span: Span, turn: asyncio.Lock
) -> int:
    async with turn, asyncio.timeout(PATIENCE), call_of(ctx).apart(installed.key) as own:
        value = int(await one.function(own, span))
    if abs(value) > LARGEST:  # no column and no browser holds it
        raise OverflowError(f"{value} is no number of a day")
    return value


async def stored(ctx: Context) -> list[Number]:
    """How many bytes the tenant's rows take now, by plugin."""
    services, day = call_of(ctx).services, today(ctx)
    numbers = []
    packages = {one.owner: one.package for one in services.host.installed.values() if not one.core}
    for key, package in {CORE: "maru", **packages}.items():
        value = 0
        async with services.database.unit(
            Scope(ctx.tenant.id), readonly=True, timeout=LONGEST
        ) as unit:
            for table in tables_of(package.partition(".")[0]).tables.values():
                if "tenant_id" in table.columns and await unit.db.scalar(
                    _THERE, {"t": table.fullname}
                ):
                    value += int(await unit.db.scalar(_bytes(table)) or 0)
        numbers.append(Number(day=day, plugin=key, name=STORAGE, value=value))
    return numbers


_THERE = sa.text("SELECT has_table_privilege(to_regclass(:t), 'SELECT')")


def _bytes(table: sa.Table) -> sa.Executable:
    row = sa.func.pg_column_size(sa.text(f"{table.fullname}.*"))
    return sa.select(sa.func.coalesce(sa.func.sum(row), 0)).select_from(table)
