"""What is new to whom, with no row for each post and person."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from maru_board.attention import service
from maru_board.attention.models import ReadMark
from maru_board.boards.service import set_private
from maru_board.models import Post
from maru_sdk.db import col, func, select, update
from maru_sdk.testing import Company

API = "/api/v1/board"


async def unread(client: Any) -> list[int]:
    return [one["unread"] for one in (await client.get(f"{API}/unread")).json()["data"]]


async def test_a_post_is_new_until_it_is_opened(client: Any, board: UUID, write: Any) -> None:
    first, second = await write("먼저"), await write("나중")
    assert await unread(client) == [2]
    await client.get(f"{API}/posts/{first}")
    assert await unread(client) == [1]
    listed = (await client.get(f"/board/{board}")).text
    assert listed.count("안 읽음") == 1
    await client.get(f"{API}/posts/{first}")
    assert await unread(client) == [1]
    await client.get(f"{API}/posts/{second}")
    assert await unread(client) == [0]


async def test_marking_all_as_read_is_one_row(
    company: Company, client: Any, board: UUID, write: Any
) -> None:
    for number in range(5):
        await write(f"글 {number}")
    assert (await client.post(f"{API}/boards/{board}/read")).status_code == 200
    assert await unread(client) == [0]
    await write("그 뒤의 글")
    assert await unread(client) == [1]
    assert (await client.post("/board/read", data={})).status_code == 303
    assert await unread(client) == [0]
    async with company.context(readonly=True) as ctx:
        assert await ctx.db.scalar(select(func.count()).select_from(ReadMark)) == 1


async def test_it_is_each_ones_own(client: Any, admin_client: Any, write: Any) -> None:
    await client.get(f"{API}/posts/{await write()}")
    assert (await unread(client), await unread(admin_client)) == ([0], [1])


async def test_what_is_old_is_new_to_nobody(company: Company, client: Any, write: Any) -> None:
    post = await write()
    async with company.context() as ctx:
        then = ctx.now - timedelta(days=31)
        await ctx.db.execute(update(Post).where(col(Post.id) == post).values(published_at=then))
    assert await unread(client) == [0]


async def test_a_mark_never_grows_without_end(company: Company, board: UUID) -> None:
    """Somebody who reads here and there for long: the oldest of what they skipped counts as
    read."""
    async with company.context(company.member) as ctx:
        mark = ReadMark(person_id=ctx.me.id, board_id=board, since=ctx.now - timedelta(days=29))
        times = [ctx.now - timedelta(hours=one) for one in range(service.MOST_MARKED + 1)]
        mark.posts = {str(uuid4()): one.isoformat() for one in times}
        service.prune(mark, ctx.now - timedelta(days=30))
        assert len(mark.posts) == service.MOST_MARKED // 2
        assert mark.since == times[service.MOST_MARKED // 2]


async def test_unknown_and_private_boards_count_for_nobody(
    company: Company, client: Any, board: UUID, write: Any, other_client: Any
) -> None:
    await write()
    assert await unread(other_client) == []
    assert (await other_client.post(f"{API}/boards/{board}/read")).status_code == 404
    async with company.context() as ctx:
        await set_private(ctx, board, True)
    assert await unread(client) == []
