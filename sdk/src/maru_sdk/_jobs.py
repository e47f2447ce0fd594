"""Work that happens later: jobs and schedules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from maru_sdk._declarations import Declaration, Handler, duration
from maru_sdk._model import Model

Priority = Literal["high", "normal", "low"]
Missed = Literal["one", "all", "skip"]


@dataclass(frozen=True, eq=False)
class Job(Declaration):
    """One kind of job, named `<key>.<function>`. Made by `job`."""

    priority: Priority = "normal"
    tries: int = 5
    deadline: timedelta = timedelta(minutes=5)


Link = Job | tuple[Job, Model | None]
"""A job of a chain or group, with what it is asked: `(recount, Recount(...))`, or `sweep` alone."""


@dataclass(frozen=True, eq=False)
class Schedule(Declaration):
    """A job without argument that recurs. Made by `schedule`."""

    cron: str
    deadline: timedelta = timedelta(minutes=5)
    missed: Missed = "one"


def job(
    *, priority: Priority = "normal", tries: int = 5, deadline: str = "5m"
) -> Callable[[Handler], Job]:
    """A job: `@job()` on `async def recount(ctx: Context, ask: Recount) -> None`.

    `ask` is a Model, or absent. Enqueue it with `await ctx.jobs.enqueue(recount, Recount(...))`:
    it leaves with the transaction or not at all. It runs at least once, in one transaction that
    also records that it is done, so its effect on the database happens once. `Temporary`,
    connection errors, time-outs and answers of 5xx are retried with exponential back-off, at most
    `tries` times, an error of no known kind at most three times; `RateLimited` and an answer of 429
    are tried again when they say; `InvalidInput` and `SystemFault` aren't. `deadline` ends a run
    that takes longer. A job whose plugin is switched off is parked until it is on again. What it
    returns, a Model, is kept with the job.
    """
    return lambda function: Job(function, priority, tries, duration(deadline))


def schedule(
    cron: str, *, deadline: str = "5m", missed: Missed = "one"
) -> Callable[[Handler], Schedule]:
    """A schedule: `@schedule("*/5 * * * *")` on `async def sweep(ctx: Context) -> None`.

    `cron` has five fields, in the tenant's time zone. A time of day (`30 2 * * *`) comes once a
    day also when the clock is changed; a star in minute or hour counts the time that passes. Each
    tenant that has the plugin switched on, and whose admins have not turned the schedule off, gets
    one run per point in time, however many schedulers there are. A run is a job.

    `missed` says what becomes of runs for which no scheduler was there: `"one"` makes up for all
    of them by one run, `"all"` runs each of the last week's (100 at most), `"skip"` runs none that
    is more than a minute late. What was missed while the plugin or the schedule was off is never
    made up for.
    """
    return lambda function: Schedule(function, cron, duration(deadline), missed)
