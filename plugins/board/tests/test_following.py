"""Following boards, posts and authors: who hears of what, and who hears no more."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from maru_board.boards.service import set_private
from maru_sdk.testing import Company, Kit

API = "/api/v1/board"


async def told(client: Any) -> list[str]:
    return [one["title"] for one in (await client.get("/api/v1/notifications")).json()["data"]]


async def follow(client: Any, kind: str, target: UUID, status: int = 201) -> None:
    body = {"kind": kind, "target_id": str(target)}
    answer = await client.post(f"{API}/subscriptions", json=body)
    assert answer.status_code == status, answer.text


async def test_followers_hear_of_new_posts_once(
    company: Company, maru: Kit, client: Any, admin_client: Any, board: UUID, write: Any
) -> None:
    for one in (client, admin_client):
        await follow(one, "board", board)
        await follow(one, "author", company.member.id)
    await write("새 소식")
    await maru.work()
    assert await told(client) == []  # who writes knows
    (said,) = await told(admin_client)
    assert "새 소식" in said
    assert "자유게시판" in said


async def test_followers_of_a_post_hear_of_comments(
    company: Company, maru: Kit, client: Any, admin_client: Any, write: Any
) -> None:
    post = await write("토론")
    async with company.client(company.manager) as manager:
        await follow(manager, "post", post)
        await follow(client, "post", post)
        for text in ("하나", "둘"):
            await admin_client.post(f"{API}/posts/{post}/comments", json={"content": text})
        await maru.work()
        assert await told(manager) == ["“토론”에 새 댓글 2개"]
    assert len(await told(client)) == 1  # the author hears of them as an author alone


async def test_who_follows_no_more_hears_nothing(
    maru: Kit, admin_client: Any, board: UUID, write: Any
) -> None:
    await follow(admin_client, "board", board)
    await follow(admin_client, "board", board)  # twice is once
    path = f"{API}/subscriptions/board/{board}"
    assert (await admin_client.delete(path)).status_code == 200
    assert (await admin_client.delete(path)).status_code == 404
    await write()
    await maru.work()
    assert await told(admin_client) == []


async def test_a_board_that_became_private_tells_nobody_who_may_not_read(
    company: Company, maru: Kit, client: Any, board: UUID, write: Any
) -> None:
    await follow(client, "board", board)
    await write("열린 글", by=company.manager)
    async with company.context() as ctx:
        await set_private(ctx, board, True)
    await maru.work()
    assert await told(client) == []


@pytest.mark.parametrize("kind", ["board", "post", "author"])
async def test_what_is_not_there_is_not_followed(client: Any, kind: str) -> None:
    await follow(client, kind, uuid4(), 404)
    answer = await client.post(f"{API}/subscriptions", json={"kind": "x", "target_id": "1"})
    assert answer.status_code == 422


async def test_another_tenants_board_is_not_followed(other_client: Any, board: UUID) -> None:
    await follow(other_client, "board", board, 404)


async def test_page_lists_and_its_buttons_work(client: Any, board: UUID, write: Any) -> None:
    post = await write("볼 글")
    form = {"kind": "post", "target_id": str(post), "on": "true", "back": f"/board/posts/{post}"}
    answer = await client.post("/board/following", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/board/posts/{post}")
    await follow(client, "board", board)
    page = (await client.get("/board/following")).text
    assert "볼 글" in page
    assert "자유게시판" in page
    listed = (await client.get(f"{API}/subscriptions")).json()["data"]
    assert [one["name"] for one in listed] == ["자유게시판", "볼 글"]
    assert "구독 끊기" in (await client.get(f"/board/posts/{post}")).text
    form["back"] = "//evil.example"
    assert (await client.post("/board/following", data=form)).status_code == 422
