"""Delivery waits for those who publish in the tenant, and for nobody else; nothing is lost or
overtaken, however late it is committed."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.core.events.test_delivery import publish, publish_in
from tests.core.jobs import shop
from tests.core.jobs.house import House
from tests.engines import Tenants

from maru.db import Scope, Unit
from maru.events.delivery import Delivery, Settled
from maru.events.log import EventLog, lane_of

EFFECT = sa.text(
    "INSERT INTO maru.audit (id, action, target) VALUES (gen_random_uuid(), 'effect', 'other')"
)
MAKE = sa.text("INSERT INTO maru.setting (id, plugin, version) VALUES (gen_random_uuid(), 'k', 0)")
COUNT = sa.text(
    "UPDATE maru.setting SET version = version + 1 WHERE plugin = 'k' RETURNING version"
)
XID = sa.text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")


async def numbers(house: House, scope: Scope) -> list[int]:
    return [row.payload["number"] for row in await house.jobs(scope)]


@asynccontextmanager
async def writing(house: House, scope: Scope) -> AsyncIterator[Unit]:
    """A transaction that has written something, and stays open."""
    async with house.database.unit(scope) as unit:
        session = await unit.session()
        await session.execute(EFFECT)
        assert await session.scalar(XID)
        yield unit


class TestWaiting:
    async def test_a_writer_that_publishes_nothing_delays_nobody(
        self, house: House, tenants: Tenants
    ) -> None:
        delivery = house.delivery()
        async with writing(house, tenants.hanbit), writing(house, tenants.saebom):
            await publish(house, tenants.hanbit, 1)
            await publish(house, tenants.saebom, 2)
            await delivery.step()
            assert await numbers(house, tenants.hanbit) == [1]
            assert await numbers(house, tenants.saebom) == [2]

    async def test_one_that_has_published_delays_what_came_after_it_in_its_tenant(
        self, house: House, tenants: Tenants
    ) -> None:
        delivery = house.delivery()
        await publish(house, tenants.hanbit, 1)
        async with writing(house, tenants.hanbit) as late:
            await publish(house, tenants.hanbit, 2)
            await publish_in(house, late, 3)
            await publish(house, tenants.hanbit, 4)
            await publish(house, tenants.saebom, 5)
            for _ in range(3):
                await delivery.step()
            assert await numbers(house, tenants.hanbit) == [1, 2]
            assert await numbers(house, tenants.saebom) == [5]
            await publish(house, tenants.saebom, 6)
            await delivery.step()
            assert await numbers(house, tenants.saebom) == [5, 6]
            await late.commit()
        await delivery.step()
        assert await numbers(house, tenants.hanbit) == [1, 2, 3, 4]
        await delivery.step()
        assert len(await house.jobs(tenants.hanbit)) == 4

    async def test_an_old_transaction_that_publishes_late_is_not_stepped_over(
        self, house: House, tenants: Tenants
    ) -> None:
        """Its transaction is older than all that was delivered meanwhile."""
        delivery = house.delivery()
        async with writing(house, tenants.hanbit) as old:
            await publish(house, tenants.hanbit, 1, 2)
            await delivery.step()
            await publish_in(house, old, 3)
            await delivery.step()
            await old.commit()
        await delivery.step()
        assert await numbers(house, tenants.hanbit) == [1, 2, 3]

    async def test_who_gives_up_or_dies_delays_nobody(self, house: House, tenants: Tenants) -> None:
        delivery = house.delivery()
        async with house.database.unit(tenants.hanbit) as given_up:
            await publish_in(house, given_up, 1)
            await publish(house, tenants.hanbit, 2)
        await delivery.step()
        assert await numbers(house, tenants.hanbit) == [2]

    async def test_a_savepoint_that_was_undone_takes_no_promise_with_it(
        self, house: House, tenants: Tenants
    ) -> None:
        log, delivery = EventLog(house.signals), house.delivery()

        async def say(unit: Unit, number: int) -> None:
            event = shop.Sold(item="tea", number=number)
            assert unit.scope.tenant is not None
            await log.publish(unit, event, tenant_id=unit.scope.tenant)

        async with house.database.unit(tenants.hanbit) as unit:
            session = await unit.session()
            undone = await session.begin_nested()
            await say(unit, 1)
            await undone.rollback()
            await say(unit, 2)
            await publish(house, tenants.hanbit, 3)
            await delivery.step()
            assert await numbers(house, tenants.hanbit) == []
            await unit.commit()
        await delivery.step()
        assert await numbers(house, tenants.hanbit) == [2, 3]

    async def test_the_promise_is_made_before_the_number_is_given(
        self, house: House, tenants: Tenants
    ) -> None:
        look = sa.text(
            "SELECT l.objid::bigint AS floor, e.number FROM pg_locks l, maru.event e"
            " WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.pid = pg_backend_pid()"
        )
        for _ in range(3):
            async with house.database.unit(tenants.hanbit) as unit:
                await publish_in(house, unit, 1)
                session = await unit.session()
                (row,) = (await session.execute(look)).all()
                assert row.floor < row.number

    async def test_many_events_of_one_unit_hold_one_lock(
        self, house: House, tenants: Tenants
    ) -> None:
        log = EventLog(house.signals)
        held = sa.text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        assert tenants.hanbit.tenant is not None
        async with house.database.unit(tenants.hanbit) as unit:
            for number in range(50):
                event = shop.Sold(item="tea", number=number)
                await log.publish(unit, event, tenant_id=tenants.hanbit.tenant)
            assert await (await unit.session()).scalar(held) == 1


class TestTogether:
    async def test_units_of_one_key_arrive_in_their_order(
        self, house: House, tenants: Tenants
    ) -> None:
        """Many units at once, each of which counts a row up and publishes what it has become;
        others publish beside them; two deliveries read all the while."""
        assert tenants.hanbit.tenant is not None
        async with house.database.unit(tenants.hanbit) as unit:
            await (await unit.session()).execute(MAKE)
            await unit.commit()

        async def change() -> None:
            async with house.database.unit(tenants.hanbit) as unit:
                if random.random() < 0.3:
                    await (await unit.session()).execute(EFFECT)
                await asyncio.sleep(random.uniform(0, 0.02))
                version = await (await unit.session()).scalar(COUNT)
                await publish_in(house, unit, version, "tea")
                await asyncio.sleep(random.uniform(0, 0.02))
                if random.random() < 0.8:
                    await unit.commit()

        async def others() -> None:
            await asyncio.sleep(random.uniform(0, 0.5))
            await publish(house, tenants.hanbit, 0, item=f"rice {random.random()}")

        deliveries = [house.delivery() for _ in range(2)]
        ended = asyncio.Event()

        async def deliver(one: Delivery) -> None:
            while not ended.is_set():
                await one.step()
                await asyncio.sleep(0)

        reading = [asyncio.create_task(deliver(one)) for one in deliveries]
        await asyncio.gather(*(change() for _ in range(120)), *(others() for _ in range(60)))
        ended.set()
        await asyncio.gather(*reading)
        for one in deliveries:
            await one.step()
        rows = await house.jobs(tenants.hanbit)
        told = [row for row in rows if row.payload["item"] == "tea"]
        in_lane = [row.payload["number"] for row in sorted(told, key=lambda row: row.lane_number)]
        final = await self._version(house, tenants.hanbit)
        assert in_lane == list(range(1, final + 1)), "one for each commit, in their order"
        assert len(rows) == final + 60
        made = [row.payload["number"] for row in sorted(told, key=lambda row: row.id)]
        assert made == in_lane, "none was read before one that goes before it"

    async def _version(self, house: House, scope: Scope) -> int:
        async with house.database.unit(scope) as unit:
            look = sa.text("SELECT version FROM maru.setting WHERE plugin = 'k'")
            return int(await (await unit.session()).scalar(look) or 0)


def lock(lane: int, floor: int) -> Any:
    return SimpleNamespace(lane=lane, floor=floor % (1 << 32))


class TestSettled:
    @pytest.mark.parametrize("last", [10, (1 << 32) + 5, (1 << 40) - 1])
    def test_floors_of_32_bits(self, last: int, tenants: Tenants) -> None:
        assert tenants.hanbit.tenant is not None
        assert tenants.saebom.tenant is not None
        lane = lane_of(tenants.hanbit.tenant)
        seen = Settled.seen(
            last, [lock(lane, last - 3), lock(lane, last - 7), lock(lane, last + 2)]
        )
        assert seen.of(tenants.hanbit.tenant) == last - 7
        assert seen.of(tenants.saebom.tenant) == last
        assert seen.everywhere == last - 7
        assert Settled.seen(last, [lock(lane, last + 9)]).everywhere == last
