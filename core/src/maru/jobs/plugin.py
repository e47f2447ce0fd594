"""The queue as a plugin of core: people follow the jobs that they have asked for."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam

from maru.jobs.errors import JobNotFound
from maru.jobs.models import Job
from maru_sdk import Context, Model, Plugin, get
from maru_sdk.db import Query, col, select


class JobOut(Model):
    """A job as the person sees it who asked for it; `error` is a code, the rest is the admin's."""

    id: UUID
    kind: str
    state: str
    tries: int
    progress: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None
    error: str | None


OWN = Query(
    select(
        Job.id,
        Job.kind,
        Job.state,
        Job.tries,
        Job.progress,
        Job.created_at,
        Job.finished_at,
        sa.func.split_part(Job.error, ":", 1).label("error"),
    ).where(
        col(Job.id) == bindparam("job", type_=sa.Uuid),
        col(Job.enqueued_by) == bindparam("person", type_=sa.Uuid),
    ),
    JobOut,
)


@get("/{job_id}", signed_in=True, no_store="asked again and again until the state changes")
async def own_job(ctx: Context, job_id: UUID) -> JobOut:
    """How a job that the reader has asked for is getting on."""
    for job in await ctx.read(OWN, job=job_id, person=ctx.me.id):
        return job
    raise JobNotFound


def jobs_plugin() -> Plugin:
    """The core plugin `jobs`: `/api/v1/jobs/…`."""
    return Plugin(title="Jobs", icon="list-checks", routes=[own_job])
