"""One computation over all processes, and no process brings an old value back."""

import asyncio
import time
from contextlib import AsyncExitStack
from statistics import median

from redis.asyncio import Redis
from tests.core.cache.machines import HERD, HOUR, Child, Process, process, slot_of, stored
from tests.core.jobs.house import until
from tests.engines import Tenants

from maru.settings import Settings


async def child(role: str, settings: Settings, tenants: Tenants, stack: AsyncExitStack) -> Child:
    found = await Child(role, settings, tenants.hanbit.tenant).start()
    stack.push_async_callback(found.kill)
    return found


class TestOneComputation:
    async def test_500_at_once_in_each_of_two_processes(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        async with AsyncExitStack() as stack:
            both = [await child("herd", settings, tenants, stack) for _ in range(2)]
            for one in both:
                one.go()
            assert [await one.says() for one in both] == [str(HERD)] * 2
        async with Redis.from_url(settings.redis_queue_url) as counter:
            assert await counter.get(f"made:{tenants.hanbit.tenant}") == b"1"

    async def test_500_at_once_over_two_instances_of_one_process(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)

        async def slow() -> bytes:
            one.made += 1
            await asyncio.sleep(0.1)
            return b"made"

        asked = [
            machine.cache.get_or(slot, HOUR, slow, ["post"], True)
            for machine in (one, two)
            for _ in range(250)
        ]
        assert await asyncio.gather(*asked) == [b"made"] * 500
        assert one.made == 1

    async def test_who_makes_it_is_killed_and_another_makes_it(
        self, settings: Settings, one: Process, tenants: Tenants
    ) -> None:
        async with AsyncExitStack() as stack:
            holder = await child("holds", settings, tenants, stack)
            holder.go()
            assert await holder.says() == "making"
            await holder.kill()
            began = time.perf_counter()
            assert await one.get(slot_of(tenants.hanbit.tenant)) == b"old"
            assert time.perf_counter() - began < 8  # two seconds, and slack

    async def test_a_failure_lets_the_other_process_try(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        slot, making, may_fail = slot_of(tenants.hanbit.tenant), asyncio.Event(), asyncio.Event()

        async def fail() -> bytes:
            making.set()
            await may_fail.wait()
            raise ValueError("no")

        failing = asyncio.create_task(one.cache.get_or(slot, HOUR, fail, ["post"], True))
        await making.wait()
        other = asyncio.create_task(two.get(slot))
        may_fail.set()
        began = time.perf_counter()
        assert await other == b"old"
        assert time.perf_counter() - began < 1.5  # not the whole wait for others
        assert [type(one) for one in await asyncio.gather(failing, return_exceptions=True)] == [
            ValueError
        ]

    async def test_a_dropped_tag_frees_from_waiting_for_the_old(
        self, one: Process, two: Process, tenants: Tenants
    ) -> None:
        """The lock belongs to the generations: after a drop nobody waits for who reads old rows."""
        slot, making, may_end = slot_of(tenants.hanbit.tenant), asyncio.Event(), asyncio.Event()

        async def slow() -> bytes:
            making.set()
            await may_end.wait()
            return b"old"

        reader = asyncio.create_task(one.cache.get_or(slot, HOUR, slow, ["post"], True))
        await making.wait()
        two.value = b"new"
        await two.drop(tenants.hanbit)
        began = time.perf_counter()
        assert await two.get(slot) == b"new"
        assert time.perf_counter() - began < 1.5
        may_end.set()
        await reader
        await until(lambda: stored(two, slot))


class TestNoOldValueComesBack:
    async def test_a_slow_reader_of_another_process_stores_nothing(
        self, settings: Settings, one: Process, two: Process, tenants: Tenants
    ) -> None:
        """`two` reads the old row, `one` commits; whether or not `two` has heard of it when it
        stores, nobody finds the old value, a process that begins later neither."""
        slot = slot_of(tenants.hanbit.tenant)
        has_read, may_store = asyncio.Event(), asyncio.Event()

        async def read_old() -> bytes:
            has_read.set()
            await may_store.wait()
            return b"old"

        await two.signals.stop()  # it never hears
        reader = asyncio.create_task(two.cache.get_or(slot, HOUR, read_old, ["post"], True))
        await has_read.wait()
        await one.drop(tenants.hanbit)
        may_store.set()
        assert await reader == b"old"
        one.value = b"new"
        assert await one.get(slot) == b"new"
        async with process(settings) as three:
            three.value = b"new"
            assert await three.get(slot) == b"new"

    async def test_killed_between_commit_and_redis(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        """The last process dies after its commit; the next one to begin makes up for it."""
        slot = slot_of(tenants.hanbit.tenant)
        async with process(settings) as before:
            await before.get(slot)
            await until(lambda: stored(before, slot))
        async with AsyncExitStack() as stack:
            dying = await child("drops and dies", settings, tenants, stack)
            dying.go()
            assert await dying.ended() == -9
        async with process(settings) as after:
            after.value = b"new"
            assert await after.get(slot) == b"new"

    async def test_killed_between_commit_and_redis_while_others_live(
        self, settings: Settings, one: Process, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        await one.get(slot)
        await until(lambda: stored(one, slot))
        one.value = b"new"
        async with AsyncExitStack() as stack:
            dying = await child("drops and dies", settings, tenants, stack)
            dying.go()
            assert await dying.ended() == -9
        await until(lambda: one.cache.peek(slot) is None, 5)
        assert await one.get(slot) == b"new"

    async def test_what_redis_has_heard_isnt_dropped_again_at_a_start(
        self, settings: Settings, one: Process, tenants: Tenants
    ) -> None:
        """Replaying the log must not empty the cache at each start of a process."""
        slot = slot_of(tenants.hanbit.tenant)
        await one.drop(tenants.hanbit)
        await one.get(slot)
        await until(lambda: stored(one, slot))
        async with process(settings) as other:
            assert await other.get(slot) == b"old"
            assert other.made == 0

    async def test_more_drops_than_can_be_told_again(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        slot = slot_of(tenants.hanbit.tenant)
        async with process(settings) as before:
            await before.get(slot)
            await until(lambda: stored(before, slot))
            async with before.database.unit(tenants.hanbit) as unit:
                for number in range(1_100):
                    key = f"{number:032}\x1fpost"
                    await before.signals.send(unit, "tag", key, tenants.hanbit.tenant)
                await unit.commit()
        async with process(settings) as after:
            after.value = b"new"
            assert await after.get(slot) == b"new"


async def test_every_process_forgets_at_once(one: Process, two: Process, tenants: Tenants) -> None:
    slot, took = slot_of(tenants.hanbit.tenant), []
    for _ in range(20):
        await two.get(slot)
        began = time.perf_counter()
        await one.drop(tenants.hanbit)
        await until(lambda: two.cache.peek(slot) is None, 5)
        took.append(time.perf_counter() - began)
    assert median(took) < 0.4  # without the nudge it would be half a second in the mean
