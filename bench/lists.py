"""Lists of a board with a million posts: its first page, pages deep inside, each filter, and what
ten thousand readers leave on it.

In this process, without HTTP and without what is kept, on a tenant of the ground.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import quantiles
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from bench.ground import Ground
from bench.readers import asks_of, fill
from bench.tables import Found, Table
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.plugins.context import open_call
from maru_board.lists.queries import posts_by
from maru_board.queries import POSTS
from maru_sdk import ContextSeed, CursorParams
from maru_sdk.db import uuid7

TENANT: Final = "saebom"
PAGE: Final = 20
DEEP: Final = 100_000
TIMES: Final = 200
SLOWER: Final = 3.0
_BOARD: Final = """
INSERT INTO plugin_board.board (id, name, post_count) VALUES (:board, '많은 글', :count)
"""
_POSTS: Final = """
INSERT INTO plugin_board.post
       (id, board_id, author_id, title, content, prefix, is_published, published_at)
SELECT gen_random_uuid(), :board, p.ids[1 + n % cardinality(p.ids)], '글 ' || n, '<p>내용</p>',
       CASE WHEN n % 10 = 0 THEN '질문' ELSE '' END, true, now() - make_interval(secs => n * 30)
  FROM generate_series(1, :count) n,
       (SELECT array_agg(id) AS ids FROM (SELECT id FROM maru.person LIMIT 50) few) p
"""
_TAGS: Final = """
INSERT INTO plugin_board.post_tag (id, post_id, board_id, tag, published_at)
SELECT gen_random_uuid(), id, board_id, '드문말', published_at
  FROM plugin_board.post WHERE board_id = :board AND hashtext(title) % 1000 = 0
"""
_WRITER: Final = "SELECT author_id FROM plugin_board.post WHERE board_id = :board LIMIT 1"
Ask = Callable[[Any], Awaitable[Any]]


async def lists(ground: Ground, posts: int) -> Found:
    """Milliseconds of each list, p50 and p95; the deep page beside the first."""
    async with open_house(ground.settings) as house:
        tenant = house.tenants.by_slug(TENANT)
        assert tenant is not None
        board = uuid7()
        writer = await _fill(house, tenant.id, board, posts)
        seed = ContextSeed(tenant=tenant.id, plugin="board")
        cursor = await _cursor(house, seed, board, min(DEEP, posts // 2))
        readers = await _readers(house, tenant.id, board, max(posts // 100, 1_000))
        asks = {**_asks(board, writer, cursor), **asks_of(**readers)}
        took = {name: await _took(house, seed, ask) for name, ask in asks.items()}
    rows = [(name, f"{p50:,.2f}", f"{p95:,.2f}") for name, (p50, p95) in took.items()]
    slower = took["deep inside"][0] / took["the first page"][0]
    misses = [] if slower <= SLOWER else [f"a deep page takes {slower:.1f} times the first"]
    figures = {f"{name}, p50 ms": p50 for name, (p50, _) in took.items()}
    return Found([Table("", (f"{posts:,} posts", "p50 ms", "p95 ms"), rows)], figures, misses)


async def _fill(house: House, tenant: UUID, board: UUID, count: int) -> UUID:
    given = {"board": board, "count": count}
    async with committing(house.database.unit(Scope(tenant), timeout=900)) as unit:
        for statement in (_BOARD, _POSTS, _TAGS):
            await unit.db.execute(sa.text(statement), given)
        writer = await unit.db.scalar(sa.text(_WRITER), given)
    assert isinstance(writer, UUID)
    return writer


async def _readers(house: House, tenant: UUID, board: UUID, count: int) -> Mapping[str, UUID]:
    async with committing(house.database.unit(Scope(tenant), timeout=300)) as unit:
        return await fill(unit, board, count)


async def _cursor(house: House, seed: ContextSeed, board: UUID, depth: int) -> str:
    """Where the list stands after so many posts, gone through as a reader would."""
    cursor: str | None = None
    async with open_call(house.services, seed, readonly=True) as call:
        for _ in range(depth // 100):
            asked = CursorParams(cursor=cursor, limit=100)
            found = await call.ctx("board").page(POSTS, asked, board_id=board)
            cursor = found.pagination["next"]
    assert cursor is not None
    return cursor


def _asks(board: UUID, writer: UUID, cursor: str) -> dict[str, Ask]:
    """What is measured: the list as it opens, deep inside, and by each filter."""

    def asks(query: Any, cursor: str | None = None, **given: Any) -> Ask:
        page = CursorParams(cursor=cursor, limit=PAGE)
        return lambda ctx: ctx.page(query, page, board_id=board, **given)

    return {
        "the first page": asks(POSTS),
        "deep inside": asks(POSTS, cursor),
        "by prefix": asks(posts_by("prefix"), prefix="질문"),
        "by a rare tag": asks(posts_by("tag"), tag="드문말"),
        "by author": asks(posts_by("author"), author=writer),
        "by author and prefix": asks(posts_by("prefix", "author"), author=writer, prefix="질문"),
    }


async def _took(house: House, seed: ContextSeed, ask: Ask) -> tuple[float, float]:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        async with open_call(house.services, seed, readonly=True) as call:
            await ask(call.ctx("board"))
        took.append((time.perf_counter() - began) * 1_000)
    parts = quantiles(took, n=20)
    return parts[9], parts[-1]
