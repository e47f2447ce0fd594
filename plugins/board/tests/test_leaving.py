"""Posts that go and come back: the trash, the end of their time, a board's retention, moving."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from maru_board.boards import service as board_rules
from maru_board.models import Board, Post
from maru_board.posts.service import publish_due
from maru_board.schemas import BoardIn
from maru_board.trash import service as trash
from maru_sdk.db import col, func, select, update
from maru_sdk.testing import Company

API = "/api/v1/board"


async def listed(client: Any, board: UUID) -> list[str]:
    answer = await client.get(f"{API}/boards/{board}/posts")
    return [post["title"] for post in answer.json()["data"]]


async def count(company: Company, board: UUID) -> int:
    async with company.context() as ctx:
        return int(await ctx.db.scalar(select(Board.post_count).where(col(Board.id) == board)))


class TestTrash:
    async def test_a_deleted_post_can_be_restored(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        post = await write("돌아올 글", tags=["꼬리표"])
        await client.delete(f"{API}/posts/{post}")
        assert (await client.get(f"{API}/posts/{post}")).status_code == 404
        assert await listed(client, board) == []
        assert await count(company, board) == 0
        lying = (await client.get(f"{API}/boards/{board}/trash")).json()["data"]
        assert [one["title"] for one in lying] == ["돌아올 글"]
        back = await client.post(f"{API}/posts/{post}/restore")
        assert back.json()["data"]["is_published"] is True
        assert await listed(client, board) == ["돌아올 글"]
        tagged = await client.get(f"{API}/boards/{board}/posts?tag=꼬리표")
        assert len(tagged.json()["data"]) == 1
        twice = await client.post(f"{API}/posts/{post}/restore")
        assert twice.json()["error"]["code"] == "BOARD_POST_NOT_IN_TRASH"

    async def test_others_see_nothing_of_it(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        post = await write("운영자의 글", by=company.manager)
        async with company.client(company.manager) as manager:
            await manager.delete(f"{API}/posts/{post}")
            assert len((await manager.get(f"{API}/boards/{board}/trash")).json()["data"]) == 1
        assert (await client.get(f"{API}/boards/{board}/trash")).json()["data"] == []
        assert (await client.get(f"/board/posts/{post}")).status_code == 404
        assert (await client.post(f"{API}/posts/{post}/restore")).status_code == 404

    async def test_what_lay_there_long_enough_is_gone(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        old, young = await write("옛 글"), await write("새 글")
        for post in (old, young):
            await client.delete(f"{API}/posts/{post}")
        async with company.context() as ctx:
            before = ctx.now - timedelta(days=31)
            await ctx.db.execute(update(Post).where(col(Post.id) == old).values(gone_at=before))
        async with company.context() as ctx:
            assert await trash.purge_trash(ctx) == 1
        async with company.context() as ctx:
            assert list(await ctx.db.scalars(select(Post.id))) == [young]

    async def test_purging_by_hand_asks_for_the_trash_first(
        self, client: Any, company: Company, write: Any
    ) -> None:
        post = await write()
        assert (await client.post(f"/board/posts/{post}/purge")).status_code == 409
        await client.delete(f"{API}/posts/{post}")
        assert (await client.post(f"/board/posts/{post}/purge")).status_code == 303
        async with company.context() as ctx:
            assert await ctx.db.scalar(select(func.count()).select_from(Post)) == 0

    async def test_a_waiting_post_waits_again(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        async with company.context() as ctx:
            later = ctx.now + timedelta(hours=1)
        post = await write("나중 글", publish_at=later)
        await client.delete(f"{API}/posts/{post}")
        back = (await client.post(f"{API}/posts/{post}/restore")).json()["data"]
        assert (back["is_published"], back["gone"]) == (False, "")
        assert await count(company, board) == 0


class TestEnds:
    async def test_a_post_goes_at_its_end_and_may_get_another(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        async with company.context() as ctx:
            soon = ctx.now + timedelta(minutes=5)
        post = await write("행사 안내", expires_at=soon)
        async with company.context() as ctx:
            assert await trash.expire_due(ctx) == 0
            past = ctx.now - timedelta(seconds=1)
            await ctx.db.execute(update(Post).where(col(Post.id) == post).values(expires_at=past))
        async with company.context() as ctx:
            assert await trash.expire_due(ctx) == 1
            assert await publish_due(ctx) == 0
        assert await listed(client, board) == []
        assert (await client.get(f"{API}/posts/{post}")).json()["data"]["gone"] == "expired"
        await client.put(f"{API}/posts/{post}", json={"title": "행사 연장"})
        assert await listed(client, board) == ["행사 연장"]
        assert await count(company, board) == 1

    async def test_a_board_keeps_posts_as_long_as_it_says(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        old, pinned = await write("옛 글"), await write("고정", by=company.manager, is_pinned=True)
        await write("새 글")
        async with company.context() as ctx:
            await board_rules.change_board(ctx, board, BoardIn(name="게시판", retention_days=30))
            before = ctx.now - timedelta(days=31)
            gone = col(Post.id).in_([old, pinned])
            await ctx.db.execute(update(Post).where(gone).values(published_at=before))
        async with company.context() as ctx:
            assert await trash.retire_old(ctx) == 1
        assert await listed(client, board) == ["고정", "새 글"]


class TestMoving:
    async def test_a_post_goes_with_all_that_counts_it(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        async with company.context() as ctx:
            there = await board_rules.create_board(ctx, BoardIn(name="다른 곳"))
        post = await write("옮길 글", tags=["이사"])
        assert await listed(client, there) == []
        form = {"board_id": str(there)}
        assert (await client.post(f"/board/posts/{post}/move", data=form)).status_code == 303
        assert (await listed(client, board), await listed(client, there)) == ([], ["옮길 글"])
        assert (await count(company, board), await count(company, there)) == (0, 1)
        tagged = (await client.get(f"{API}/boards/{there}/posts?tag=이사")).json()["data"]
        assert [one["id"] for one in tagged] == [str(post)]
        assert "다른 곳" in (await client.get(f"/board/posts/{post}")).text

    async def test_only_to_where_one_may_write(
        self, client: Any, company: Company, write: Any
    ) -> None:
        async with company.context() as ctx:
            notices = await board_rules.create_board(ctx, BoardIn(name="공지", kind="notice"))
        body = {"board_id": str(notices)}
        for act in ("move", "copy"):
            answer = await client.post(f"{API}/posts/{await write()}/{act}", json=body)
            assert answer.status_code == 403

    async def test_a_copy_is_the_copiers(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        post = await write("좋은 글", by=company.manager, content="본문")
        body = {"board_id": str(board)}
        copied = (await client.post(f"{API}/posts/{post}/copy", json=body)).json()["data"]
        assert copied["author"]["id"] == str(company.member.id)
        assert copied["content"] == "<p>본문</p>"
        assert await count(company, board) == 2
