"""A listener hears again from a time on; what still waits isn't doubled."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.core.events.test_delivery import BOTH, publish, run_due
from tests.core.jobs import shop
from tests.core.jobs.house import House
from tests.engines import Tenants

from maru.db import Scope
from maru.db.unit import committing
from maru.events.delivery import Delivery
from maru.events.desk import (
    EventDesk,
    EventNotFound,
    ListenerNotFound,
    Listening,
    ReplayInFuture,
)
from maru.jobs.catalog import LISTENER, PRIORITIES, Catalog

COUNT = shop.count.name


def on(key: str) -> bool:
    return True


def desk(house: House) -> EventDesk:
    return EventDesk(house.signals, house.catalog)


async def replay(
    house: House, scope: Scope, since: datetime | None = None, name: str = COUNT
) -> bool:
    now = datetime.now(UTC)
    async with committing(house.database.unit(scope)) as unit:
        began = since or now - timedelta(hours=1)
        return await desk(house).replay(unit, name, on, began, now)


async def deliver(house: House, scope: Scope, delivery: Delivery) -> None:
    """As the signal of a replay has it."""
    await delivery._switched(scope.tenant, COUNT)
    await delivery.step()


async def listening(house: House, scope: Scope) -> dict[str, Listening]:
    async with house.database.unit(scope) as unit:
        return {one.name: one for one in await desk(house).listeners(unit, on)}


@pytest.fixture
def delivery(house: House) -> Delivery:
    house.catalog = Catalog([("shop", BOTH)])
    return house.delivery()


async def test_what_is_done_is_done_again(
    house: House, tenants: Tenants, delivery: Delivery
) -> None:
    await publish(house, tenants.hanbit, 1, 2)
    await delivery.step()
    while await run_due(house, tenants.hanbit):
        pass
    once = await house.effects(tenants.hanbit)
    assert sorted(once) == ["ship 1", "ship 2", "tea:1", "tea:2"]
    assert await replay(house, tenants.hanbit)
    await deliver(house, tenants.hanbit, delivery)
    await publish(house, tenants.hanbit, 3)
    await delivery.step()
    waiting = {
        (row.kind, row.payload["number"]): row.priority
        for row in await house.jobs(tenants.hanbit)
        if row.state == "waiting"
    }
    assert waiting == {
        (LISTENER + COUNT, 1): PRIORITIES["low"],
        (LISTENER + COUNT, 2): PRIORITIES["low"],
        (LISTENER + COUNT, 3): PRIORITIES["normal"],
        (LISTENER + shop.ship.name, 3): PRIORITIES["normal"],
    }
    while await run_due(house, tenants.hanbit):
        pass
    again = await house.effects(tenants.hanbit, "tea%")
    assert again == ["tea:1", "tea:2", "tea:1", "tea:2", "tea:3"], "in their order"


async def test_what_waits_or_is_parked_is_not_made_twice(
    house: House, tenants: Tenants, delivery: Delivery
) -> None:
    await publish(house, tenants.hanbit, 1, 2, 3)
    await delivery.step()
    park = "UPDATE maru.job SET state = 'parked' WHERE payload->>'number' = '2'"
    async with committing(house.database.unit(tenants.hanbit)) as unit:
        await (await unit.session()).execute(sa.text(park))
    before = len(await house.jobs(tenants.hanbit))
    for _ in range(2):
        assert await replay(house, tenants.hanbit)
        await deliver(house, tenants.hanbit, delivery)
    assert len(await house.jobs(tenants.hanbit)) == before == 6


async def test_it_begins_at_the_time(house: House, tenants: Tenants, delivery: Delivery) -> None:
    await publish(house, tenants.hanbit, 1)
    await publish(house, tenants.hanbit, 2)
    await delivery.step()
    while await run_due(house, tenants.hanbit):
        pass
    async with house.database.unit(tenants.hanbit) as unit:
        look = "SELECT created_at FROM maru.event WHERE body->>'number' = '2'"
        since = await (await unit.session()).scalar(sa.text(look))
    assert await replay(house, tenants.hanbit, since)
    seen = (await listening(house, tenants.hanbit))[COUNT].progress
    assert (seen.behind, seen.oldest) == (1, since)
    assert seen.replays_to is not None
    await deliver(house, tenants.hanbit, delivery)
    waiting = [r for r in await house.jobs(tenants.hanbit) if r.state == "waiting"]
    assert [row.payload["number"] for row in waiting] == [2]
    assert (await listening(house, tenants.hanbit))[COUNT].progress.replays_to is None


async def test_what_it_has_not_read_needs_no_replay(
    house: House, tenants: Tenants, delivery: Delivery
) -> None:
    assert not await replay(house, tenants.hanbit), "the log is empty"
    await publish(house, tenants.hanbit, 1)
    await delivery.step()
    assert not await replay(house, tenants.hanbit, datetime.now(UTC)), "nothing since"
    assert not await replay(house, tenants.saebom), "another tenant's events aren't its own"


async def test_what_is_refused(house: House, tenants: Tenants, delivery: Delivery) -> None:
    with pytest.raises(ReplayInFuture):
        await replay(house, tenants.hanbit, datetime.now(UTC) + timedelta(minutes=5))
    with pytest.raises(ListenerNotFound):
        await replay(house, tenants.hanbit, name="shop.nobody")
    async with house.database.unit(tenants.hanbit) as unit:
        now = datetime.now(UTC)
        with pytest.raises(ListenerNotFound):
            await desk(house).replay(unit, COUNT, lambda key: False, now, now)
        with pytest.raises(EventNotFound):
            await desk(house).event(unit, 4_711)


async def test_who_has_heard_an_event(house: House, tenants: Tenants, delivery: Delivery) -> None:
    await publish(house, tenants.hanbit, 1)
    await publish(house, tenants.saebom, 2)
    await delivery.step()
    behind = (await listening(house, tenants.hanbit))[COUNT].progress
    assert (behind.behind, behind.waiting, behind.dead) == (0, 1, 0)
    async with house.database.unit(tenants.hanbit) as unit:
        number = await (await unit.session()).scalar(sa.text("SELECT number FROM maru.event"))
        event = await desk(house).event(unit, number)
        heard = await desk(house).heard(unit, event)
    assert event.body == {"item": "tea", "number": 1}
    assert {(one.kind, one.state) for one in heard} == {
        (LISTENER + COUNT, "waiting"),
        (LISTENER + shop.ship.name, "waiting"),
    }
