"""Lists: filters, days, pictures, and the way through them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from maru_board.boards import service as board_rules
from maru_board.models import Post, PostTag
from maru_board.schemas import BoardIn
from maru_sdk.db import col, update
from maru_sdk.testing import Company

API = "/api/v1/board"


@pytest.fixture
async def filled(company: Company, board: UUID, write: Any) -> UUID:
    """Eight posts, a day apart, the oldest first."""
    async with company.context() as ctx:
        await board_rules.change_board(
            ctx, board, BoardIn(name="게시판", prefixes=["질문", "공유"])
        )
    for number in range(8):
        tags = ["셋째"] if number % 3 == 0 else []
        by = company.manager if number % 2 else company.member
        prefix = "질문" if number < 4 else "공유"
        post = await write(f"글 {number}", by=by, prefix=prefix, tags=tags, is_pinned=False)
        async with company.context() as ctx:
            at = {"published_at": ctx.now - timedelta(days=8 - number)}
            await ctx.db.execute(update(Post).where(col(Post.id) == post).values(**at))
            await ctx.db.execute(update(PostTag).where(col(PostTag.post_id) == post).values(**at))
    return board


async def found(client: Any, board: UUID, asked: str) -> list[int]:
    answer = await client.get(f"{API}/boards/{board}/posts?{asked}")
    assert answer.status_code == 200, answer.text
    return [int(post["title"][2:]) for post in answer.json()["data"]]


async def test_filters_alone_and_together(client: Any, company: Company, filled: UUID) -> None:
    member = company.member.id
    assert await found(client, filled, "prefix=질문") == [3, 2, 1, 0]
    assert await found(client, filled, "tag=셋째") == [6, 3, 0]
    assert await found(client, filled, f"author={member}") == [6, 4, 2, 0]
    assert await found(client, filled, f"author={member}&prefix=공유") == [6, 4]
    assert await found(client, filled, f"tag=셋째&author={member}&prefix=공유") == [6]
    assert await found(client, filled, "tag=없음") == []


async def test_a_day_leads_into_the_middle(client: Any, company: Company, filled: UUID) -> None:
    async with company.context() as ctx:
        day = (ctx.now - timedelta(days=4)).astimezone(ctx.zone).date()
    assert await found(client, filled, f"until={day}") == [4, 3, 2, 1, 0]
    assert await found(client, filled, f"since={day}") == [7, 6, 5, 4]
    assert await found(client, filled, f"since={day}&until={day}") == [4]
    assert (await client.get(f"{API}/boards/{filled}/posts?until=gestern")).status_code == 422


async def test_cursors_lead_through_a_filter(client: Any, filled: UUID) -> None:
    for asked, all_of in (("prefix=질문", [3, 2, 1, 0]), ("tag=셋째", [6, 3, 0])):
        path, seen = f"{API}/boards/{filled}/posts?{asked}&limit=2", []
        cursor: str | None = ""
        while cursor is not None:
            answer = (await client.get(f"{path}&cursor={cursor}" if cursor else path)).json()
            seen += [int(post["title"][2:]) for post in answer["data"]]
            cursor = answer["pagination"]["next"]
        assert seen == all_of


async def test_the_page_keeps_its_filter(client: Any, company: Company, filled: UUID) -> None:
    page = (await client.get(f"/board/{filled}?prefix=질문&view=gallery")).text
    assert "글 3" in page
    assert "글 7" not in page
    assert 'class="tiles"' in page
    assert "selected>질문" in page
    assert (await client.get(f"/board/{filled}?prefix=&tag=&until=")).status_code == 200


async def test_a_gallery_shows_the_first_picture(company: Company, client: Any, maru: Any) -> None:
    async with company.context() as ctx:
        board = await board_rules.create_board(ctx, BoardIn(name="사진", kind="gallery"))
    body = {"board_id": str(board), "title": "풍경"}
    post = (await client.post(f"{API}/posts", json=body)).json()["data"]["id"]
    async with company.context() as ctx:
        cover = UUID(int=5)
        await ctx.db.execute(update(Post).where(col(Post.id) == UUID(post)).values(cover_id=cover))
    page = (await client.get(f"/board/{board}")).text
    shown = (
        f'srcset="/api/v1/files/{cover}?variant=150 150w, /api/v1/files/{cover}?variant=800 800w"'
    )
    assert shown in page
    assert 'loading="lazy" decoding="async" width="800" height="600"' in page
