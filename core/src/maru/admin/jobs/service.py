"""What admins do with jobs: the queue's desk, audited, and put into the models of routes and
pages."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import orjson

from maru.admin.jobs import queries
from maru.admin.jobs.schemas import JobOut, JobRow, JobView
from maru.admin.naming import about, in_a_line, sort_of
from maru.admin.service import call_of
from maru.jobs.desk import FOUND, JOB, MEMBERS, STEPS, JobLine
from maru.jobs.errors import JobNotFound
from maru_sdk import Context

OVER = ("done", "cancelled")


async def one(ctx: Context, job_id: UUID) -> JobOut:
    """One job; raises JobNotFound."""
    for found in await ctx.read(JOB, job=job_id):
        steps = await ctx.read(STEPS, job=job_id)
        before = await ctx.read(MEMBERS, job=job_id)
        event = (await ctx.read(queries.EVENT_OF, job=job_id))[0].number
        return JobOut(**found.model_dump(), steps=list(steps), before=list(before), event=event)
    raise JobNotFound


async def retried(ctx: Context, job_id: UUID, payload: dict[str, Any] | None) -> JobOut:
    """Sends a job again, asked something else where a payload is given."""
    call, was = call_of(ctx), await one(ctx, job_id)
    await call.services.desk.retry(call.unit, job_id, payload)
    now = await one(ctx, job_id)
    before: dict[str, Any] = {"state": was.state, "error": was.error}
    after: dict[str, Any] = {"state": now.state}
    if now.payload != was.payload:
        before["payload"], after["payload"] = was.payload, now.payload
    await ctx.audit("job.sent_again", f"job:{job_id}", before=before, after=after)
    return now


async def cancelled(ctx: Context, job_id: UUID) -> JobOut:
    """Cancels a job that isn't over."""
    call, was = call_of(ctx), await one(ctx, job_id)
    await call.services.desk.cancel(call.unit, job_id)
    await ctx.audit(
        "job.cancelled", f"job:{job_id}", before={"state": was.state}, after={"kind": was.kind}
    )
    return await one(ctx, job_id)


async def rows(ctx: Context, lines: Iterable[JobLine]) -> list[JobRow]:
    """Lines as the page shows them, with what people call them."""
    found = list(lines)
    askers = [line.enqueued_by for line in found if line.enqueued_by is not None]
    names = await ctx.people.names(askers) if askers else {}
    return [
        _row(ctx, line, names.get(line.enqueued_by, "") if line.enqueued_by else "")
        for line in found
    ]


def _row(ctx: Context, line: JobLine, asked_by: str) -> JobRow:
    call = call_of(ctx)
    work = call.services.catalog.find(line.kind)
    sort, name = sort_of(line.kind)
    return JobRow(
        line=JobLine.model_validate(line.model_dump(include=set(JobLine.model_fields))),
        sort=sort,
        name=name,
        about="" if work is None else about(ctx, work.plugin, work.function),
        asked_by=asked_by,
        fault="" if line.state == "done" else in_a_line(line.error),
        wakes_when=call.t(line.wakes_when) if line.wakes_when else "",
        may_retry=line.state in FOUND,
    )


async def view(ctx: Context, job_id: UUID) -> JobView:
    """The page of one job."""
    job = await one(ctx, job_id)
    progress = job.progress or {}
    return JobView(
        job=job,
        row=(await rows(ctx, [job]))[0],
        payload=pretty(job.payload),
        result="" if job.result is None else pretty(job.result),
        done=int(progress.get("done") or 0),
        total=int(progress.get("total") or 0),
        note=str(progress.get("note") or ""),
        takes_something=call_of(ctx).services.desk.takes(job.kind) is not None,
        may_cancel=job.state not in OVER,
        now=ctx.now,
    )


def pretty(value: Any) -> str:
    """JSON for people."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
