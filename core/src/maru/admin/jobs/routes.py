"""`/api/v1/admin/jobs`."""

from uuid import UUID

from maru.access.permissions import JOBS_MANAGE
from maru.admin.jobs import service
from maru.admin.jobs.schemas import JobOut, Repair, StateName
from maru.admin.naming import CHANGES
from maru.jobs.desk import JobLine, listing
from maru_sdk import Context, CursorParams, Page, get, post


@get("/jobs", needs=JOBS_MANAGE, no_store=CHANGES)
async def jobs(
    ctx: Context,
    page: CursorParams,
    state: StateName | None = None,
    kind: str | None = None,
    plugin: str | None = None,
) -> Page[JobLine]:
    """The tenant's jobs, the newest first; dead letters are those of the state `dead`."""
    query, args = listing(state=state, kind=kind, plugin=plugin)
    return await ctx.page(query, page, **args)


@get("/jobs/{job_id}", needs=JOBS_MANAGE, no_store=CHANGES)
async def one_job(ctx: Context, job_id: UUID) -> JobOut:
    """One job: what it was asked, what came of it, its steps, and what it waits for."""
    return await service.one(ctx, job_id)


@post("/jobs/{job_id}/retry", needs=JOBS_MANAGE, status=200)
async def retry(ctx: Context, job_id: UUID, body: Repair | None = None) -> JobOut:
    """Sends a job that is dead, parked or cancelled again, with all its tries; `payload` repairs
    what it is asked."""
    return await service.retried(ctx, job_id, None if body is None else body.payload)


@post("/jobs/{job_id}/cancel", needs=JOBS_MANAGE, status=200)
async def cancel(ctx: Context, job_id: UUID) -> JobOut:
    """Cancels a job that isn't over; one that runs is stopped within seconds."""
    return await service.cancelled(ctx, job_id)


ROUTES = (jobs, one_job, retry, cancel)
