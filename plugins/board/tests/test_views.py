"""Views write nothing when they happen, and are added to the posts once."""

import asyncio
from typing import Any
from uuid import UUID

from maru_board.attention import service
from maru_board.attention.models import PostView
from maru_board.models import Post
from maru_sdk.db import col, func, select
from maru_sdk.testing import Company

API = "/api/v1/board"


async def stored(company: Company, post: UUID) -> int:
    async with company.context(readonly=True) as ctx:
        return int(await ctx.db.scalar(select(Post.view_count).where(col(Post.id) == post)))


async def shown(client: Any, post: UUID) -> int:
    return int((await client.get(f"{API}/posts/{post}")).json()["data"]["view_count"])


async def flush(company: Company) -> int:
    async with company.context() as ctx:
        return await service.flush_views(ctx)


async def test_a_view_writes_nothing_until_it_is_added(
    company: Company, client: Any, admin_client: Any, write: Any
) -> None:
    post = await write()
    assert [await shown(one, post) for one in (client, client, admin_client)] == [1, 1, 2]
    assert await stored(company, post) == 0
    assert await flush(company) == 2
    assert await stored(company, post) == 2
    assert [await shown(one, post) for one in (client, admin_client)] == [2, 2]
    assert await flush(company) == 0


async def test_what_is_added_at_once_is_added_once(
    company: Company, client: Any, write: Any
) -> None:
    post = await write()
    await shown(client, post)
    await asyncio.gather(*(flush(company) for _ in range(4)))
    assert await stored(company, post) == 1


async def test_a_flush_that_dies_before_its_commit_adds_nothing_and_loses_nothing(
    company: Company, client: Any, write: Any
) -> None:
    post = await write()
    await shown(client, post)
    try:
        async with company.context() as ctx:
            assert await service.flush_views(ctx) == 1
            raise RuntimeError("killed")
    except RuntimeError:
        pass
    assert await stored(company, post) == 0
    assert await flush(company) == 1
    assert await stored(company, post) == 1


async def test_views_of_a_post_that_is_gone_go_with_it(
    company: Company, client: Any, write: Any
) -> None:
    kept, gone = await write(), await write()
    await shown(client, kept)
    await shown(client, gone)
    await client.delete(f"{API}/posts/{gone}")
    await flush(company)
    assert await stored(company, kept) == 1


async def test_only_notices_note_their_readers(
    company: Company, client: Any, admin_client: Any, write: Any
) -> None:
    usual, notice = await write(), await write(by=company.manager, is_notice=True)
    for post in (usual, notice, notice):
        await shown(client, post)
    async with company.context(readonly=True) as ctx:
        assert await ctx.db.scalar(select(func.count()).select_from(PostView)) == 1
    seen = (await admin_client.get(f"{API}/posts/{notice}/readers")).json()["data"]
    assert [one["person"]["name"] for one in seen] == [company.member.name]
    assert (await client.get(f"{API}/posts/{notice}/readers")).status_code == 403
    assert (await admin_client.get(f"{API}/posts/{usual}/readers")).status_code == 404
    page = await admin_client.get(f"/board/posts/{notice}/readers")
    assert company.member.name in page.text
