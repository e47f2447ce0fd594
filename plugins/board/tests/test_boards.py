"""Boards: who may make, change and delete them, and what becomes of their posts."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from maru_board import queries
from maru_board.boards import service as board_rules
from maru_board.boards.jobs import Purge, purge_board
from maru_board.errors import BoardNotEmpty, BoardNotFound
from maru_board.lists.routes import posts
from maru_board.models import Board, Post
from maru_sdk import CursorParams
from maru_sdk.db import func, select
from maru_sdk.testing import Company


async def test_admin_creates_changes_and_deletes(admin_client: Any) -> None:
    made = await admin_client.post("/api/v1/board/boards", json={"name": "공지", "kind": "notice"})
    assert made.status_code == 201
    board = made.json()["data"]
    assert (board["name"], board["post_count"], board["is_closed"]) == ("공지", 0, False)
    path = f"/api/v1/board/boards/{board['id']}"
    changed = await admin_client.put(path, json={"name": "새 이름", "is_closed": True})
    assert changed.json()["data"]["is_closed"] is True
    assert (await admin_client.delete(path)).status_code == 200
    gone = await admin_client.get(path)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "BOARD_NOT_FOUND")


async def test_member_manages_nothing(client: Any, board: UUID) -> None:
    answers = [
        await client.post("/api/v1/board/boards", json={"name": "x"}),
        await client.put(f"/api/v1/board/boards/{board}", json={"name": "x"}),
        await client.delete(f"/api/v1/board/boards/{board}"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


async def test_boards_stand_in_the_order_given(admin_client: Any) -> None:
    for name, position in (("셋", 30), ("하나", 10), ("둘", 20)):
        body = {"name": name, "position": position}
        await admin_client.post("/api/v1/board/boards", json=body)
    listed = await admin_client.get("/api/v1/board/boards")
    assert [board["name"] for board in listed.json()["data"]] == ["하나", "둘", "셋"]
    falling = await admin_client.get("/api/v1/board/boards?sort=position&order=desc&limit=1")
    assert [board["name"] for board in falling.json()["data"]] == ["셋"]


async def test_other_tenant_has_no_such_board(other_client: Any, board: UUID) -> None:
    answer = await other_client.get(f"/api/v1/board/boards/{board}")
    assert answer.status_code == 404
    assert (await other_client.get("/api/v1/board/boards")).json()["data"] == []


class TestDeletingWithPosts:
    async def test_is_refused_until_meant(self, company: Company, board: UUID, write: Any) -> None:
        await write()
        async with company.context() as ctx:
            with pytest.raises(BoardNotEmpty) as caught:
                await board_rules.delete_board(ctx, board, with_posts=False)
        assert caught.value.details["post_count"] == 1

    async def test_hides_them_at_once(self, company: Company, board: UUID, write: Any) -> None:
        post = await write()
        async with company.context() as ctx:
            assert await board_rules.delete_board(ctx, board, with_posts=True)
        async with company.context() as ctx:
            with pytest.raises(BoardNotFound):
                await posts.function(ctx, board, CursorParams())
            assert not await ctx.read(queries.POST, post_id=post, reader=ctx.me.id)
            assert list(await ctx.read(queries.RECENT, count=5)) == []

    async def test_is_finished_by_the_job(self, company: Company, board: UUID, write: Any) -> None:
        for number in range(3):
            await write(f"글 {number}")
        async with company.context() as ctx:
            await board_rules.delete_board(ctx, board, with_posts=True)
        async with company.context() as ctx:
            await purge_board.function(ctx, Purge(board_id=board))
        async with company.context() as ctx:
            left = [await ctx.db.scalar(select(func.count()).select_from(t)) for t in (Board, Post)]
        assert left == [0, 0]

    async def test_job_of_a_living_board_does_no_harm(self, company: Company, board: UUID) -> None:
        async with company.context() as ctx:
            await purge_board.function(ctx, Purge(board_id=board))
            await purge_board.function(ctx, Purge(board_id=uuid4()))
            assert await ctx.read(queries.BOARD, board_id=board)
