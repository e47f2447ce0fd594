"""`/api/v1/admin/schedules`."""

from maru.access.permissions import JOBS_MANAGE
from maru.admin.naming import CHANGES
from maru.admin.schedules import service
from maru.admin.schedules.schemas import Asked, RunShown, ScheduleIn, ScheduleOut
from maru_sdk import Context, get, post, put


@get("/schedules", needs=JOBS_MANAGE, no_store=CHANGES)
async def schedules(ctx: Context) -> list[ScheduleOut]:
    """The schedules of all plugins that are on, with the next and the last run of each."""
    return await service.listed(ctx)


@get("/schedules/{name}", needs=JOBS_MANAGE, no_store=CHANGES)
async def one_schedule(ctx: Context, name: str) -> ScheduleOut:
    """One schedule."""
    return await service.one(ctx, name)


@get("/schedules/{name}/runs", needs=JOBS_MANAGE, no_store=CHANGES)
async def runs(ctx: Context, name: str) -> list[RunShown]:
    """Its latest fifty runs, the newest first, with who asked for those that weren't planned."""
    return await service.runs(ctx, name)


@put("/schedules/{name}", needs=JOBS_MANAGE)
async def switch(ctx: Context, name: str, body: ScheduleIn) -> ScheduleOut:
    """Turns a schedule on or off in this tenant; what it misses while off isn't made up for."""
    return await service.switched(ctx, name, enabled=body.enabled)


@post("/schedules/{name}/run", needs=JOBS_MANAGE, status=202)
async def run_now(ctx: Context, name: str) -> Asked:
    """Asks for a run now, beside the planned ones, also of a schedule that is off; 409 while one
    that was asked for waits."""
    return Asked(job_id=await service.asked(ctx, name))


ROUTES = (schedules, one_schedule, runs, switch, run_now)
