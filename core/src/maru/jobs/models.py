"""The queue is a table: what is due, who holds it, how often it was tried and what came of it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.db.shared import shared_index
from maru_sdk.db import Field, TenantModel, index, person_id, reference, unique

State = Literal["waiting", "held", "running", "done", "failed", "dead", "cancelled", "parked"]


class Job(TenantModel, table=True):
    """One piece of work.

    `lease_by` is the token of the run that has it, or of its message in Redis since `window_at`;
    nobody else may take it until `lease_until`. `deaths` are runs that never ended. What stands in
    one `lane` runs one at a time, in the order of `lane_number`. A `held` one waits until `awaits`
    others that name it in `then_id` are done.
    """

    __table_args__ = (
        unique("unique_key", where="state = 'waiting' AND unique_key IS NOT NULL"),
        index("enqueued_by", where="enqueued_by IS NOT NULL"),
        index("state", "id"),
        index("kind", "id"),
        index("then_id", where="then_id IS NOT NULL"),
        index("priority", "due_at", "id", where="state = 'waiting' AND lease_until IS NULL"),
        index(
            "lane",
            "lane_number",
            where="lane IS NOT NULL AND state IN ('waiting', 'running', 'parked')",
        ),
        index("kind", "lane_number", where="lane_number IS NOT NULL"),
        index("finished_at", "plugin", where="state = 'done'"),
        index("isolated", where="isolated IS NOT NULL AND state NOT IN ('done', 'cancelled')"),
        shared_index("kind", where="state = 'parked'"),
        shared_index("state", where="state = 'dead'"),
        shared_index("lease_until", where="lease_until IS NOT NULL"),
        shared_index("not_after", where="state = 'waiting' AND not_after IS NOT NULL"),
        shared_index("finished_at", where="finished_at IS NOT NULL"),
    )

    kind: str
    plugin: str
    payload: dict[str, Any] = Field(default_factory=dict)
    seed: dict[str, Any] = Field(default_factory=dict)
    priority: int = Field(default=50, sa_type=sa.SmallInteger)
    due_at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.now(), "nullable": False},
    )
    state: State = "waiting"
    unique_key: str | None = None
    tries: int = 0
    max_tries: int = 5
    lease_until: datetime | None = None
    lease_by: str | None = None
    window_at: datetime | None = None
    deaths: int = Field(default=0, sa_type=sa.SmallInteger)
    lane: str | None = None
    lane_number: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
    result: dict[str, Any] | None = None
    progress: dict[str, Any] | None = None
    enqueued_by: UUID | None = person_id(default=None, index=False)
    trace: str | None = None
    not_after: datetime | None = None
    then_id: UUID | None = None
    awaits: int = 0
    isolated: str | None = None


class JobStep(TenantModel, table=True):
    """A step of a long job that has been committed; a re-run skips it."""

    __table_args__ = (unique("job_id", "name"),)

    job_id: UUID = reference(Job)
    name: str


class ScheduleRun(TenantModel, table=True):
    """One run of a schedule: whoever inserts the row has claimed it.

    `run_key` is the point in time; of a run that a person asked for it is any other text. A row
    without a job says from when on runs are owed.
    """

    __table_args__ = (
        unique("schedule", "run_key"),
        index("schedule", "created_at"),
        shared_index("created_at"),
    )

    schedule: str
    run_key: str
    job_id: UUID | None = reference(Job, default=None, on_delete="set null")
    asked_by: UUID | None = person_id(default=None, index=False)


class ScheduleState(TenantModel, table=True):
    """What a tenant's admins have said about a schedule; without a row it is on."""

    __table_args__ = (unique("schedule"),)

    schedule: str
    enabled: bool
    changed_by: UUID | None = person_id(default=None, index=False)
