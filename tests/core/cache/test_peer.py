"""Why core's cache isn't cashews: the experiment of decision 11."""

import asyncio

import pytest
from cashews import Cache
from tests.core.cache.machines import HOUR, Process, slot_of
from tests.engines import Engines, Tenants


# cashews 7.6 asks redis-py 8 for a retry that this deprecates.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_slow_reader_fills_cashews_with_the_old_row(engines: Engines) -> None:
    """It reads, the tag is dropped, it stores: the old row is there until its time is over."""
    cache = Cache()
    cache.setup(engines.cache.url)
    await cache.init()
    has_read, may_store, row = asyncio.Event(), asyncio.Event(), ["old"]

    @cache(ttl="1h", key="peer:{name}", tags=("posts",), lock=True)
    async def recent(name: str) -> str:
        found = row[0]
        has_read.set()
        await may_store.wait()
        return found

    reader = asyncio.create_task(recent(name="x"))
    await has_read.wait()
    row[0] = "new"
    await cache.delete_tags("posts")
    may_store.set()
    await reader
    assert await recent(name="x") == "old"
    await cache.close()


async def test_a_slow_reader_fills_maru_with_nothing(
    one: Process, two: Process, tenants: Tenants
) -> None:
    slot, has_read, may_store = slot_of(tenants.hanbit.tenant), asyncio.Event(), asyncio.Event()

    async def read() -> bytes:
        has_read.set()
        await may_store.wait()
        return b"old"

    reader = asyncio.create_task(one.cache.get_or(slot, HOUR, read, ["post"], True))
    await has_read.wait()
    one.value = two.value = b"new"
    await one.drop(tenants.hanbit)
    may_store.set()
    await reader
    assert [await one.get(slot), await two.get(slot)] == [b"new"] * 2
