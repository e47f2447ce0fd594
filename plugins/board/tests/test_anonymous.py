"""Anonymous boards: nobody is named anywhere, until an act that the audit trail knows of."""

from base64 import b64encode
from typing import Any
from uuid import UUID

import pytest

from maru_board.boards import service as board_rules
from maru_board.models import Post, Revision, SealedAuthor
from maru_board.posts import service as post_rules
from maru_board.schemas import BoardIn, PostIn
from maru_sdk.db import select
from maru_sdk.testing import Company

API = "/api/v1/board"


@pytest.fixture
async def hushed(company: Company) -> UUID:
    """A board without names."""
    async with company.context() as ctx:
        return await board_rules.create_board(ctx, BoardIn(name="대나무숲", kind="anonymous"))


@pytest.fixture
async def post(company: Company, hushed: UUID) -> UUID:
    """A member's post on it."""
    async with company.context(company.member) as ctx:
        words = PostIn(board_id=hushed, title="비밀", content="말 못 할 이야기", tags=["고충"])
        return await post_rules.create_post(ctx, words)


async def test_nobody_is_named_to_anybody(
    company: Company, hushed: UUID, post: UUID, client: Any, admin_client: Any
) -> None:
    member = company.member
    for path in (
        f"{API}/posts/{post}", f"{API}/boards/{hushed}/posts",
        f"{API}/boards/{hushed}/posts?tag=고충",
        f"/board/{hushed}", f"/board/posts/{post}", f"/board/posts/{post}/print", "/board",
        "/api/v1/portal/data/board.recent_posts", f"/board/posts/{post}/revisions",
    ):  # fmt: skip
        answer = await admin_client.get(path)
        assert answer.status_code == 200, path
        assert str(member.id) not in answer.text, path
        main = answer.text.partition("<main")[2] or answer.text
        assert member.name not in main.partition("</main")[0], path
    assert (await client.get(f"{API}/posts/{post}")).json()["data"]["author"] is None
    mine = await client.get(f"{API}/boards/{hushed}/posts?author={member.id}")
    assert mine.json()["data"] == []


async def test_rows_hold_no_name(company: Company, post: UUID) -> None:
    async with company.context(company.member) as ctx:
        row = await ctx.get(Post, post)
        row.title = row.title
        assert row.author_id is None
        sealed = (await ctx.db.scalars(select(SealedAuthor))).one()
        assert str(company.member.id) not in repr(sealed)
        assert sealed.author.stored is not None
        assert str(company.member.id) not in sealed.author.stored


async def test_the_log_of_events_names_nobody(
    company: Company, post: UUID, client: Any, admin_client: Any
) -> None:
    await client.put(f"{API}/posts/{post}", json={"title": "고침"})
    await client.delete(f"{API}/posts/{post}")
    events = (await admin_client.get(f"/api/v1/admin/events?key={post}")).json()["data"]
    names = {"board.post_published", "board.post_changed", "board.post_deleted"}
    assert {one["name"] for one in events} == names
    assert str(company.member.id) not in str(events)


async def test_its_author_changes_and_removes_it(
    company: Company, post: UUID, client: Any, admin_client: Any
) -> None:
    path = f"{API}/posts/{post}"
    async with company.client(company.manager) as manager:
        assert (await manager.put(path, json={"title": "남의 글"})).status_code == 200
    assert (await client.put(path, json={"title": "고친 글"})).status_code == 200
    async with company.context() as ctx:
        editors = list(await ctx.db.scalars(select(Revision.editor_id)))
    assert editors == [None, None]
    page = await client.get(f"/board/posts/{post}")
    assert "내 글" in page.text
    assert "내 글" not in (await admin_client.get(f"/board/posts/{post}")).text
    assert (await client.delete(path)).status_code == 200


async def test_unsealing_needs_a_right_and_a_reason_and_is_written_down(
    company: Company, post: UUID, client: Any, admin_client: Any
) -> None:
    path, why = f"{API}/posts/{post}/unseal", {"reason": "괴롭힘 신고 조사 2026-17"}
    assert (await client.post(path, json=why)).status_code == 403
    assert (await admin_client.post(path, json={"reason": " "})).status_code == 422
    opened = await admin_client.post(path, json=why)
    assert opened.json()["data"] == {"id": str(company.member.id), "name": company.member.name}
    lines = (await admin_client.get("/api/v1/admin/audit?action=board.post_unsealed")).json()
    (line,) = lines["data"]
    assert why["reason"] in str(line)
    assert str(company.member.id) not in str(line)
    page = await admin_client.get(f"/board/posts/{post}/unseal")
    assert page.status_code == 200


async def test_it_takes_no_files(company: Company, post: UUID, client: Any) -> None:
    url = f"/api/v1/files/uploads?kind=board.attachment&on={post}"
    name = "filename " + b64encode("사진.png".encode()).decode()
    heads = {"Tus-Resumable": "1.0.0", "Upload-Length": "8", "Upload-Metadata": name}
    answer = await client.post(url, headers=heads)
    assert answer.json()["error"]["code"] == "BOARD_ANONYMOUS_TAKES_NO_FILES"


async def test_comments_name_nobody_either(
    company: Company, post: UUID, client: Any, admin_client: Any
) -> None:
    said = {"content": f"저도 그렇게 생각합니다 @{company.manager.name}"}
    made = await client.post(f"{API}/posts/{post}/comments", json=said)
    comment = made.json()["data"]
    assert comment["author"] is None
    listed = await admin_client.get(f"{API}/posts/{post}/comments")
    assert str(company.member.id) not in listed.text
    page = await admin_client.get(f"/board/posts/{post}/comments")
    assert company.member.name not in page.text
    mine = await client.get(f"/board/posts/{post}/comments")
    assert f"/board/comments/{comment['id']}/delete" in mine.text
    events = await admin_client.get(f"/api/v1/admin/events?key={post}")
    assert "board.comment_written" in events.text
    assert str(company.member.id) not in events.text
    async with company.client(company.manager) as manager:
        assert (await manager.get("/api/v1/notifications")).json()["data"] == []
    assert (await client.delete(f"{API}/comments/{comment['id']}")).status_code == 200


async def test_it_stays_among_the_anonymous(
    company: Company, board: UUID, hushed: UUID, post: UUID, client: Any, write: Any
) -> None:
    there = {"board_id": str(board)}
    for act in ("move", "copy"):
        answer = await client.post(f"{API}/posts/{post}/{act}", json=there)
        assert answer.json()["error"]["code"] == "BOARD_ANONYMOUS_STAYS"
    named = await write()
    moved = await client.post(f"{API}/posts/{named}/move", json={"board_id": str(hushed)})
    assert moved.json()["data"]["author"] is None
    assert (await client.put(f"{API}/posts/{named}", json={"title": "여전히 내 글"})).is_success
