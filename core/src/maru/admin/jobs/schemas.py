"""What the admin area shows of jobs, and what it is told."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from maru.admin.naming import Sort
from maru.jobs.desk import JobDetail, JobLine, Member, StepDone
from maru_sdk import Model

StateName = Literal["waiting", "held", "running", "done", "failed", "dead", "cancelled", "parked"]


class JobOut(JobDetail):
    """One job with everything that is known of it. `before` are jobs that it waits for, `event` is
    the number of the event of which a listener's job tells."""

    steps: list[StepDone]
    before: list[Member]
    event: int | None


class Repair(Model):
    """How a job is sent again: as it was, or asked something else."""

    payload: dict[str, Any] | None = None


class RepairForm(Model):
    """The same as a form has it: JSON as text."""

    payload: str = Field("", title="What it is asked")


class Tab(Model):
    """A state to look at, with the number of jobs in it where that is counted."""

    title: str
    url: str
    active: bool


class JobRow(Model):
    """One line of the list."""

    line: JobLine
    sort: Sort
    name: str
    about: str
    asked_by: str
    fault: str
    wakes_when: str
    may_retry: bool


class JobsView(Model):
    """The page of jobs."""

    tabs: list[Tab]
    jobs: list[JobRow]
    kinds: list[str]
    plugins: list[str]
    state: str
    kind: str
    plugin: str
    newer: str
    older: str


class JobView(Model):
    """The page of one job."""

    job: JobOut
    row: JobRow
    payload: str
    result: str
    done: int
    total: int
    note: str
    takes_something: bool
    may_cancel: bool
    now: datetime


class KindFound(Model):
    """A kind of job that the tenant has had."""

    kind: str
    plugin: str


class Number(Model):
    """The event of a listener's job."""

    number: int | None
