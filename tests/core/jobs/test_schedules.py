"""A schedule fires once per tenant and point in time, however many schedulers there are."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.core.jobs import shop
from tests.core.jobs.conftest import name_of
from tests.core.jobs.house import House
from tests.engines import OWNER, Engines, Tenants, run_as

from maru.db import Scope
from maru.db.unit import committing
from maru.jobs.catalog import Catalog
from maru.jobs.errors import ScheduleNotFound, ScheduleUnderWay
from maru.jobs.housekeeping import Housekeeping
from maru.jobs.schedule_desk import ScheduleDesk
from maru.jobs.schedules import Scheduler
from maru_sdk import Tenant
from maru_sdk.declarations import Missed


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


def scheduler(
    house: House, tenants: Tenants, clock: Clock, *, zone: str = "Asia/Seoul"
) -> Scheduler:
    scopes: Sequence[Scope] = (tenants.hanbit, tenants.saebom)
    known = [tenant_in(one, zone) for one in scopes]
    return Scheduler(
        house.system, house.signals, house.catalog, lambda: known, house.on, clock=clock
    )


def tenant_in(scope: Scope, zone: str = "Asia/Seoul") -> Tenant:
    assert scope.tenant is not None
    return Tenant(id=scope.tenant, slug="t", name="T", timezone=zone)


def firing(cron: str, missed: Missed = "one") -> Catalog:
    """The shop with another schedule."""
    tick = replace(shop.tick, cron=cron, missed=missed)
    return Catalog([("shop", replace(shop.plugin, schedules=[tick]))])


def desk(house: House) -> ScheduleDesk:
    return ScheduleDesk(house.signals, house.catalog)


def on(key: str) -> bool:
    return True


async def turn(house: House, scope: Scope, *, enabled: bool) -> bool:
    async with committing(house.database.unit(scope)) as unit:
        return await desk(house).switch(unit, shop.tick.name, on, None, enabled=enabled)


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


class TestMissed:
    async def away(
        self, house: House, tenants: Tenants, clock: Clock, hours: float
    ) -> list[datetime]:
        """What is run once a scheduler is there again after some hours without any."""
        await scheduler(house, tenants, clock).tick()
        begun = clock.now
        clock.move(hours=hours)
        await scheduler(house, tenants, clock).tick()
        points = [datetime.fromisoformat(key) for key in await keys(house, tenants.hanbit)]
        assert all(begun < at <= clock.now for at in points)
        return points

    async def test_one(self, house: House, tenants: Tenants, clock: Clock) -> None:
        house.catalog = firing("*/10 * * * *", "one")
        assert len(await self.away(house, tenants, clock, 3)) == 1

    async def test_all(self, house: House, tenants: Tenants, clock: Clock) -> None:
        house.catalog = firing("*/10 * * * *", "all")
        points = await self.away(house, tenants, clock, 3)
        assert len(points) == 18
        assert {late - early for early, late in itertools.pairwise(points)} == {
            timedelta(minutes=10)
        }

    async def test_all_is_at_most_a_hundred(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        house.catalog = firing("* * * * *", "all")
        points = await self.away(house, tenants, clock, 50)
        assert (len(points), points[-1]) == (100, clock.now.replace(second=0))

    async def test_all_is_at_most_a_week_old(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        house.catalog = firing("0 12 * * *", "all")
        points = await self.away(house, tenants, clock, 24 * 30)
        assert len(points) == 7
        assert clock.now - points[0] <= timedelta(days=7)

    async def test_skip(self, house: House, tenants: Tenants, clock: Clock) -> None:
        house.catalog = firing("0 * * * *", "skip")
        assert await self.away(house, tenants, clock, 5.1) == []
        clock.now = clock.now.replace(hour=9, minute=0, second=5)
        await scheduler(house, tenants, clock).tick()
        assert len(await keys(house, tenants.hanbit)) == 1, "five seconds late is not missed"


class TestClock:
    async def test_set_back_it_runs_nothing_twice_and_loses_nothing(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        house.catalog = firing("*/10 * * * *")
        one = scheduler(house, tenants, clock)
        await one.tick()
        start = clock.now
        for _ in range(9):  # an hour and a half, at its true pace
            clock.move(minutes=10)
            await one.tick()
        clock.move(hours=-1)
        for _ in range(12):
            await one.tick()
            clock.move(minutes=10)
        ran = await keys(house, tenants.hanbit)
        assert len(ran) == len(set(ran)) == 14
        first = start.replace(minute=10, second=0)
        assert ran == [f"{first + timedelta(minutes=10 * n):%Y-%m-%dT%H:%M:%SZ}" for n in range(14)]
        assert await house.states(tenants.hanbit) == {"waiting": 14}

    async def test_set_on_and_back_again(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        """An hour that the clock only jumped over is made up for by one run; when it comes after
        all, its other points run at their time."""
        house.catalog = firing("*/10 * * * *")
        one = scheduler(house, tenants, clock)
        await one.tick()
        clock.move(hours=1)
        await one.tick()
        assert await keys(house, tenants.hanbit) == ["2026-11-20T04:00:00Z"]
        clock.move(hours=-1)
        for _ in range(7):
            await one.tick()
            clock.move(minutes=10)
        ran = await keys(house, tenants.hanbit)
        assert ran == [f"2026-11-20T03:{minute}0:00Z" for minute in range(1, 6)] + [
            "2026-11-20T04:00:00Z"
        ]

    async def test_a_new_scheduler_believes_no_run_of_the_future(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        house.catalog = firing("*/10 * * * *")
        one = scheduler(house, tenants, clock)
        await one.tick()
        clock.move(days=300)
        await one.tick()
        clock.move(days=-300)
        await one.tick()
        clock.move(minutes=10)
        await one.tick()
        clock.move(minutes=25)
        await scheduler(house, tenants, clock).tick()
        near = [key for key in await keys(house, tenants.hanbit) if key < "2026-12"]
        assert near == ["2026-11-20T03:10:00Z", "2026-11-20T03:30:00Z"]

    async def test_another_zone_makes_up_for_nothing(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        house.catalog = firing("0 9 * * *")
        zones = {"now": "Asia/Seoul"}
        one = Scheduler(
            house.system,
            house.signals,
            house.catalog,
            lambda: [tenant_in(tenants.hanbit, zones["now"])],
            house.on,
            clock=clock,
        )
        clock.now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        await one.tick()
        zones["now"] = "America/New_York"
        await one._changed(tenants.hanbit.tenant, "")
        await one.tick()
        assert one._heap[0].at == datetime(2026, 11, 20, 14, tzinfo=UTC)
        clock.now = datetime(2026, 11, 20, 14, 0, 1, tzinfo=UTC)
        await one.tick()
        assert await keys(house, tenants.hanbit) == ["2026-11-20T14:00:00Z"]


class TestSummerTime:
    @pytest.mark.parametrize(
        ("zone", "day", "point"),
        [
            ("Europe/Berlin", "2026-03-29", "2026-03-29T01:00:00Z"),
            ("Europe/Berlin", "2026-10-25", "2026-10-25T00:30:00Z"),
            ("America/New_York", "2026-03-08", "2026-03-08T07:00:00Z"),
            ("America/New_York", "2026-11-01", "2026-11-01T07:30:00Z"),
            ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T15:30:00Z"),
            ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T16:00:00Z"),
        ],
    )
    async def test_half_past_two_fires_once(
        self, house: House, tenants: Tenants, clock: Clock, zone: str, day: str, point: str
    ) -> None:
        """Whoever ticks, and whether or not schedulers are started anew in that very hour."""
        house.catalog = firing("30 2 * * *")
        clock.now = datetime.fromisoformat(f"{day}T00:00:10Z") - timedelta(hours=14)
        one = scheduler(house, tenants, clock, zone=zone)
        for step in range(24 * 6):
            await one.tick()
            clock.move(minutes=10)
            if step % 7 == 0:
                one = scheduler(house, tenants, clock, zone=zone)
        assert await keys(house, tenants.hanbit) == [point]


class TestTurnedOff:
    async def test_it_fires_no_more_and_misses_nothing(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        one = scheduler(house, tenants, clock)
        await one.tick()
        assert await turn(house, tenants.hanbit, enabled=False)
        assert not await turn(house, tenants.hanbit, enabled=False)
        for _ in range(3):
            clock.move(minutes=1)
            await one.tick()
        assert await keys(house, tenants.hanbit) == []
        assert len(await keys(house, tenants.saebom)) == 3
        assert await turn(house, tenants.hanbit, enabled=True)
        await one._changed(None, shop.tick.name)
        await one.tick()
        assert await keys(house, tenants.hanbit) == []
        clock.move(minutes=1)
        await one.tick()
        assert await keys(house, tenants.hanbit) == ["2026-11-20T03:04:00Z"]

    async def test_who_was_away_meanwhile_makes_up_for_nothing_either(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        clock.now = datetime.now(UTC) - timedelta(hours=2)
        await scheduler(house, tenants, clock).tick()
        await turn(house, tenants.hanbit, enabled=False)
        await turn(house, tenants.hanbit, enabled=True)
        clock.now = datetime.now(UTC)
        await scheduler(house, tenants, clock).tick()
        assert len(await keys(house, tenants.saebom)) == 1
        assert await keys(house, tenants.hanbit) == []

    async def test_there_is_nothing_to_turn_on(self, house: House, tenants: Tenants) -> None:
        assert not await turn(house, tenants.hanbit, enabled=True)


class TestRunNow:
    async def ask(self, house: House, scope: Scope, seen: Callable[[str], bool] = on) -> None:
        async with committing(house.database.unit(scope)) as unit:
            await desk(house).run_now(unit, tenant_in(scope), shop.tick.name, seen, None)

    async def test_it_is_a_run_beside_the_planned_ones(
        self, house: House, tenants: Tenants, clock: Clock
    ) -> None:
        one = scheduler(house, tenants, clock)
        await one.tick()
        await self.ask(house, tenants.hanbit)
        (row,) = await house.jobs(tenants.hanbit)
        await house.runner().run(tenant_in(tenants.hanbit).id, row.id)
        assert await house.effects(tenants.hanbit) == ["tick"]
        clock.move(minutes=1)
        await one.tick()
        await scheduler(house, tenants, clock).tick()
        async with house.database.unit(tenants.hanbit) as unit:
            runs = await desk(house).runs(unit, shop.tick.name, on)
        assert [run.run_key.partition(" ")[0] for run in runs] == ["2026-11-20T03:01:00Z", "asked"]
        assert [run.state for run in runs] == ["waiting", "done"]

    async def test_one_at_a_time(self, house: House, tenants: Tenants) -> None:
        await self.ask(house, tenants.hanbit)
        with pytest.raises(ScheduleUnderWay):
            await self.ask(house, tenants.hanbit)
        await self.ask(house, tenants.saebom)
        assert len(await house.jobs(tenants.hanbit)) == 1

    async def test_of_a_plugin_that_is_off_there_is_none(
        self, house: House, tenants: Tenants
    ) -> None:
        with pytest.raises(ScheduleNotFound):
            await self.ask(house, tenants.hanbit, lambda key: False)


class TestHousekeeping:
    async def test_old_runs_go_but_for_the_last(
        self, house: House, tenants: Tenants, clock: Clock, engines: Engines
    ) -> None:
        one = scheduler(house, tenants, clock)
        for _ in range(4):
            await one.tick()
            clock.move(minutes=1)
        await TestRunNow().ask(house, tenants.hanbit)
        old = "UPDATE maru.schedule_run SET created_at = now() - interval '15 days'"
        await run_as(
            engines,
            OWNER,
            "ALTER TABLE maru.schedule_run NO FORCE ROW LEVEL SECURITY",
            old,
            "ALTER TABLE maru.schedule_run FORCE ROW LEVEL SECURITY",
            database=name_of(house.settings),
        )
        await Housekeeping(house.system).tidy()
        assert await keys(house, tenants.hanbit) == ["2026-11-20T03:03:00Z"]
        clock.move(minutes=5)
        await scheduler(house, tenants, clock).tick()
        assert len(await keys(house, tenants.hanbit)) == 2, "what was missed since is known"
