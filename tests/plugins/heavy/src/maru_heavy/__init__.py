"""Does what operators must be able to see: blocks loops, asks slow questions, tells secrets, and
causes one thing by another."""

import asyncio
import re
import time

from maru_heavy.secrets import leak
from maru_sdk import (
    Context,
    Event,
    Model,
    Plugin,
    Temporary,
    get,
    job,
    listen,
    portlet,
    post,
)
from maru_sdk.db import Query, func, literal, select
from maru_sdk.operation import command, health_check

BURNING = 2.0


class Said(Model):
    """What it says."""

    text: str = "done"


class Happened(Event):
    """Something happened."""

    what: str


class Slept(Model):
    """A row of the slow question."""

    answer: int


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


@portlet(title="Quick", icon="clock", size=(4, 2), template="heavy/said.html")
async def quick(ctx: Context) -> Said:
    """Does no harm; it is made anew each time."""
    return Said()


@portlet(title="Sleeper", icon="clock", size=(4, 2), template="heavy/said.html")
async def sleeper(ctx: Context) -> Said:
    """Blocks the loop without using it."""
    _sleep(BURNING)
    return Said()


@portlet(title="Burner", icon="clock", size=(4, 2), template="heavy/said.html")
async def burner(ctx: Context) -> Said:
    """Blocks the loop by counting."""
    until = time.perf_counter() + BURNING
    while time.perf_counter() < until:
        pass
    return Said()


@portlet(title="Locker", icon="clock", size=(4, 2), template="heavy/said.html")
async def locker(ctx: Context) -> Said:
    """Blocks the loop, and every thread with it, in C."""
    until = time.perf_counter() + 0.5
    many = 22
    while time.perf_counter() < until:
        until, many = time.perf_counter() + 2.0 * explode(many), many + 1
        if many > 40:
            break
        if until - time.perf_counter() > 5:
            break
        until = max(until, time.perf_counter() + 0.01)
    return Said()


def explode(many: int) -> float:
    """A regular expression that tries every way; how many seconds it took."""
    began = time.perf_counter()
    re.match(r"(a+)+$", "a" * many + "b")
    return time.perf_counter() - began


SLEEPS: Query[Slept] = Query(
    select(literal(1).label("answer")).where(
        func.pg_sleep(literal(0.25)).is_not(None), literal("HUSH-literal") != "x"
    ),
    Slept,
)


@get("/slow", signed_in=True, no_store="it is slow on purpose")
async def slow(ctx: Context) -> Said:
    """Asks slowly, both ways."""
    await ctx.read(SLEEPS)
    await ctx.db.execute(select(func.pg_sleep(0.25), literal("HUSH-value")))
    await ctx.read(SLEEPS)
    return Said()


@post("/begin", signed_in=True)
async def begin(ctx: Context) -> Said:
    """Causes a job and an event."""
    await ctx.jobs.enqueue(first)
    await ctx.publish(Happened(what="begun"))
    return Said()


@post("/leak", signed_in=True)
async def leak_here(ctx: Context) -> Said:
    """Tells every secret, and fails with one; so does its job."""
    await ctx.jobs.enqueue(leaky)
    async with ctx.aside() as other:
        await other.jobs.enqueue(leaky)
    leak(ctx)
    return Said()


@post("/block", signed_in=True)
async def block_later(ctx: Context) -> Said:
    """Has a worker blocked."""
    await ctx.jobs.enqueue(blocking)
    return Said()


@job()
async def first(ctx: Context) -> None:
    """Causes another job."""
    await ctx.jobs.enqueue(second)


@job()
async def second(ctx: Context) -> None:
    """Is the last."""


@job(tries=1)
async def leaky(ctx: Context) -> None:
    """Tells every secret."""
    leak(ctx)


@job(tries=1)
async def failing(ctx: Context) -> None:
    """Fails on purpose."""
    raise Temporary


@job()
async def blocking(ctx: Context) -> None:
    """Blocks the worker's loop."""
    _sleep(BURNING)


@listen(Happened)
async def heard(ctx: Context, event: Happened) -> None:
    """Hears of it."""


@command("Tells every secret.")
async def tell(ctx: Context) -> str:
    """Tells every secret, and fails."""
    leak(ctx)
    return ""


@health_check()
async def stubborn(ctx: Context) -> None:
    """Doesn't take no for an answer, at first."""
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


@health_check()
async def gone(ctx: Context) -> None:
    """Tries to take the process with it."""
    raise SystemExit(3)


plugin = Plugin(
    title="Heavy",
    portlets=[quick, sleeper, burner, locker],
    routes=[slow, begin, leak_here, block_later],
    jobs=[first, second, leaky, failing, blocking],
    listeners=[heard],
    publishes=[Happened],
    commands=[tell],
    health=[stubborn, gone],
)
