"""A plugin for the queue's tests. Each effect is a line of the audit trail, so twice is seen."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from maru.db import Unit
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

    async def session(self) -> AsyncSession:
        return await self.unit.session()


async def effect(ctx: Context, target: str) -> None:
    session = await cast(Any, ctx).session()
    await session.execute(EFFECT, {"target": target})


@job()
async def write(ctx: Context, ask: Write) -> Write:
    await effect(ctx, ask.target)
    await asyncio.sleep(ask.seconds)
    return ask


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
    jobs=[write, urgent, fail],
    schedules=[tick],
    listeners=[count],
)
