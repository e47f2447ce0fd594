"""What admins do with schedules: their desk, audited, and put into the models of routes and
pages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from maru.admin.naming import about
from maru.admin.schedules.schemas import RunShown, ScheduleOut, ScheduleView
from maru.admin.service import call_of
from maru.jobs.cron import read
from maru.jobs.schedule_desk import On, Planned
from maru.jobs.schedule_queries import RunOut
from maru_sdk import Context

COMING = 5


def _on(ctx: Context) -> On:
    return partial(call_of(ctx).services.gate.on, ctx.tenant.id)


async def listed(ctx: Context) -> list[ScheduleOut]:
    """All schedules of plugins that are on, by name."""
    call = call_of(ctx)
    found = await call.services.schedules.planned(call.unit, ctx.tenant, _on(ctx), ctx.now)
    names = await _names(ctx, [one.last for one in found if one.last])
    return [_out(ctx, one, names) for one in found]


async def one(ctx: Context, name: str) -> ScheduleOut:
    """One schedule; raises ScheduleNotFound."""
    call = call_of(ctx)
    found = await call.services.schedules.one(call.unit, ctx.tenant, _on(ctx), ctx.now, name)
    return _out(ctx, found, await _names(ctx, [found.last] if found.last else []))


async def runs(ctx: Context, name: str) -> list[RunShown]:
    """Its latest runs, newest first."""
    call = call_of(ctx)
    found = await call.services.schedules.runs(call.unit, name, _on(ctx))
    names = await _names(ctx, found)
    return [_run(run, names) for run in found]


async def view(ctx: Context, name: str) -> ScheduleView:
    """The page of one schedule, with its runs and the next points in time."""
    schedule = await one(ctx, name)
    zone = ZoneInfo(ctx.tenant.timezone)
    coming = list(islice(read(schedule.cron).after(ctx.now, zone), COMING))
    return ScheduleView(
        schedule=schedule,
        runs=await runs(ctx, name),
        coming=coming if schedule.enabled else [],
    )


async def switched(ctx: Context, name: str, *, enabled: bool) -> ScheduleOut:
    """Turns a schedule on or off in this tenant; to what it is already is fine."""
    call = call_of(ctx)
    changed = await call.services.schedules.switch(
        call.unit, name, _on(ctx), call.actor, enabled=enabled
    )
    if changed:
        await ctx.audit(
            "schedule.turned_on" if enabled else "schedule.turned_off", f"schedule:{name}"
        )
    return await one(ctx, name)


async def asked(ctx: Context, name: str) -> UUID:
    """Asks for a run beside the planned ones; its job."""
    call = call_of(ctx)
    job_id = await call.services.schedules.run_now(
        call.unit, ctx.tenant, name, _on(ctx), call.actor, call.trace
    )
    await ctx.audit("schedule.run_asked", f"schedule:{name}", after={"job": str(job_id)})
    return job_id


async def _names(ctx: Context, found: Iterable[RunOut]) -> Mapping[UUID, str]:
    people = {run.asked_by for run in found if run.asked_by}
    return await ctx.people.names(list(people)) if people else {}


def _out(ctx: Context, planned: Planned, names: Mapping[UUID, str]) -> ScheduleOut:
    return ScheduleOut(
        name=planned.name,
        plugin=planned.plugin,
        about=about(ctx, planned.plugin, planned.function),
        cron=planned.cron,
        timezone=ctx.tenant.timezone,
        missed=planned.missed,
        enabled=planned.enabled,
        next_at=planned.next_at,
        last_run=None if planned.last is None else _run(planned.last, names),
    )


def _run(run: RunOut, names: Mapping[UUID, str]) -> RunShown:
    planned = run.run_key[:1].isdigit()
    return RunShown(
        at=datetime.fromisoformat(run.run_key) if planned else None,
        asker=names.get(run.asked_by, "") if run.asked_by else "",
        **run.model_dump(exclude={"schedule", "run_key"}),
    )
