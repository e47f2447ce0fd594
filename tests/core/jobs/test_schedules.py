"""A schedule fires once per tenant and point in time, however many schedulers there are."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.core.jobs.house import House
from tests.engines import Tenants

from maru.db import Scope
from maru.jobs.schedules import Scheduler
from maru_sdk import Tenant


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 3, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def scheduler(house: House, tenants: Tenants, clock: Clock) -> Scheduler:
    scopes: Sequence[Scope] = (tenants.hanbit, tenants.saebom)
    known = [Tenant(id=one.tenant, slug="t", name="T") for one in scopes if one.tenant]
    return Scheduler(
        house.system, house.signals, house.catalog, lambda: known, house.on, clock=clock
    )


async def keys(house: House, scope: Scope) -> list[str]:
    """The points in time at which a job was made."""
    query = "SELECT run_key FROM maru.schedule_run WHERE job_id IS NOT NULL ORDER BY run_key"
    async with house.database.unit(scope) as unit:
        return list((await (await unit.session()).execute(sa.text(query))).scalars())


class TestScheduler:
    async def test_fires_in_each_tenant(self, house: House, tenants: Tenants, clock: Clock) -> None:
        one = scheduler(house, tenants, clock)
        await one.tick()
        assert await house.jobs(tenants.hanbit) == []
        for _ in range(3):
            clock.move(seconds=60)
            await one.tick()
        for scope in (tenants.hanbit, tenants.saebom):
            assert await keys(house, scope) == [
                f"2026-11-20T03:0{minute}:00Z" for minute in (1, 2, 3)
            ]
            assert await house.states(scope) == {"waiting": 3}

    async def test_three_at_once_fire_once(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        several = [scheduler(house, tenants, clock) for _ in range(3)]
        for _ in range(5):
            await asyncio.gather(*(one.tick() for one in several))
            clock.move(seconds=60)
        assert len(await keys(house, tenants.hanbit)) == 4
        assert await house.states(tenants.hanbit) == {"waiting": 4}

    async def test_missed_runs_are_made_up_for_by_one(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        first = scheduler(house, tenants, clock)
        await first.tick()
        clock.move(seconds=60)
        await first.tick()
        clock.move(hours=3)
        await scheduler(house, tenants, clock).tick()
        assert await keys(house, tenants.hanbit) == [
            "2026-11-20T03:01:00Z",
            "2026-11-20T06:01:00Z",
        ]

    async def test_one_that_stood_still_makes_up_for_it_too(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        one = scheduler(house, tenants, clock)
        await one.tick()
        clock.move(minutes=10)
        await one.tick()
        assert await keys(house, tenants.hanbit) == ["2026-11-20T03:10:00Z"]

    async def test_off_misses_nothing(self, house: House, tenants: Tenants, clock: Clock) -> None:
        one = scheduler(house, tenants, clock)
        await one.tick()
        assert tenants.hanbit.tenant is not None
        house.off.add(tenants.hanbit.tenant)
        for _ in range(3):
            clock.move(minutes=1)
            await one.tick()
        house.off.clear()
        clock.move(seconds=29)
        await one._changed(None, "shop")
        await one.tick()
        assert await keys(house, tenants.hanbit) == []
        clock.move(seconds=60)
        await one.tick()
        assert await keys(house, tenants.hanbit) == ["2026-11-20T03:04:00Z"]

    async def test_the_job_runs(self, house: House, tenants: Tenants, clock: Clock) -> None:
        one = scheduler(house, tenants, clock)
        await one.tick()
        clock.move(seconds=60)
        await one.tick()
        (row,) = await house.jobs(tenants.hanbit)
        assert tenants.hanbit.tenant is not None
        await house.runner().run(tenants.hanbit.tenant, row.id)
        assert await house.effects(tenants.hanbit) == ["tick"]
