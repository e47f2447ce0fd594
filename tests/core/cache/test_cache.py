"""One computation, two levels, and no reader that brings an old value back."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis
from tests.core.cache.machines import HOUR, Process, process, slot_of, stored
from tests.core.jobs.house import until
from tests.engines import Engines, Tenants

from maru.cache import Memory, Slot
from maru.settings import Settings


class TestLevels:
    async def test_made_once_then_kept(self, one: Process, tenants: Tenants) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        assert one.cache.peek(slot) is None
        assert [await one.get(slot) for _ in range(3)] == [b"old"] * 3
        assert one.cache.peek(slot) == b"old"
        assert one.made == 1
        assert (one.cache.hits["board", "recent"], one.cache.misses["board", "recent"]) == (3, 1)

    async def test_another_process_finds_it_in_redis(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        await until(lambda: stored(two, slot))
        assert await two.get(slot) == b"old"
        assert two.made == 0

    async def test_what_isnt_shared_stays_here(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot, shared=False)
        await two.get(slot, shared=False)
        assert (one.made, two.made) == (1, 1)

    @pytest.mark.parametrize(
        "field", ["tenant_id", "plugin", "name", "locale", "audience", "extra"]
    )
    async def test_every_part_of_the_slot_counts(
        self, one: Process, two: Process, tenants: Tenants, field: str
    ) -> None:
        parts: dict[str, Any] = {"tenant_id": tenants.hanbit.tenant, "plugin": "a", "name": "b"}
        other = {**parts, field: tenants.saebom.tenant if field == "tenant_id" else "x"}
        await one.get(Slot(**parts))
        await until(lambda: stored(two, Slot(**parts)))
        two.value = b"other"
        assert await two.get(Slot(**other)) == b"other"

    async def test_single_flight(self, one: Process, tenants: Tenants) -> None:
        slot, gate = slot_of(tenants.hanbit.tenant), asyncio.Event()

        async def slow() -> bytes:
            await gate.wait()
            return await one.make()

        waiting = [
            asyncio.create_task(one.cache.get_or(slot, HOUR, slow, [], True)) for _ in range(500)
        ]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        gate.set()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(answers[0], asyncio.CancelledError)
        assert answers[1:] == [b"old"] * 499
        assert one.made == 1

    async def test_a_failure_is_everyones_and_isnt_kept(
        self, one: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)

        async def fail() -> bytes:
            raise ValueError("no")

        both = [one.cache.get_or(slot, HOUR, fail) for _ in range(2)]
        found = await asyncio.gather(*both, return_exceptions=True)
        assert [type(error) for error in found] == [ValueError] * 2
        assert await one.get(slot) == b"old"


class TestDrop:
    async def test_after_the_commit_every_process_forgets(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        await until(lambda: stored(two, slot))
        await two.get(slot)
        one.value = two.value = b"new"
        await one.drop(tenants.hanbit)
        assert await one.get(slot) == b"new"
        await until(lambda: two.cache.peek(slot) is None, 2)
        assert await two.get(slot) == b"new"

    async def test_a_rolled_back_unit_drops_nothing(self, one: Process, tenants: Tenants) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        async with one.database.unit(tenants.hanbit) as unit:
            await one.cache.drop(unit, tenants.hanbit.tenant, ["post"])
        assert one.cache.peek(slot) == b"old"

    async def test_another_tenants_tag_is_another(self, one: Process, tenants: Tenants) -> None:
        mine, theirs = slot_of(tenants.hanbit.tenant), slot_of(tenants.saebom.tenant)
        await one.get(mine)
        await one.get(theirs)
        await one.drop(tenants.hanbit)
        assert one.cache.peek(mine) is None
        assert one.cache.peek(theirs) == b"old"

    async def test_star_empties_the_tenant(self, one: Process, tenants: Tenants) -> None:
        slots = [slot_of(tenants.hanbit.tenant, str(n)) for n in range(5)]
        for slot in slots:
            await one.get(slot)
        await one.drop(tenants.hanbit, "*")
        assert len(one.cache.memory) == 0

    async def test_no_reader_refills_with_the_old_row(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        """The reader has read the old row; the writer commits and drops; then the reader stores."""
        slot = slot_of(tenants.hanbit.tenant)
        has_read, may_store = asyncio.Event(), asyncio.Event()

        async def read_old() -> bytes:
            has_read.set()
            await may_store.wait()
            return b"old"

        reader = asyncio.create_task(two.cache.get_or(slot, HOUR, read_old, ["post"], True))
        await has_read.wait()
        one.value = two.value = b"new"
        await one.drop(tenants.hanbit)
        may_store.set()
        assert await reader == b"old"  # it began before
        await two.signals.poll()
        assert await two.get(slot) == b"new"
        assert await one.get(slot) == b"new"

    async def test_who_comes_after_the_drop_doesnt_join_the_old_flight(
        self, one: Process, tenants: Tenants
    ) -> None:
        slot, may_end = slot_of(tenants.hanbit.tenant), asyncio.Event()

        async def read_old() -> bytes:
            await may_end.wait()
            return b"old"

        reader = asyncio.create_task(one.cache.get_or(slot, HOUR, read_old, ["post"], True))
        await asyncio.sleep(0.01)
        one.value = b"new"
        await one.drop(tenants.hanbit)
        assert await one.get(slot) == b"new"
        may_end.set()
        await reader
        assert await one.get(slot) == b"new"

    async def test_an_evicted_generation_revives_nothing(
        self, one: Process, two: Process, tenants: Tenants, engines: Engines
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        await until(lambda: stored(two, slot))
        client = Redis.from_url(engines.cache.url)
        async for key in client.scan_iter(f"maru:{{{tenants.hanbit.tenant}}}:tag:*"):
            await client.delete(key)
        await client.aclose()
        two.value = b"new"
        assert await two.get(slot) == b"new"


class TestAway:
    async def test_without_redis_values_come_from_the_source(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        nowhere = settings.model_copy(update={"redis_cache_url": "redis://127.0.0.1:1/0"})
        async with process(nowhere) as alone:
            slot = slot_of(tenants.hanbit.tenant)
            assert await alone.get(slot) == b"old"
            alone.value = b"new"
            await alone.drop(tenants.hanbit)
            assert await alone.get(slot) == b"new"

    async def test_a_drop_that_redis_missed_is_made_up_for(
        self, one: Process, two: Process, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        await until(lambda: stored(two, slot))
        await two.signals.stop()  # it hears of the drop by Redis' generations alone

        async def away(*_: Any, **__: Any) -> bool:
            return False

        with monkeypatch.context() as patch:
            patch.setattr(one.cache._shared, "drop", away)
            one.value = two.value = b"new"
            await one.drop(tenants.hanbit)
            assert await one.get(slot) == b"new"  # Redis still has the old one
        one.cache._begin_paying()
        await until(lambda: not one.cache._drops.owed)
        assert await two.get(slot) == b"new"


class TestMemory:
    def test_bounded_by_bytes_oldest_first(self) -> None:
        memory = Memory(10_000)
        for n in range(20):
            memory.put(slot_of(None, str(n)), b"x" * 600, 60, ())
        assert memory.size <= 10_000
        assert memory.get(slot_of(None, "0")) is None
        assert memory.get(slot_of(None, "19")) is not None

    def test_what_was_used_stays(self) -> None:
        memory = Memory(10_000)
        first = slot_of(None, "first")
        memory.put(first, b"x" * 600, 60, ())
        for n in range(20):
            memory.put(slot_of(None, str(n)), b"x" * 600, 60, ())
            assert memory.get(first) is not None

    def test_too_large_isnt_kept(self) -> None:
        memory = Memory(10_000)
        memory.put(slot_of(None), b"x" * 5_000, 60, ())
        assert len(memory) == memory.size == 0

    def test_time_is_up(self) -> None:
        now = 0.0
        memory = Memory(10_000, clock=lambda: now)
        memory.put(slot_of(None), b"x", 5, ((None, "t"),))
        now = 5.0
        assert memory.get(slot_of(None)) is None
        assert memory.size == 0

    def test_no_tag_outlives_its_values(self) -> None:
        memory = Memory(1_000_000)
        for n in range(100):
            memory.put(slot_of(None, str(n)), b"x", 60, ((None, f"tag {n}"), (None, "all")))
        memory.drop([(None, "tag 3")])
        assert len(memory) == 99
        memory.drop([(None, "all")])
        assert (len(memory), memory.size, len(memory._tagged)) == (0, 0, 0)
