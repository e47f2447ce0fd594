"""A plugin for the queue's tests. Each effect is a line of the audit trail, so twice is seen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from maru.db import Unit
from maru.db.unit import committing
from maru_sdk import (
    Context,
    ContextSeed,
    Event,
    InvalidInput,
    Model,
    Plugin,
    RateLimited,
    SystemFault,
    Temporary,
    job,
    listen,
    schedule,
)

EFFECT = sa.text(
    "INSERT INTO maru.audit (id, action, target) VALUES (gen_random_uuid(), 'effect', :target)"
)


class Write(Model):
    target: str
    seconds: float = 0


class Fail(Model):
    how: str


class Parts(Model):
    number: int
    fails_after: int = 0
    fails: int = 0


class Sold(Event):
    item: str
    number: int

    def key(self) -> str:
        return self.item


@dataclass
class Shop:
    """What a handler of this plugin is given: its unit's session."""

    unit: Unit
    seed: ContextSeed
    call: Any = None

    async def session(self) -> AsyncSession:
        return await self.unit.session()

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[Any]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Any]:
            async with committing(self.call.house.database.unit(self.unit.scope)) as unit:
                yield unit, Shop(unit, self.seed)

        async with self.call.job.step(name, opened) as fresh:
            yield fresh

    async def progress(self, done: int, total: int | None = None, note: str = "") -> None:
        await self.call.job.progress(done, total, note)


async def effect(ctx: Context, target: str) -> None:
    session = await cast(Any, ctx).session()
    await session.execute(EFFECT, {"target": target})


@job()
async def write(ctx: Context, ask: Write) -> Write:
    await effect(ctx, ask.target)
    await asyncio.sleep(ask.seconds)
    return ask


@job()
async def idle(ctx: Context) -> None:
    """Opens no transaction."""


@job(priority="high")
async def urgent(ctx: Context, ask: Write) -> None:
    await effect(ctx, ask.target)


@job(tries=4, deadline="200ms")
async def fail(ctx: Context, ask: Fail) -> None:
    await effect(ctx, ask.how)
    match ask.how:
        case "temporary":
            raise Temporary
        case "lost":
            raise ConnectionResetError("reset")
        case "late":
            await asyncio.sleep(30)
        case "limited":
            raise RateLimited(after=0.05)
        case "input":
            raise InvalidInput("no \x00 such \ud800 thing")
        case "fault":
            raise SystemFault
        case "fine":
            return
        case _:
            raise KeyError(ask.how)


@job(deadline="20s")
async def parts(ctx: Context, ask: Parts) -> None:
    """A long job: a line for each part, and an error after some of them."""
    for number in range(ask.number):
        async with ctx.step(f"part:{number}") as fresh:
            if fresh is not None:
                await effect(fresh, f"part {number}")
        await ctx.progress(number + 1, ask.number, f"part {number}")
        if number + 1 == ask.fails_after and len(runs) < ask.fails:
            runs.append(number)
            raise Temporary


runs: list[int] = []


@schedule("* * * * *")
async def tick(ctx: Context) -> None:
    await effect(ctx, "tick")


@listen(Sold)
async def count(ctx: Context, event: Sold) -> None:
    await effect(ctx, f"{event.item}:{event.number}")


@listen(Sold)
async def ship(ctx: Context, event: Sold) -> None:
    await effect(ctx, f"ship {event.number}")


plugin = Plugin(
    title="Shop",
    jobs=[write, urgent, fail, idle, parts],
    schedules=[tick],
    listeners=[count],
)
