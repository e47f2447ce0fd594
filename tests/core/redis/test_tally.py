"""What is counted is taken once, whoever dies in between."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tests.engines import Engines

from maru.redis.link import Link
from maru.redis.roles import linked
from maru.redis.tally import Tallies

HOUR = timedelta(hours=1)
TENANT, POST, OTHER = uuid4(), uuid4(), uuid4()


@pytest.fixture
async def link(engines: Engines) -> AsyncIterator[Link]:
    link = linked("queue", engines.queue.url, 10.0)
    yield link
    await link.close()


@pytest.fixture
def tallies(link: Link) -> Tallies:
    return Tallies(link, f"t{secrets.token_hex(4)}")


async def add(tallies: Tallies, key: UUID = POST, once: str = "") -> int:
    return await tallies.add(TENANT, "board.views", key, once, HOUR)


async def taken(tallies: Tallies) -> tuple[UUID, dict[UUID, int]]:
    found = await tallies.take(TENANT, "board.views")
    assert found is not None
    return found[0], dict(found[1])


async def test_many_at_once_are_all_counted(tallies: Tallies) -> None:
    said = await asyncio.gather(*(add(tallies) for _ in range(50)), add(tallies, OTHER))
    assert sorted(said) == [1, *range(1, 51)]
    assert (await taken(tallies))[1] == {POST: 50, OTHER: 1}


async def test_the_same_reader_counts_once(tallies: Tallies) -> None:
    said = [await add(tallies, once=reader) for reader in ("kim", "kim", "lee", "kim")]
    assert said == [1, 1, 2, 2]
    assert await add(tallies, OTHER, once="kim") == 1


async def test_a_batch_is_offered_until_it_is_settled(tallies: Tallies) -> None:
    await add(tallies)
    first, _ = await taken(tallies)
    assert await add(tallies) == 2  # both wait still
    assert await taken(tallies) == (first, {POST: 1})
    await tallies.settle(TENANT, "board.views", uuid4())  # another's
    assert (await taken(tallies))[0] == first
    await tallies.settle(TENANT, "board.views", first)
    second, counts = await taken(tallies)
    assert (second != first, counts) == (True, {POST: 1})
    await tallies.settle(TENANT, "board.views", second)
    assert await tallies.take(TENANT, "board.views") is None


async def test_redis_without_its_last_second_offers_the_same_batch(
    tallies: Tallies, link: Link
) -> None:
    """Killed after the batch was written down: what comes back bears an id that is known."""
    await add(tallies)
    (key,) = await link.client.keys(f"maru:{tallies._instance}:*:open")
    before = await link.client.dump(key)
    assert before is not None
    first, _ = await taken(tallies)
    await tallies.settle(TENANT, "board.views", first)
    await link.client.restore(key, 0, before)
    await add(tallies)
    assert await taken(tallies) == (first, {POST: 2})


async def test_redis_away_counts_nothing_and_fails_nobody() -> None:
    link = linked("queue", "redis://127.0.0.1:1/0", 0.5)
    away = Tallies(link, "away")
    assert await add(away) == 0
    assert await away.take(TENANT, "board.views") is None
    await away.settle(TENANT, "board.views", uuid4())
    await link.close()


async def test_tenants_count_apart(tallies: Tallies) -> None:
    await add(tallies)
    assert await tallies.take(uuid4(), "board.views") is None
