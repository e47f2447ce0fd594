"""What an admin does with the tenant's jobs: reads them, repairs one, sends it again, cancels it.

All of it in the tenant's scope, in the transaction at hand.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import ValidationError

from maru.db.unit import Unit
from maru.jobs.catalog import Work
from maru.jobs.errors import JobNotFound, JobOver, JobUnderWay, PayloadRefused
from maru.jobs.models import Job, JobStep
from maru.jobs.payload import checked
from maru.jobs.queries import CANCEL, CANCEL_FOLLOWERS, SEND_AGAIN, STATE
from maru.jobs.signs import CANCELLED, wakes_when
from maru.signals import Signals
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, desc, select

CHANNEL = "job"
FOUND: Final = ("dead", "parked", "cancelled", "failed")

_LINE: Final = (
    Job.id,
    Job.kind,
    Job.plugin,
    Job.state,
    Job.priority,
    Job.tries,
    Job.max_tries,
    Job.created_at,
    Job.due_at,
    Job.started_at,
    Job.finished_at,
    Job.not_after,
    Job.enqueued_by,
    Job.progress,
    Job.error,
    Job.then_id,
    Job.awaits,
)


class JobLine(Model):
    """One job in a list. `error` begins with a code; `awaits` is how many others a held one waits
    for."""

    id: UUID
    kind: str
    plugin: str
    state: str
    priority: int
    tries: int
    max_tries: int
    created_at: datetime
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    not_after: datetime | None
    enqueued_by: UUID | None
    progress: dict[str, Any] | None
    error: str | None
    then_id: UUID | None
    awaits: int

    @property
    def wakes_when(self) -> str:
        """What would let a parked or held job go on, in English for translation; else empty."""
        return wakes_when(self.state, self.error)


class StepDone(Model):
    """A step of a long job that is committed."""

    name: str
    created_at: datetime


class Member(Model):
    """A job that a held one waits for."""

    id: UUID
    kind: str
    state: str
    error: str | None


class JobDetail(JobLine):
    """One job with everything that is known of it."""

    payload: dict[str, Any]
    result: dict[str, Any] | None
    unique_key: str | None
    lane: str | None
    deaths: int
    trace: str | None


class StateCount(Model):
    """How many jobs are in a state."""

    state: str
    number: int


def _listing(*conditions: Any) -> Query[JobLine]:
    return Query(
        select(*_LINE).where(*conditions),
        JobLine,
        order=[desc(Job.id)],
        count=False,
    )


def _given(column: Any) -> Any:
    return col(column) == bindparam(column.key, type_=sa.Text())


JOBS: Final = _listing()
JOBS_IN_STATE: Final = _listing(_given(Job.state))
JOBS_OF_KIND: Final = _listing(_given(Job.kind))
JOBS_OF_KIND_IN_STATE: Final = _listing(_given(Job.kind), _given(Job.state))
JOBS_OF_PLUGIN: Final = _listing(_given(Job.plugin))
JOBS_OF_PLUGIN_IN_STATE: Final = _listing(_given(Job.plugin), _given(Job.state))

JOB: Final = Query(
    select(
        *_LINE,
        Job.payload,
        Job.result,
        Job.unique_key,
        Job.lane,
        Job.deaths,
        Job.trace,
    ).where(col(Job.id) == bindparam("job", type_=sa.Uuid())),
    JobDetail,
)
STEPS: Final = Query(
    select(JobStep.name, JobStep.created_at)
    .where(col(JobStep.job_id) == bindparam("job", type_=sa.Uuid()))
    .order_by(col(JobStep.created_at), col(JobStep.id)),
    StepDone,
)
MEMBERS: Final = Query(
    select(Job.id, Job.kind, Job.state, Job.error)
    .where(col(Job.then_id) == bindparam("job", type_=sa.Uuid()))
    .order_by(col(Job.id))
    .limit(200),
    Member,
)
COUNTS: Final = Query(
    select(col(Job.state), sa.func.count().label("number")).group_by(col(Job.state)),
    StateCount,
)


def listing(
    *, state: str | None = None, kind: str | None = None, plugin: str | None = None
) -> tuple[Query[JobLine], dict[str, str]]:
    """The query of a list, newest first, and its arguments: for `ctx.page(query, params, **args)`
    with CursorParams. `kind` names one of the plugin's jobs, so it goes before `plugin`."""
    args = {} if state is None else {"state": state}
    if kind is not None:
        return (JOBS_OF_KIND_IN_STATE if state else JOBS_OF_KIND), {**args, "kind": kind}
    if plugin is not None:
        return (JOBS_OF_PLUGIN_IN_STATE if state else JOBS_OF_PLUGIN), {**args, "plugin": plugin}
    return (JOBS_IN_STATE if state else JOBS), args


class Desk:
    """Where jobs are repaired, sent again and cancelled."""

    def __init__(self, signals: Signals, find: Callable[[str], Work | None]) -> None:
        self._signals = signals
        self._find = find

    def takes(self, kind: str) -> type[Model] | None:
        """The model of what a kind of job is asked; None where it takes nothing or is gone."""
        work = self._find(kind)
        return None if work is None else work.ask

    async def retry(self, unit: Unit, job_id: UUID, payload: dict[str, Any] | None = None) -> None:
        """Let a dead, parked or cancelled job wait again with all its tries.

        `payload`, where given, takes the place of what it was asked, once the job's model has
        accepted it (PayloadRefused otherwise). The steps that it has committed stay done.
        """
        session = await unit.session()
        row = (await session.execute(STATE, {"id": job_id})).one_or_none()
        if row is None:
            raise JobNotFound
        if row.state not in FOUND:
            raise JobUnderWay(state=row.state)
        kept = row.payload if payload is None else self._accepted(row.kind, payload)
        await session.execute(SEND_AGAIN, {"id": job_id, "payload": kept})
        self._signals.nudge_after(unit, CHANNEL)

    async def cancel(self, unit: Unit, job_id: UUID, *, plugin: str | None = None) -> None:
        """Cancel a job (of this plugin, where one is named) that isn't over, and what was to
        follow it.

        One that waits never runs. One that runs is stopped within seconds by the worker that has
        it; its effect can't be committed any more from this commit on.
        """
        session = await unit.session()
        row = (await session.execute(STATE, {"id": job_id})).one_or_none()
        if row is None or plugin not in (None, row.plugin):
            raise JobNotFound
        if row.state in ("done", "cancelled"):
            raise JobOver(state=row.state)
        await session.execute(CANCEL, {"id": job_id})
        if row.then_id is not None:
            await session.execute(CANCEL_FOLLOWERS, {"id": row.then_id, "before": str(job_id)})
        if row.state == "running":
            await self._signals.send(unit, CANCELLED, str(job_id), unit.scope.tenant)

    def _accepted(self, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
        work = self._find(kind)
        if work is None:
            raise PayloadRefused(kind=kind, reason="no installed plugin has this job")
        if work.ask is None:
            if payload:
                raise PayloadRefused(kind=kind, reason="it takes nothing")
            return {}
        try:
            asked = work.ask.model_validate(payload)
        except ValidationError as error:
            raise PayloadRefused(kind=kind, reason=_first(error), fields=_fields(error)) from None
        found: dict[str, Any] = checked(kind, asked).value
        return found


def _fields(error: ValidationError) -> list[dict[str, str]]:
    return [
        {
            "path": ".".join(str(part) for part in one["loc"]),
            "code": str(one["type"]),
            "message": str(one["msg"]),
        }
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]


def _first(error: ValidationError) -> str:
    one = _fields(error)[0]
    return f"{one['path']}: {one['message']}" if one["path"] else one["message"]
