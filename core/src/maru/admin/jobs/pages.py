"""`/admin/jobs`."""

from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlencode
from uuid import UUID

import orjson

from maru.access.permissions import JOBS_MANAGE
from maru.admin.jobs import queries, service
from maru.admin.jobs.schemas import JobsView, JobView, RepairForm, StateName, Tab
from maru.admin.service import call_of
from maru.jobs.desk import listing
from maru.jobs.errors import PayloadRefused
from maru_sdk import Context, CursorParams, InvalidInput, Redirect, action, page

HERE = "/admin/jobs"
ON_PAGE = 25
MOST = 1_000
TABS: Mapping[str, str] = {
    "": "All",
    "dead": "Dead letters",
    "waiting": "Waiting",
    "running": "Running",
    "held": "Held",
    "parked": "Parked",
    "done": "Done",
    "cancelled": "Cancelled",
}


class NoJson(InvalidInput):
    """What was typed is no JSON object."""

    message = "This is not JSON: {reason}"


@page("/jobs", title="Jobs", needs=JOBS_MANAGE, template="maru/admin/jobs.html")
async def jobs(
    ctx: Context, state: str = "", kind: str = "", plugin: str = "", cursor: str | None = None
) -> JobsView:
    """The tenant's jobs by state, kind and plugin."""
    state = state if state in get_args(StateName) else ""
    query, args = listing(state=state or None, kind=kind or None, plugin=plugin or None)
    found = await ctx.page(query, CursorParams(cursor=cursor, limit=ON_PAGE), **args)
    kinds = list(await ctx.read(queries.KINDS))
    chosen = {"state": state, "kind": kind, "plugin": plugin}
    return JobsView(
        tabs=await _tabs(ctx, chosen),
        jobs=await service.rows(ctx, found),
        kinds=[one.kind for one in kinds if plugin in ("", one.plugin)],
        plugins=sorted({one.plugin for one in kinds}),
        newer=_at(chosen, found.pagination["prev"]),
        older=_at(chosen, found.pagination["next"]),
        **chosen,
    )


async def _tabs(ctx: Context, chosen: Mapping[str, str]) -> list[Tab]:
    counts = {one.state: one.number for one in await ctx.read(queries.OPEN)}
    say = call_of(ctx).t
    return [
        Tab(
            title=_counted(say(title), counts.get(state, 0)),
            url=_url({**chosen, "state": state}),
            active=state == chosen["state"],
        )
        for state, title in TABS.items()
    ]


def _counted(title: str, number: int) -> str:
    if not number:
        return title
    return f"{title} {number:,}" if number < MOST else f"{title} {MOST - 1:,}+"


def _at(chosen: Mapping[str, str], cursor: object) -> str:
    """The address of a neighbouring page of the list; empty where there is none."""
    return "" if cursor is None else _url({**chosen, "cursor": str(cursor)})


def _url(chosen: Mapping[str, str]) -> str:
    given = {name: value for name, value in chosen.items() if value}
    return f"{HERE}?{urlencode(given)}" if given else HERE


@page("/jobs/{job_id}", title="Job", needs=JOBS_MANAGE, template="maru/admin/job.html")
async def job(ctx: Context, job_id: UUID) -> JobView:
    """One job, and the form that repairs it."""
    return await service.view(ctx, job_id)


@action("/jobs/{job_id}/retry", needs=JOBS_MANAGE, again=job)
async def retry(ctx: Context, job_id: UUID, form: RepairForm) -> Redirect:
    """Sends a job again, asked what the form says; an empty form leaves it as it was."""
    payload = _object(ctx, form.payload) if form.payload.strip() else None
    try:
        await service.retried(ctx, job_id, payload)
    except PayloadRefused as refused:
        raise InvalidInput(fields=[_beside(ctx, refused)]) from None
    return Redirect(to=f"{HERE}/{job_id}", message=call_of(ctx).t("The job is sent again"))


def _object(ctx: Context, text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as fault:
        raise InvalidInput(fields=[_beside(ctx, NoJson(reason=str(fault)))]) from None
    if not isinstance(found, dict):
        reason = call_of(ctx).t("an object with its names is wanted")
        raise InvalidInput(fields=[_beside(ctx, NoJson(reason=reason))])
    return found


def _beside(ctx: Context, refused: InvalidInput) -> dict[str, str]:
    said = call_of(ctx).t(refused.text, **refused.details)
    return {"path": "payload", "code": refused.code, "message": said}


@action("/jobs/{job_id}/cancel", needs=JOBS_MANAGE)
async def cancel(ctx: Context, job_id: UUID) -> Redirect:
    """Cancels a job."""
    await service.cancelled(ctx, job_id)
    return Redirect(to=f"{HERE}/{job_id}", message=call_of(ctx).t("The job is cancelled"))


PAGES = (jobs, job, retry, cancel)
