"""Redis stopped, silent, slow, or back with what it held long ago: answers come from the source,
nobody waits long, and nothing old comes back."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.core.cache.machines import HOUR, Process, process, slot_of, stored
from tests.core.jobs.house import until
from tests.core.redis.test_link import Proxy
from tests.engines import Engines, Tenants

from maru.cache.patience import begin_patience
from maru.embedded import EmbeddedRedis
from maru.settings import Settings

SLACK = 0.4  # seconds: other work on this machine


@pytest.fixture
async def proxy(engines: Engines) -> AsyncIterator[Proxy]:
    proxy = Proxy(engines.cache.port)
    await proxy.open()
    yield proxy
    proxy.free.set()
    await proxy.close()


@pytest.fixture
async def behind(settings: Settings, engines: Engines, proxy: Proxy) -> AsyncIterator[Process]:
    """A process that reaches the cache through the proxy and waits for it as in production."""
    url = engines.cache.url.replace(str(engines.cache.port), str(proxy.port))
    async with process(settings.model_copy(update={"redis_cache_url": url}), quick=0.05) as found:
        yield found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of the test's own, which keeps what it holds when it is stopped."""
    with EmbeddedRedis(tmp_path / "own", "queue") as server:
        yield server


async def request(process: Process, slot: Any) -> float:
    """How long one request took whose answer is made in no time."""
    begin_patience()
    began = time.perf_counter()
    assert await process.get(slot, ttl=HOUR) == process.value
    return time.perf_counter() - began


class Load:
    """Requests for ever new keys, one after the other in each of some lanes."""

    def __init__(self, process: Process, tenants: Tenants, lanes: int = 8) -> None:
        self.took: list[float] = []
        self._process, self._tenant = process, tenants.hanbit.tenant
        self._lanes = [asyncio.create_task(self._lane(lane)) for lane in range(lanes)]

    async def _lane(self, lane: int) -> None:
        for number in range(1_000_000):
            slot = slot_of(self._tenant, f"{lane}/{number}")
            # A context of its own, as the server gives each request.
            self.took.append(await asyncio.create_task(request(self._process, slot)))
            await asyncio.sleep(0.001)

    async def more(self, count: int) -> list[float]:
        """The next so many requests."""
        begun = len(self.took)
        await until(lambda: len(self.took) >= begun + count, 60)
        return self.took[begun:]

    async def end(self) -> None:
        for lane in self._lanes:
            lane.cancel()
        found = await asyncio.gather(*self._lanes, return_exceptions=True)
        assert {type(one) for one in found} == {asyncio.CancelledError}


class TestAway:
    async def test_a_black_hole_under_load(
        self, behind: Process, proxy: Proxy, tenants: Tenants
    ) -> None:
        load = Load(behind, tenants)
        await load.more(100)
        proxy.free.clear()
        held = await load.more(400)
        assert not behind.redises.cache.up
        assert max(held) < 0.05 + SLACK
        # The lanes that waited when it began, and those of some late probes; nobody after them.
        assert sum(took > 0.045 for took in held) <= 40
        proxy.free.set()
        await until(lambda: behind.redises.cache.up)
        await load.more(50)
        await load.end()

    async def test_stopped_under_load_and_back(
        self, settings: Settings, server: EmbeddedRedis, tenants: Tenants
    ) -> None:
        own = settings.model_copy(update={"redis_cache_url": server.url})
        async with process(own, quick=0.05) as here:
            load = Load(here, tenants)
            await load.more(100)
            await asyncio.to_thread(server.stop)
            stopped = await load.more(400)
            assert max(stopped) < 0.05 + SLACK
            await asyncio.to_thread(server.start)
            began = time.perf_counter()
            await until(lambda: here.redises.cache.up)
            assert time.perf_counter() - began < 5
            await load.more(50)
            await load.end()
            slot = slot_of(tenants.hanbit.tenant)
            await here.get(slot)
            await until(lambda: stored(here, slot))

    async def test_a_slow_redis_costs_a_request_its_patience_once(
        self, behind: Process, proxy: Proxy, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each answer comes within the time, yet many of them are too much for one request."""
        waits: list[float] = []
        attempt = behind.redises.cache.attempt

        async def slow(work: Any, otherwise: Any) -> Any:
            began = time.perf_counter()
            await asyncio.sleep(0.02)
            found = await attempt(work, otherwise)
            waits.append(time.perf_counter() - began)
            return found

        await behind.get(slot_of(tenants.hanbit.tenant, "warm"))
        monkeypatch.setattr(behind.redises.cache, "attempt", slow)
        begin_patience()
        began = time.perf_counter()
        for number in range(20):
            await behind.get(slot_of(tenants.hanbit.tenant, f"n{number}"))
        assert time.perf_counter() - began < 0.05 + SLACK  # and not 20 × 20 ms
        assert behind.made == 21


class TestNothingOld:
    async def test_redis_comes_back_with_old_data(
        self, settings: Settings, server: EmbeddedRedis, tenants: Tenants
    ) -> None:
        """A backup of Redis is put back: it holds the value and the generations from before the
        drop. The processes that live through it don't trust them."""
        slot, log = slot_of(tenants.hanbit.tenant), server.store / "appendonly.aof"
        told = settings.model_copy(update={"redis_cache_url": server.url})
        async with process(told) as one, process(told) as two:
            await one.get(slot)
            await until(lambda: b":value:" in log.read_bytes())
            backup = log.read_bytes()
            one.value = two.value = b"new"
            await one.drop(tenants.hanbit)
            await two.signals.poll()  # it hears of it now: later it would drop the backup's value
            assert not await stored(one, slot)
            await asyncio.to_thread(server.stop)
            log.write_bytes(backup)
            await asyncio.to_thread(server.start)
            await until(lambda: stored(two, slot))  # it is there, and counts by generations
            assert await two.get(slot) == b"new"
            assert await one.get(slot) == b"new"

    async def test_a_drop_while_redis_was_away(
        self, settings: Settings, server: EmbeddedRedis, tenants: Tenants
    ) -> None:
        told = settings.model_copy(update={"redis_cache_url": server.url})
        slot = slot_of(tenants.hanbit.tenant)
        async with process(told) as one, process(told) as two:
            await one.get(slot)
            await until(lambda: stored(one, slot))
            await asyncio.to_thread(server.stop)
            one.value = two.value = b"new"
            await one.drop(tenants.hanbit)
            assert await one.get(slot) == b"new"
            await asyncio.to_thread(server.start)
            await until(lambda: one.redises.cache.up and two.redises.cache.up)
            one.cache.memory.clear()
            assert await two.get(slot) == b"new"
            assert await one.get(slot) == b"new"

    async def test_its_time_ends_with_redis_and_without(
        self, behind: Process, proxy: Proxy, tenants: Tenants
    ) -> None:
        slot, second = slot_of(tenants.hanbit.tenant), timedelta(seconds=1)
        await behind.get(slot, ttl=second)
        ends = time.monotonic() + 1
        proxy.free.clear()
        behind.value = b"new"
        seen: list[tuple[float, bytes]] = []
        while not seen or seen[-1][1] == b"old":
            asked = time.monotonic()
            seen.append((asked, await behind.get(slot, ttl=second)))
            await asyncio.sleep(0.02)
            assert asked < ends + 5
        assert all(asked <= ends + 0.05 for asked, value in seen if value == b"old")

    async def test_a_store_after_a_restart_counts_for_nobody(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        """The look was before the restart, so its generations may be those of a backup."""
        slot, reading, may_end = slot_of(tenants.hanbit.tenant), asyncio.Event(), asyncio.Event()

        async def read_old() -> bytes:
            reading.set()
            await may_end.wait()
            return b"old"

        reader = asyncio.create_task(one.cache.get_or(slot, HOUR, read_old, ["post"], True))
        await reading.wait()
        one.redises.cache.met("a server")
        one.redises.cache.met("another")
        may_end.set()
        await reader
        two.value = b"new"
        assert await two.get(slot) == b"new"


async def test_a_silent_reconnection_is_noticed(
    settings: Settings, server: EmbeddedRedis, tenants: Tenants
) -> None:
    """Redis starts anew while nobody asks: redis-py connects again without a word."""
    told = settings.model_copy(update={"redis_cache_url": server.url})
    async with process(told) as one:
        await one.get(slot_of(tenants.hanbit.tenant))
        noticed: list[bool] = []
        one.redises.cache.on_replaced(lambda: noticed.append(True))
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)
        await stored(one, slot_of(tenants.hanbit.tenant))
        assert noticed
        assert one.redises.cache.failures == 0
