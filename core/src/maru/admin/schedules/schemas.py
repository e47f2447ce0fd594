"""What the admin area shows of schedules, and what it is told."""

from datetime import datetime
from uuid import UUID

from maru_sdk import Model


class RunShown(Model):
    """One run. `at` is its point in time; a run that a person asked for has `asked_by` and their
    name instead. The job's part is absent once the job is forgotten."""

    at: datetime | None
    asked_by: UUID | None
    asker: str
    created_at: datetime
    job_id: UUID | None
    state: str | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


class ScheduleOut(Model):
    """A schedule as it stands in the tenant; `next_at` is absent where it is off."""

    name: str
    plugin: str
    about: str
    cron: str
    timezone: str
    missed: str
    enabled: bool
    next_at: datetime | None
    last_run: RunShown | None


class ScheduleIn(Model):
    """Whether a schedule is to fire in this tenant."""

    enabled: bool


class Asked(Model):
    """The job of a run that was asked for."""

    job_id: UUID


class SchedulesView(Model):
    """The page of schedules."""

    schedules: list[ScheduleOut]
    timezone: str


class ScheduleView(Model):
    """The page of one schedule."""

    schedule: ScheduleOut
    runs: list[RunShown]
    coming: list[datetime]
