"""Puts kept numbers and today's together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from maru.admin.service import call_of
from maru.admin.statistics.counting import (
    ACTIVE,
    CORE,
    JOBS_DONE,
    SIGNED_IN,
    STORAGE,
    active,
    counted,
    declared,
    today,
)
from maru.admin.statistics.queries import KEPT, Number
from maru.admin.statistics.schemas import (
    DayOut,
    PluginOut,
    StatisticOut,
    StatisticsOut,
    TotalsOut,
)
from maru_sdk import Context, InvalidInput
from maru_sdk.declarations import Statistic

USUAL: Final = 30
LONGEST: Final = 366
_CORE: Final = {ACTIVE: "active_users", SIGNED_IN: "sign_ins", JOBS_DONE: "jobs"}


class SpanInvalid(InvalidInput):
    """The days asked for are the wrong way round, or too many."""

    message = "Ask for 1 to {days} days, from the earlier to the later"


def span(ctx: Context, first: date | None, last: date | None) -> tuple[date, date]:
    """The days asked for; the last thirty where nothing is said."""
    end = min(last or today(ctx), today(ctx))
    start = first or end - timedelta(days=USUAL - 1)
    if not 0 <= (end - start).days < LONGEST:
        raise SpanInvalid(days=LONGEST)
    return start, end


async def statistics(ctx: Context, first: date | None, last: date | None) -> StatisticsOut:
    """The numbers from one day to another, both included."""
    start, end = span(ctx, first, last)
    numbers = await _numbers(ctx, start, end)
    adds = {one.name: one.adds_to for _, one in _all(ctx)}
    days = _days(start, end, numbers, adds)
    return StatisticsOut(
        first=start,
        last=end,
        timezone=ctx.tenant.timezone,
        totals=_totals(days),
        days=days,
        plugins=_plugins(ctx, numbers),
    )


async def _numbers(ctx: Context, start: date, end: date) -> list[Number]:
    now = today(ctx)
    kept = list(await ctx.read(KEPT, first=start, last=end))
    if end < now:
        return kept
    live = {(one.plugin, one.name): one for one in await counted(ctx, now)}
    for one in await active(ctx, now):
        live[one.plugin, one.name] = one
    for one in kept:
        same = live.get((one.plugin, one.name))
        if one.day == now and (same is None or (one.name == ACTIVE and one.value > same.value)):
            live[one.plugin, one.name] = one
    return [one for one in kept if one.day != now] + list(live.values())


def _days(
    start: date, end: date, numbers: Iterable[Number], adds: Mapping[str, str | None]
) -> list[DayOut]:
    days = {
        start + timedelta(days=n): DayOut(day=start + timedelta(days=n))
        for n in range((end - start).days + 1)
    }
    for one in numbers:
        day = days[one.day]
        if one.name == STORAGE:
            day.storage = (day.storage or 0) + one.value
        elif field := _CORE.get(one.name) or adds.get(one.name):
            setattr(day, field, getattr(day, field) + one.value)
    return list(days.values())


def _totals(days: list[DayOut]) -> TotalsOut:
    sizes = [day.storage for day in days if day.storage is not None]
    counts = {
        name: sum(getattr(day, name) for day in days)
        for name in ("sign_ins", "posts", "documents", "jobs")
    }
    return TotalsOut(
        active_users=max((day.active_users for day in days), default=0),
        storage=sizes[-1] if sizes else None,
        **counts,
    )


def _all(ctx: Context) -> list[tuple[str, Statistic]]:
    host = call_of(ctx).services.host
    return [(installed.owner, one) for installed, one in host.declared("statistics")]


def _plugins(ctx: Context, numbers: Iterable[Number]) -> list[PluginOut]:
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    sizes: dict[str, int] = {}
    call = call_of(ctx)
    own = {key for key, one in call.services.host.installed.items() if one.core}
    for one in numbers:
        key = CORE if one.plugin in own else one.plugin
        if one.name == STORAGE:
            sizes[key] = one.value
        else:
            sums[key, one.name] += one.value
    told: defaultdict[str, list[StatisticOut]] = defaultdict(list)
    for installed, declaration in declared(ctx):
        name, title = declaration.name, call.ctx(installed.key).t(declaration.title)
        total = sums[installed.owner, name]
        told[installed.owner].append(StatisticOut(name=name, title=title, total=total))
    keys = sorted({*told, *sizes, *(plugin for plugin, name in sums if name == JOBS_DONE)})
    return [
        PluginOut(
            plugin=key,
            title=_title(ctx, key),
            jobs=sums[key, JOBS_DONE],
            storage=sizes.get(key),
            statistics=told[key],
        )
        for key in keys
    ]


def _title(ctx: Context, key: str) -> str:
    call = call_of(ctx)
    installed = call.services.host.get(key)
    if installed is None or installed.core:
        return "Maru"
    return call.services.languages.translate(key, call.locale, installed.title)


async def points(ctx: Context, first: date | None, since: float) -> list[dict[str, float | None]]:
    """Days as points of lines, those that begin after `since`: days that are over don't change,
    so whoever has today's has all."""
    start, end = span(ctx, first, None)
    if since >= _begins(ctx, end):
        return []
    found = await statistics(ctx, start, end)
    if found.days[-1].storage is None:  # measured each hour: until then what it was
        found.days[-1].storage = found.totals.storage
    return [
        {"at": _begins(ctx, day.day), **day.model_dump(exclude={"day"})}
        for day in found.days
        if _begins(ctx, day.day) > since
    ]


def _begins(ctx: Context, day: date) -> float:
    return datetime.combine(day, time(), ZoneInfo(ctx.tenant.timezone)).timestamp()
