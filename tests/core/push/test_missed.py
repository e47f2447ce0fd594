"""A page that was away gets what it missed, whichever process it comes back to."""

import asyncio
import signal

import sqlalchemy as sa
from tests.core.push.world import World, until

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.jobs.housekeeping import Housekeeping
from maru.push.client import REPLAYED
from maru.push.log import PRUNE

COUNT = sa.text("SELECT count(*) FROM maru.live_message")


def ids(frames: list[dict[str, object]]) -> list[str]:
    return [str(one["id"]) for one in frames]


class TestResume:
    async def test_what_was_missed_comes_first_and_once(self, world: World) -> None:
        page = await world.page()
        since = str((await page.enter("tenant"))["id"])
        await world.send("tenant", "one")
        await page.hears("one")
        await page.close()
        witness = await world.page()
        await witness.enter("tenant")
        for number in range(3):
            await world.send("portal", "missed", number=number)
            await world.send("tenant", "missed", number=number)
        await witness.hears("missed", 3)
        back = await world.page()
        done = await back.enter("tenant", since=str(page.events("one")[0]["id"]))
        assert done["data"] == {"replayed": 3}
        await world.send("tenant", "after")
        await back.hears("after")
        await witness.hears("after")
        assert back.data("missed") == [{"number": 0}, {"number": 1}, {"number": 2}]
        again = await world.page()
        assert (await again.enter("tenant", since=since))["data"] == {"replayed": 5}
        heard = ids([one for one in again.heard if one["event"] != "subscribed"])
        assert len(set(heard)) == 5, "each has an id of its own"

    async def test_from_the_middle_of_what_came_together(self, world: World) -> None:
        page = await world.page()
        since = str((await page.enter("tenant"))["id"])
        services, tenant = world.kit.house.services, world.ours.tenant.id
        async with committing(services.database.unit(Scope(tenant))) as unit:
            for number in range(4):
                await services.live.send(unit, tenant, "tenant", "batch", {"number": number})
        await page.hears("batch", 4)
        for at, place in enumerate([since, *ids(page.events("batch"))]):
            back = await world.page()
            assert (await back.enter("tenant", since=place))["data"] == {"replayed": 4 - at}
            assert [one["number"] for one in back.data("batch")] == list(range(at, 4))

    async def test_a_writer_that_commits_late_delays_nobody_and_is_not_lost(
        self, world: World
    ) -> None:
        page = await world.page()
        await page.enter("tenant")
        services, tenant = world.kit.house.services, world.ours.tenant.id
        async with committing(services.database.unit(Scope(tenant))) as slow:
            await services.live.send(slow, tenant, "tenant", "late", {})
            await world.send("tenant", "early")
            await page.hears("early", within=5)
            assert page.events("late") == []
            place = page.events("early")[0]["id"]
        await page.hears("late")
        port, _ = await world.another()
        for where in (world.push_port, port):
            back = await world.page(port=where)
            assert (await back.enter("tenant", since=place))["data"] == {"replayed": 1}
            assert back.data("late") == [{}]

    async def test_a_place_that_nobody_knows(self, world: World) -> None:
        page = await world.page()
        for place in ("", "x", "1~2", "0~1:1:", "9" * 3000, "1~1:2:3~4", "null"):
            before = len(page.events("reset"))
            assert (await page.enter("tenant", since=place))["data"] == {"replayed": 0}
            assert len(page.events("reset")) == before + 1

    async def test_too_much_is_a_fresh_start(self, world: World) -> None:
        witness = await world.page()
        since = str((await witness.enter("portal"))["id"])
        services, tenant = world.kit.house.services, world.ours.tenant.id
        async with committing(services.database.unit(Scope(tenant))) as unit:
            for _ in range(REPLAYED + 1):
                await services.live.send(unit, tenant, "portal", "many", {})
        await witness.hears("many", REPLAYED + 1)
        back = await world.page()
        await back.enter("portal", since=since)
        assert (len(back.events("reset")), len(back.events("many"))) == (1, 0)


class TestKilled:
    async def test_nothing_is_missed_when_push_is_killed(self, world: World) -> None:
        port, child = await world.another()
        page = await world.page(port=port)
        place = str((await page.enter("tenant"))["id"])
        stop, sent = asyncio.Event(), 0

        async def keep_sending() -> None:
            nonlocal sent
            while not stop.is_set():
                await world.send("tenant", "count", number=sent)
                sent += 1

        sending = asyncio.ensure_future(keep_sending())
        await page.hears("count", 20)
        child.send_signal(signal.SIGKILL)
        await page.ends()
        at_death = sent
        await until(lambda: sent > at_death + 20)
        back = await world.page()
        place = ids(page.events("count"))[-1]
        await back.enter("tenant", since=place)
        stop.set()
        await sending
        numbers = [one["number"] for one in page.data("count")]
        await until(lambda: len(numbers) + len(back.data("count")) >= sent)
        assert numbers + [one["number"] for one in back.data("count")] == list(range(sent))

    async def test_a_page_is_told_when_to_come_back(self, world: World) -> None:
        port, child = await world.another()
        pages = [await world.page(port=port) for _ in range(5)]
        for page in pages:
            await page.enter("tenant")
        child.send_signal(signal.SIGTERM)
        for page in pages:
            assert (await page.ends())[0] == 1012
        after = [page.data("reconnect")[0]["after"] for page in pages]
        assert all(0 <= one <= 8 for one in after)
        assert len(set(after)) > 1
        assert await child.wait() == 0

    async def test_what_was_sent_while_nobody_served(self, world: World) -> None:
        page = await world.page()
        place = str((await page.enter("portal"))["id"])
        await page.close()
        await world.send("portal", "meanwhile")
        port, _ = await world.another()
        back = await world.page(port=port)
        assert (await back.enter("portal", since=place))["data"] == {"replayed": 1}


async def test_old_messages_are_thrown_away(world: World) -> None:
    async def count() -> int:
        async with world.kit.system.unit(Scope(None), readonly=True) as unit:
            return int(await unit.db.scalar(COUNT) or 0)

    await world.send("tenant", "old")
    kept = await count()
    await Housekeeping(world.kit.system).tidy()
    assert await count() == kept > 0
    async with committing(world.kit.system.unit(Scope(None))) as unit:
        await unit.db.execute(PRUNE, {"seconds": -60.0})
    assert await count() == 0
