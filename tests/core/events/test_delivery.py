"""Each event reaches each listener once by its effect, in the order of its key."""

import asyncio
import time
from typing import Any

import pytest
import sqlalchemy as sa
from tests.core.jobs import shop
from tests.core.jobs.house import House, until
from tests.core.jobs.test_window import working
from tests.engines import OWNER, Engines, Tenants, run_as

from maru.db import Scope, Unit
from maru.events.delivery import Delivery
from maru.events.log import EventLog
from maru.jobs.catalog import Catalog
from maru_sdk import Plugin

BOTH = Plugin(title="Shop", listeners=[shop.count, shop.ship])


async def publish(house: House, scope: Scope, *numbers: int, item: str = "tea") -> None:
    async with house.database.unit(scope) as unit:
        for number in numbers:
            await publish_in(house, unit, number, item)
        await unit.commit()


async def publish_in(house: House, unit: Unit, number: int, item: str = "tea") -> None:
    assert unit.scope.tenant is not None
    event = shop.Sold(item=item, number=number)
    await EventLog(house.signals).publish(unit, event, tenant_id=unit.scope.tenant)


async def switch(house: House, scope: Scope, *, enabled: bool) -> None:
    """What the switchboard writes."""
    row = f"(id, key, enabled) VALUES (gen_random_uuid(), 'shop', {enabled})"
    again = f"(tenant_id, key) DO UPDATE SET enabled = {enabled}, updated_at = now()"
    async with house.database.unit(scope) as unit:
        session = await unit.session()
        statement = f"INSERT INTO maru.plugin_state {row} ON CONFLICT {again}"
        await session.execute(sa.text(statement))
        await unit.commit()


async def run_due(house: House, scope: Scope) -> list[str]:
    """Run what the relay would send now, in its order; the kinds of the jobs."""
    kinds = []
    runner = house.runner()
    for place in await house.relay()._claim(str(time.monotonic())):
        await runner.run(place.tenant_id, place.job_id)
        rows = {row.id: row.kind for row in await house.jobs(scope)}
        kinds.append(rows[place.job_id])
    return kinds


class TestDelivery:
    async def test_a_rolled_back_event_never_was(self, house: House, tenants: Tenants) -> None:
        async with house.database.unit(tenants.hanbit) as unit:
            await publish_in(house, unit, 1)
            await (await unit.session()).flush()
        await house.delivery().step()
        assert await house.jobs(tenants.hanbit) == []

    async def test_one_job_for_each_listener(self, house: House, tenants: Tenants) -> None:
        house.catalog = Catalog([("shop", BOTH)])
        await publish(house, tenants.hanbit, 1, 2)
        delivery = house.delivery()
        for _ in range(3):
            await delivery.step()
        assert await house.states(tenants.hanbit) == {"waiting": 4}
        assert await house.jobs(tenants.saebom) == []

    async def test_a_new_process_delivers_nothing_again(
        self, house: House, tenants: Tenants
    ) -> None:
        await publish(house, tenants.hanbit, 1)
        for _ in range(3):
            await house.delivery().step()
        assert await house.states(tenants.hanbit) == {"waiting": 1}

    async def test_three_at_once_deliver_once(self, house: House, tenants: Tenants) -> None:
        several = [house.delivery() for _ in range(3)]
        for start in range(0, 50, 10):
            await publish(house, tenants.hanbit, *range(start, start + 10))
            await asyncio.gather(*(one.step() for one in several))
        for one in several:
            await one.step()
        assert await house.states(tenants.hanbit) == {"waiting": 50}

    async def test_waits_for_the_oldest_that_still_writes(
        self, house: House, tenants: Tenants
    ) -> None:
        """An event that commits late isn't stepped over, nor overtaken by a later one."""
        delivery = house.delivery()
        async with house.database.unit(tenants.hanbit) as late:
            await publish_in(house, late, 1)
            await publish(house, tenants.hanbit, 2)
            await delivery.step()
            assert await house.jobs(tenants.hanbit) == []
            await late.commit()
        await delivery.step()
        rows = await house.jobs(tenants.hanbit)
        assert [row.payload["number"] for row in rows] == [1, 2]

    async def test_one_key_is_one_lane(self, house: House, tenants: Tenants) -> None:
        await publish(house, tenants.hanbit, 1, 2, 3)
        await publish(house, tenants.hanbit, 4, item="rice")
        await house.delivery().step()
        assert len(await run_due(house, tenants.hanbit)) == 2  # the first of each key
        assert await house.effects(tenants.hanbit) == ["tea:1", "rice:4"]
        await run_due(house, tenants.hanbit)
        await run_due(house, tenants.hanbit)
        assert await house.effects(tenants.hanbit, "tea%") == ["tea:1", "tea:2", "tea:3"]

    async def test_what_waits_for_its_migrations_is_caught_up_with(
        self, house: House, tenants: Tenants
    ) -> None:
        delivery = house.delivery()
        await publish(house, tenants.hanbit, 1)
        await delivery.step()
        assert tenants.hanbit.tenant is not None
        house.off.add(tenants.hanbit.tenant)
        await publish(house, tenants.hanbit, 2)
        await delivery.step()
        assert len(await house.jobs(tenants.hanbit)) == 1
        house.off.clear()
        await delivery._switched(tenants.hanbit.tenant, "shop")
        await delivery.step()
        assert len(await house.jobs(tenants.hanbit)) == 2

    async def test_switched_off_it_hears_nothing_even_later(
        self, house: House, tenants: Tenants, engines: Engines
    ) -> None:
        delivery, tenant = house.delivery(), tenants.hanbit.tenant
        assert tenant is not None
        await switch(house, tenants.hanbit, enabled=True)
        await publish(house, tenants.hanbit, 1)
        await delivery.step()
        await publish(house, tenants.hanbit, 2)  # while it was on, though nobody has read it yet
        await switch(house, tenants.hanbit, enabled=False)
        house.off.add(tenant)
        await publish(house, tenants.hanbit, 3)
        await delivery.step()
        house.off.clear()
        await switch(house, tenants.hanbit, enabled=True)
        await publish(house, tenants.hanbit, 4)
        await delivery._switched(tenant, "shop")
        await delivery.step()
        rows = await house.jobs(tenants.hanbit)
        assert [row.payload["number"] for row in rows] == [1, 2, 4]
        tidy = "DELETE FROM maru.plugin_state"
        await run_as(engines, OWNER, tidy, database=house.settings.database_url.rpartition("/")[2])

    async def test_the_first_enabling_hears_nothing_old(
        self, house: House, tenants: Tenants, engines: Engines
    ) -> None:
        await publish(house, tenants.hanbit, 1)
        await switch(house, tenants.hanbit, enabled=True)
        await publish(house, tenants.hanbit, 2)
        await house.delivery().step()
        (row,) = await house.jobs(tenants.hanbit)
        assert row.payload["number"] == 2
        tidy = "DELETE FROM maru.plugin_state"
        await run_as(engines, OWNER, tidy, database=house.settings.database_url.rpartition("/")[2])

    async def test_order_and_effect_through_the_whole_way(
        self, house: House, tenants: Tenants
    ) -> None:
        deliveries = [house.delivery() for _ in range(2)]
        for one in deliveries:
            one.start()
        async with working(house, relays=2, workers=2):
            for n in range(30):
                await publish(house, tenants.hanbit, n)
            await until(lambda: _number(house, tenants.hanbit, 30), 40)
        for one in deliveries:
            await one.stop()
        assert await house.effects(tenants.hanbit) == [f"tea:{n}" for n in range(30)]

    async def test_a_fault_in_the_middle_repeats_nothing(
        self, house: House, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        delivery = house.delivery()
        await publish(house, tenants.hanbit, 1)
        make = Delivery._make_jobs

        async def make_and_fail(*given: Any) -> None:
            await make(*given)
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr(Delivery, "_make_jobs", make_and_fail)
            with pytest.raises(ConnectionError):
                await delivery.step()
        assert await house.jobs(tenants.hanbit) == []
        await delivery.step()
        assert len(await house.jobs(tenants.hanbit)) == 1


async def _number(house: House, scope: Scope, number: int) -> bool:
    return len(await house.effects(scope)) >= number
