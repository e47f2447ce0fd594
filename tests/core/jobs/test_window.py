"""Table, relay, Redis and workers together; whatever is killed, each effect is there once."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from tests.core.jobs import shop
from tests.core.jobs.conftest import add_tenants
from tests.core.jobs.house import Child, House, opened, until
from tests.engines import Engines, Tenants

from maru.db import Scope
from maru.embedded import EmbeddedRedis
from maru.jobs import relay as relay_module
from maru.jobs.pace import SHARE
from maru.jobs.relay import pending
from maru.jobs.rows import Asked
from maru.jobs.runner import DIED
from maru.settings import Settings


@asynccontextmanager
async def working(house: House, relays: int = 1, workers: int = 1) -> AsyncIterator[None]:
    """Relays and workers of this process at work."""
    async with AsyncExitStack() as stack:
        for _ in range(relays):
            relay = house.relay()
            relay.start()
            stack.push_async_callback(relay.stop)
        for n in range(workers):
            other = house if n == 0 else await stack.enter_async_context(opened(house.settings))
            consumer = other.consumer(other.runner())
            await consumer.start()
            stack.push_async_callback(consumer.stop, 5)
        yield


async def all_done(house: House, scope: Scope, number: int) -> bool:
    return await house.states(scope) == {"done": number}


def targets(number: int) -> list[str]:
    return [f"{n:04}" for n in range(number)]


class TestTogether:
    async def test_two_relays_and_two_workers_race(self, house: House, tenants: Tenants) -> None:
        async with working(house, relays=2, workers=2):
            await house.enqueue(tenants.hanbit, *targets(150))
            await until(lambda: all_done(house, tenants.hanbit, 150))
        assert sorted(await house.effects(tenants.hanbit)) == targets(150)

    async def test_a_job_starts_at_once(self, house: House, tenants: Tenants) -> None:
        async with working(house):
            await asyncio.sleep(0.6)  # idle: dramatiq polls seldom by now
            began = time.monotonic()
            await house.enqueue(tenants.hanbit, "now")
            await until(lambda: all_done(house, tenants.hanbit, 1))
            assert time.monotonic() - began < 1

    async def test_flushed_redis_loses_nothing(
        self, house: House, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay_module, "SETTLED", 0.3)
        await house.enqueue(tenants.hanbit, *targets(40))
        relay = house.relay()
        await relay.fill()  # 16 of them stand in Redis
        client = Redis.from_url(house.settings.redis_queue_url)
        keys = [key async for key in client.scan_iter(f"{house.window.namespace}*")]
        assert keys
        await client.delete(*keys)
        await client.aclose()
        async with working(house):
            await until(lambda: all_done(house, tenants.hanbit, 40))
        assert sorted(await house.effects(tenants.hanbit)) == targets(40)

    async def test_what_stands_in_redis_is_not_sent_again(
        self, house: House, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay_module, "SETTLED", 0.0)
        await house.enqueue(tenants.hanbit, *targets(5))
        relay = house.relay(lease=0.3)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            await relay.fill()
            await relay.care()
            await asyncio.sleep(0.05)
        client = Redis.from_url(house.settings.redis_queue_url)
        assert await client.llen(f"{house.window.namespace}:normal") == 5
        await client.aclose()

    async def test_the_depth_is_known_everywhere(self, house: House, tenants: Tenants) -> None:
        await house.enqueue(tenants.hanbit, *targets(7))
        relay = house.relay()
        await relay.care()
        assert relay.pending == 7
        assert await pending(house.redises) == 7

    async def test_stop_hands_back_what_is_not_finished(
        self, house: House, tenants: Tenants
    ) -> None:
        await house.enqueue(tenants.hanbit, "long", seconds=60)
        relay, consumer = house.relay(), house.consumer(house.runner())
        relay.start()
        await consumer.start()
        await until(lambda: consumer.active == 1)
        await relay.stop()
        began = time.monotonic()
        await consumer.stop(0.2)
        assert time.monotonic() - began < 3
        (row,) = await house.jobs(tenants.hanbit)
        assert (row.state, row.deaths, row.lease_until) == ("waiting", 0, None)


class TestLeaks:
    async def test_500_failures_leave_neither_task_nor_thread(
        self, house: House, tenants: Tenants
    ) -> None:
        asks = [shop.Fail(how="fault").model_dump_json()] * 500
        async with working(house):
            await house.enqueue(tenants.hanbit, "warm")
            await until(lambda: all_done(house, tenants.hanbit, 1))
            tasks, threads = len(asyncio.all_tasks()), threading.active_count()
            async with house.database.unit(tenants.hanbit) as unit:
                assert tenants.hanbit.tenant is not None
                await house.queue.enqueue_many(unit, tenants.hanbit.tenant, shop.fail, asks)
                await unit.commit()
            await until(lambda: dead(house, tenants.hanbit, 500), 40)
            await until(lambda: len(asyncio.all_tasks()) <= tasks + 2)
            assert threading.active_count() <= threads + 2  # the loop's own executor may grow


class TestFairness:
    async def test_a_single_job_overtakes_thousands(self, house: House, tenants: Tenants) -> None:
        await house.enqueue(tenants.hanbit, *targets(3_000), seconds=0.02)
        async with working(house):
            await until(lambda: house.effects(tenants.hanbit))
            began = time.monotonic()
            await house.enqueue(tenants.saebom, "mine")
            await until(lambda: all_done(house, tenants.saebom, 1))
            assert time.monotonic() - began < 15
            assert (await house.states(tenants.hanbit))["waiting"] > 1_000

    async def test_200_tenants_take_turns(
        self, engines: Engines, house: House, settings: Settings
    ) -> None:
        scopes = await add_tenants(engines, settings, 200)
        await house.enqueue(scopes[0], *targets(2_000))
        for scope in scopes[1:]:
            await house.enqueue(scope, "a", "b")
        claimed = await house.relay()._claim("first")
        share: dict[Any, int] = {}
        for place in claimed:
            share[place.tenant_id] = share.get(place.tenant_id, 0) + 1
        assert len(share) == 200
        assert 2 < share[scopes[0].tenant] <= SHARE
        assert all(share[scope.tenant] == 2 for scope in scopes[1:])
        first_turn = [place.tenant_id for place in claimed[:200]]
        assert len(set(first_turn)) == 200

    async def test_priority_goes_first(self, house: House, tenants: Tenants) -> None:
        await house.enqueue(tenants.hanbit, *targets(20))
        async with house.database.unit(tenants.hanbit) as unit:
            assert tenants.hanbit.tenant is not None
            ask = shop.Write(target="high").model_dump_json()
            job_id = await house.queue.enqueue(unit, tenants.hanbit.tenant, shop.urgent, ask)
            await unit.commit()
        claimed = await house.relay()._claim("first")
        assert (claimed[0].job_id, claimed[0].queue) == (job_id, "high")

    async def test_a_suspended_tenant_waits(self, house: House, tenants: Tenants) -> None:
        await house.enqueue(tenants.hanbit, "x")
        await execute_as_system(house, "UPDATE maru.tenant SET state = 'suspended'")
        assert await house.relay()._claim("t") == []
        await execute_as_system(house, "UPDATE maru.tenant SET state = 'active'")
        assert len(await house.relay()._claim("t")) == 1


async def execute_as_system(house: House, statement: str) -> None:
    async with house.system.engine.begin() as connection:
        await connection.exec_driver_sql(statement)


class TestKills:
    @pytest.mark.parametrize("point", ["claimed", "sent"])
    async def test_a_relay_killed_at_a_named_point(
        self, house: House, tenants: Tenants, point: str
    ) -> None:
        await house.enqueue(tenants.hanbit, *targets(30))
        child = await Child("relay", house.settings, point).start()
        assert await child.died() == -9
        async with working(house):
            await until(lambda: all_done(house, tenants.hanbit, 30))
        assert sorted(await house.effects(tenants.hanbit)) == targets(30)

    @pytest.mark.parametrize("point", ["started", "effect", "done"])
    async def test_a_worker_killed_at_a_named_point(
        self, house: House, tenants: Tenants, point: str
    ) -> None:
        await house.enqueue(tenants.hanbit, *targets(30))
        relay = house.relay()
        relay.start()
        child = await Child("worker", house.settings, point).start()
        assert await child.died() == -9
        async with working(house):
            await until(lambda: all_done(house, tenants.hanbit, 30))
        await relay.stop()
        assert sorted(await house.effects(tenants.hanbit)) == targets(30)

    async def test_a_job_that_kills_its_worker_is_parked(
        self, house: House, tenants: Tenants
    ) -> None:
        (job_id,) = await house.enqueue(tenants.hanbit, "poison")
        relay, dying = house.relay(), house.runner(lease=0.0)
        assert tenants.hanbit.tenant is not None
        for _ in range(3):
            assert await dying._rows.start([Asked(tenants.hanbit.tenant, job_id)])
            await relay.care()  # its lease is over and nobody has ended it
        await house.runner().run(tenants.hanbit.tenant, job_id)
        await relay.care()
        (row,) = await house.jobs(tenants.hanbit)
        assert (row.state, row.error) == ("parked", DIED)
        assert await house.effects(tenants.hanbit) == []

    @pytest.mark.slow
    async def test_random_kills_of_workers_and_relays(self, house: House, tenants: Tenants) -> None:
        number = 600
        await house.enqueue(tenants.hanbit, *targets(number), seconds=0.01)
        relay = house.relay()
        relay.start()
        for n in range(10):
            children = [
                await Child("worker", house.settings).start(),
                await Child("relay", house.settings).start(),
            ]
            await asyncio.sleep(0.1 + 0.05 * (n % 5))
            for child in children:
                await child.end()
        async with working(house, workers=2):
            await until(lambda: all_done(house, tenants.hanbit, number), 60)
        await relay.stop()
        assert sorted(await house.effects(tenants.hanbit)) == targets(number)


async def dead(house: House, scope: Scope, number: int) -> bool:
    return (await house.states(scope)).get("dead") == number


@pytest.fixture
def reachable(tmp_path: Path) -> Path:
    """A folder that the engines' user can enter."""
    tmp_path.chmod(0o755)
    return tmp_path


class TestRedisKilled:
    async def test_redis_killed_and_emptied_under_work(
        self,
        house: House,
        tenants: Tenants,
        reachable: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(relay_module, "SETTLED", 0.5)
        server = EmbeddedRedis(reachable / "own")
        await asyncio.to_thread(server.start)
        url = {"redis_queue_url": server.url, "redis_live_url": server.url}
        try:
            async with opened(house.settings.model_copy(update=url)) as own, working(own):
                await house.enqueue(tenants.hanbit, *targets(200), seconds=0.02)
                await until(lambda: house.effects(tenants.hanbit))
                await self._kill_and_empty(server)
                await house.enqueue(tenants.hanbit, "during")
                await asyncio.to_thread(server.start)
                await until(lambda: all_done(house, tenants.hanbit, 201), 40)
        finally:
            await asyncio.to_thread(server.stop)
        assert sorted(await house.effects(tenants.hanbit)) == [*targets(200), "during"]

    async def _kill_and_empty(self, server: EmbeddedRedis) -> None:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.to_thread(server.stop)
        for path in server.store.rglob("*"):
            if path.is_file():
                path.unlink()
