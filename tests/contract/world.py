"""A running Maru with the plugin `kinds`: its web edge, its worker and its scheduler, and two
companies."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from httpx2 import AsyncClient

from maru.db.scope import Scope
from maru.jobs.schedules import Scheduler
from maru.plugins.context import open_call
from maru.settings import Settings
from maru.testing import TestCompany, TestKit, kit_on
from maru_sdk import Context, User

AT_ONCE = 2.0


class Clock:
    """The scheduler's time, which a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(minute=1, second=0, microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def forward(self) -> None:
        """To just after the next run of a schedule that fires every five minutes."""
        self.now += timedelta(minutes=5)


@dataclass(frozen=True, eq=False)
class Firm:
    """One company with a program of its admin and one of a member."""

    company: TestCompany
    admin: AsyncClient
    member: AsyncClient

    @property
    def id(self) -> UUID:
        return self.company.tenant.id

    @property
    def slug(self) -> str:
        return self.company.tenant.slug

    async def on(self) -> None:
        """Both plugins on."""
        await self.company.enable("pal", "kinds")

    async def off(self) -> None:
        """The plugin `kinds` off."""
        await self.company.disable("kinds")

    async def status(self, path: str) -> int:
        """What the admin gets there."""
        return (await self.admin.get(path)).status_code

    async def data(self, path: str) -> Any:
        """What the API answers to the admin."""
        answer = await self.admin.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    @asynccontextmanager
    async def context(self, key: str = "kinds") -> AsyncIterator[Context]:
        """A context of a plugin, on or off."""
        seed = self.company.seed().model_copy(update={"plugin": key})
        async with open_call(self.company.kit.house.services, seed) as call:
            yield call.ctx(key)

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        """Rows of this tenant, as the runtime role sees them."""
        database = self.company.kit.house.database
        async with database.unit(Scope(self.id), readonly=True) as unit:
            return list((await unit.db.execute(sa.text(statement), values)).all())


@dataclass(frozen=True, eq=False)
class World:
    """The house and what a test needs of it."""

    kit: TestKit
    settings: Settings
    ours: Firm
    theirs: Firm
    scheduler: Scheduler
    clock: Clock

    async def tick(self) -> None:
        """The scheduler's next look, five minutes later, and what comes of it."""
        self.clock.forward()
        await self.scheduler.tick()
        await self.kit.work()


@asynccontextmanager
async def open_world(settings: Settings) -> AsyncIterator[World]:
    """The world on a migrated database."""
    async with AsyncExitStack() as stack:
        kit = await stack.enter_async_context(kit_on(settings))
        house, clock = kit.house, Clock()
        ours, theirs = await _firm(stack, kit), await _firm(stack, kit)
        scheduler = Scheduler(
            kit.system, house.signals, kit.catalog, house.tenants.all, house.gate.on, clock=clock
        )
        await scheduler.tick()
        yield World(kit, settings, ours, theirs, scheduler, clock)


async def _firm(stack: AsyncExitStack, kit: TestKit) -> Firm:
    company = await kit.company("pal", "kinds")

    async def program(of: User) -> AsyncClient:
        return await stack.enter_async_context(company.client(of))

    return Firm(company, await program(company.admin), await program(company.member))


async def eventually(
    holds: Callable[[], Awaitable[Any]], expected: object = True, within: float = AT_ONCE
) -> None:
    """Waits until `holds()` is what is expected: every process obeys within two seconds."""
    ends = time.monotonic() + within
    while (found := await holds()) != expected:
        assert time.monotonic() < ends, found
        await asyncio.sleep(0.02)
