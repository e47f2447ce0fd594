"""A listener that misbehaves harms nobody: the publisher has succeeded, the others hear."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta

from tests.core.events.test_delivery import publish
from tests.core.jobs import shop
from tests.core.jobs.house import House, until
from tests.core.jobs.test_window import working
from tests.engines import Tenants

from maru.db import Scope
from maru.jobs.catalog import LISTENER, Catalog
from maru_sdk import Context, Plugin, listen

NUMBERS = range(4)


@listen(shop.Sold)
async def fails(ctx: Context, event: shop.Sold) -> None:
    await shop.effect(ctx, "half")
    raise KeyError(event.item)


@listen(shop.Sold)
async def hangs(ctx: Context, event: shop.Sold) -> None:
    await shop.effect(ctx, "half")
    await asyncio.sleep(3_600)


@listen(shop.Sold)
async def leaves(ctx: Context, event: shop.Sold) -> None:
    await shop.effect(ctx, "half")
    sys.exit("I leave")


@listen(shop.Sold)
async def stops(ctx: Context, event: shop.Sold) -> None:
    raise asyncio.CancelledError


BAD = (fails, hangs, leaves, stops)


def catalog() -> Catalog:
    found = Catalog([("shop", Plugin(title="Shop", listeners=[*BAD, shop.count, shop.ship]))])
    kind = LISTENER + hangs.name
    work = found.find(kind)
    assert work is not None
    found._works[kind] = replace(work, deadline=timedelta(milliseconds=300))
    return found


async def settled(house: House, scope: Scope) -> bool:
    states = await house.states(scope)
    return states == {"done": 2 * len(NUMBERS), "dead": len(BAD) * len(NUMBERS)}


async def test_the_others_hear(house: House, tenants: Tenants) -> None:
    house.catalog = catalog()
    for name in catalog().listeners:
        house.catalog._works[LISTENER + name] = replace(
            house.catalog._works[LISTENER + name], tries=2
        )
    await publish(house, tenants.hanbit, *NUMBERS)
    delivery = house.delivery()
    async with working(house):
        delivery.start()
        await until(lambda: settled(house, tenants.hanbit), 60)
        await delivery.stop()
    heard = await house.effects(tenants.hanbit)
    assert sorted(heard) == sorted(
        [f"tea:{n}" for n in NUMBERS] + [f"ship {n}" for n in NUMBERS]
    ), "each event once, and nothing of those that failed"
    errors = {row.kind: row.error for row in await house.jobs(tenants.hanbit) if row.error}
    assert errors == {
        LISTENER + fails.name: "KeyError: 'tea'",
        LISTENER + hangs.name: "TimeoutError",
        LISTENER + leaves.name: "Escaped: leaves raised SystemExit: I leave",
        LISTENER + stops.name: "Escaped: stops cancelled itself",
    }
