"""Ten thousand readers of one board: what is new to each, and what all of them must read."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from maru.db.unit import Unit
from maru_board.attention.queries import UNREAD
from maru_board.attention.service import HORIZON
from maru_board.required.queries import ASKED, BY_DEPARTMENT, OWED
from maru_sdk import Context, CursorParams

PAGE: Final = 50
MUST: Final = 200
SPAN: Final = timedelta(days=90)
Ask = Callable[[Any], Awaitable[Any]]

# Each has opened sixty posts of the last month; half have confirmed the one that all must read.
_FILL: Final = (
    """
    INSERT INTO maru.department (id, name)
    SELECT gen_random_uuid(), '읽는 부서 ' || n FROM generate_series(1, :count / 100) n
    """,
    """
    INSERT INTO maru.person (id, username, username_key, name, department_id)
    SELECT gen_random_uuid(), 'reads' || n, 'reads' || n, '독자' || n,
           d.ids[1 + n % cardinality(d.ids)]
      FROM generate_series(1, :count) n,
           (SELECT array_agg(id) AS ids FROM maru.department WHERE name LIKE '읽는 부서%') d
    """,
    """
    INSERT INTO plugin_board.read_mark (id, person_id, board_id, since, posts)
    SELECT gen_random_uuid(), p.id, :board, now() - interval '29 days', o.posts
      FROM maru.person p,
           (SELECT jsonb_object_agg(id, published_at) AS posts
              FROM (SELECT id, published_at FROM plugin_board.post WHERE board_id = :board
                     ORDER BY published_at DESC LIMIT 60) newest) o
     WHERE p.username LIKE 'reads%'
    """,
    """
    INSERT INTO plugin_board.requirement (id, post_id, due_at)
    SELECT gen_random_uuid(), id, now() + interval '7 days'
      FROM (SELECT id FROM plugin_board.post WHERE board_id = :board
             ORDER BY published_at DESC LIMIT :must) newest
    """,
    """
    INSERT INTO plugin_board.post_view (id, post_id, person_id, confirmed_at)
    SELECT gen_random_uuid(), :post, p.id,
           CASE WHEN substr(p.username, 6)::int % 2 = 0 THEN now() END
      FROM maru.person p WHERE p.username LIKE 'reads%'
    """,
)
_POST: Final = """
SELECT id FROM plugin_board.post WHERE board_id = :board ORDER BY published_at DESC LIMIT 1
"""
_READER: Final = "SELECT id FROM maru.person WHERE username = 'reads1'"


async def fill(unit: Unit, board: UUID, count: int) -> Mapping[str, UUID]:
    """Hires them and has them read; answers one of them and the post that all must read."""
    post = await unit.db.scalar(sa.text(_POST), {"board": board})
    given = {"board": board, "count": count, "must": MUST, "post": post}
    for statement in map(sa.text, _FILL):
        await unit.db.execute(statement, {name: given[name] for name in statement._bindparams})
    return {"reader": await unit.db.scalar(sa.text(_READER)), "post": post}


def asks_of(reader: UUID, post: UUID) -> Mapping[str, Ask]:
    """What pages ask of them."""
    meant = {"post_id": post, "everyone": True, "departments": [], "people": []}

    async def unread(ctx: Context) -> None:
        await ctx.read(UNREAD, reader=reader, horizon=ctx.now - HORIZON)

    async def owed(ctx: Context) -> None:
        await ctx.read(OWED, reader=reader, since=ctx.now - SPAN, count=MUST)

    async def late(ctx: Context) -> None:
        await ctx.page(ASKED, CursorParams(limit=PAGE), open_only=True, **meant)

    async def everybody(ctx: Context) -> None:
        list(await ctx.read(ASKED, open_only=False, **meant))

    async def departments(ctx: Context) -> None:
        await ctx.read(BY_DEPARTMENT, **meant)

    return {
        "what is new to one reader": unread,
        f"which of {MUST} required posts one reader owes": owed,
        "who hasn't confirmed, first page of 5,000": late,
        "confirmed by department, of 10,000": departments,
        "all 10,000 for the Excel file": everybody,
    }
