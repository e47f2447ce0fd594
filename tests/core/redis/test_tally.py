"""What is counted is taken once, whoever dies in between."""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.core.identity.company import eventually
from tests.engines import Engines

from maru.embedded import EmbeddedRedis
from maru.redis.link import Link
from maru.redis.roles import linked
from maru.redis.tally import Tallies
from maru.settings import Settings
from maru.testing import kit_on
from maru_board.attention.service import VIEWS, flush_views
from maru_board.boards.service import create_board
from maru_board.models import Post
from maru_board.posts.service import create_post
from maru_board.schemas import BoardIn, PostIn
from maru_sdk.db import col, select

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


@pytest.fixture
def own(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis that may be killed, in the durable role."""
    engine = EmbeddedRedis(tmp_path / "queue", "queue")
    engine.start()
    yield engine
    engine.stop()


class Views:
    """The views of one post of a board: those that Redis has counted, and those in the table."""

    def __init__(self, company: Any, redis: EmbeddedRedis) -> None:
        self.company, self.redis = company, redis
        self.post = UUID(int=0)

    async def begin(self) -> None:
        async with self.company.context() as ctx:
            board = await create_board(ctx, BoardIn(name="소식"))
            self.post = await create_post(ctx, PostIn(board_id=board, title="조회수"))

    async def viewed(self, times: int) -> None:
        """That many readers, each counted; who comes while Redis is away comes again."""
        async with self.company.context() as ctx:

            async def counted() -> bool:
                return bool(await ctx.tally.add(VIEWS, self.post, once=str(uuid4())))

            for _ in range(times):
                await eventually(counted, 20)

    async def flush(self) -> None:
        async with self.company.context() as ctx:
            await flush_views(ctx)

    async def kill(self) -> None:
        """SIGKILL, and up again with what it had on disk."""
        assert self.redis.pid is not None
        os.kill(self.redis.pid, signal.SIGKILL)
        await asyncio.to_thread(self.redis.stop)
        await asyncio.to_thread(self.redis.start)

    async def stored(self) -> int:
        async with self.company.context(readonly=True) as ctx:
            counted = select(Post.view_count).where(col(Post.id) == self.post)
            return int(await ctx.db.scalar(counted) or 0)


@asynccontextmanager
async def viewing(settings: Settings, own: EmbeddedRedis) -> AsyncIterator[Views]:
    async with kit_on(settings.model_copy(update={"redis_url": own.url})) as kit:
        views = Views(await kit.company("board"), own)
        await views.begin()
        yield views


async def test_views_outlive_a_killed_redis_but_for_the_last_flush(
    settings: Settings, own: EmbeddedRedis
) -> None:
    """Killed before a flush, within its transaction, and right after it: never twice, and what
    is counted between two flushes that nothing dies between is all there."""
    async with viewing(settings, own) as views:
        for moment in ("before", "within", "after") * 2:
            was = await views.stored()
            await views.viewed(5)
            if moment == "before":
                await views.kill()
            elif moment == "within":
                async with views.company.context() as ctx:
                    assert await flush_views(ctx) == 5
                    await views.kill()
            else:
                await views.flush()
                await views.kill()
            least = was if moment == "before" else was + 5  # what was flushed stays
            await views.viewed(3)
            for _ in range(2):
                await views.flush()
            now = await views.stored()
            assert least <= now <= was + 8, moment
            await views.viewed(4)
            await views.flush()
            assert await views.stored() == now + 4, moment
