"""`/admin/schedules`."""

from maru.access.permissions import JOBS_MANAGE
from maru.admin.schedules import service
from maru.admin.schedules.schemas import SchedulesView, ScheduleView
from maru.admin.service import call_of
from maru_sdk import Context, Redirect, action, page

HERE = "/admin/schedules"


@page("/schedules", title="Schedules", needs=JOBS_MANAGE, template="maru/admin/schedules.html")
async def schedules(ctx: Context) -> SchedulesView:
    """All schedules, with their switches."""
    return SchedulesView(schedules=await service.listed(ctx), timezone=ctx.tenant.timezone)


@page("/schedules/{name}", title="Schedule", needs=JOBS_MANAGE, template="maru/admin/schedule.html")
async def schedule(ctx: Context, name: str) -> ScheduleView:
    """One schedule: when it fires next, and what came of its runs."""
    return await service.view(ctx, name)


@action("/schedules/{name}/run", needs=JOBS_MANAGE)
async def run_now(ctx: Context, name: str) -> Redirect:
    """Asks for a run now."""
    await service.asked(ctx, name)
    return Redirect(to=f"{HERE}/{name}", message=call_of(ctx).t("It runs now, as a job of its own"))


@action("/schedules/{name}/on", needs=JOBS_MANAGE)
async def turn_on(ctx: Context, name: str) -> Redirect:
    """Turns a schedule on."""
    await service.switched(ctx, name, enabled=True)
    return Redirect(to=HERE, message=call_of(ctx).t("The schedule is turned on"))


@action("/schedules/{name}/off", needs=JOBS_MANAGE)
async def turn_off(ctx: Context, name: str) -> Redirect:
    """Turns a schedule off."""
    await service.switched(ctx, name, enabled=False)
    return Redirect(to=HERE, message=call_of(ctx).t("The schedule is turned off"))


PAGES = (schedules, schedule, run_now, turn_on, turn_off)
