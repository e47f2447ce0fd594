"""Pages, forms and portlets as a person meets them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from maru_board.boards.service import create_board
from maru_board.models import Post
from maru_board.portlets import ShownOf, recent_posts
from maru_board.schemas import BoardIn
from maru_board.seed import fill_demo
from maru_sdk.db import col, func, select, update
from maru_sdk.lifecycle import DemoSeed
from maru_sdk.testing import Company


async def test_pages_of_the_demo_are_drawn(company: Company, admin_client: Any) -> None:
    async with company.context() as ctx:
        await fill_demo.function(ctx, DemoSeed(people=3))
    boards = (await admin_client.get("/api/v1/board/boards")).json()["data"]
    paths = ["/board", "/board/manage", *(f"/board/{board['id']}" for board in boards)]
    listed = await admin_client.get(f"/api/v1/board/boards/{boards[0]['id']}/posts?limit=100")
    paths += [f"/board/posts/{post['id']}" for post in listed.json()["data"]]
    drawn = [(path, (await admin_client.get(path)).status_code) for path in paths]
    assert [path for path, status in drawn if status != 200] == []


async def test_words_are_shown_as_typed(client: Any, write: Any) -> None:
    title, content = "<script>alert(1)</script> & {{ 7*7 }}", "<b onclick=x>굵게</b>\n{{ ctx }}"
    html = (await client.get(f"/board/posts/{await write(title, content=content)}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7*7 }}" in html
    assert "<p><strong>굵게</strong><br>{{ ctx }}</p>" in html
    assert "<script>alert" not in html


async def test_a_post_of_plain_text_is_read_and_edited_as_it_stood(
    client: Any, company: Company, write: Any
) -> None:
    post = await write()
    async with company.context() as ctx:
        old = {"content": "<b>글자</b> 그대로\n다음 줄\n\n끝", "content_format": "text"}
        await ctx.db.execute(update(Post).where(col(Post.id) == post).values(old))
    was = "<p>&lt;b&gt;글자&lt;/b&gt; 그대로<br>다음 줄</p><p>끝</p>"
    assert was in (await client.get(f"/board/posts/{post}")).text
    shown = (await client.get(f"/api/v1/board/posts/{post}")).json()["data"]
    assert (shown["content"], shown["content_format"]) == (was, "html")
    form = {"title": "제목", "content": was, "version": str(shown["version"])}
    assert (await client.post(f"/board/posts/{post}", data=form)).status_code == 303
    assert was in (await client.get(f"/board/posts/{post}")).text


async def test_form_writes_a_post(client: Any, board: UUID) -> None:
    form = {"title": "폼으로 쓴 글", "content": "한 줄\r\n\r\n두 줄", "publish_at": ""}
    answer = await client.post(f"/board/posts?board={board}", data=form)
    assert answer.status_code == 303
    assert "폼으로 쓴 글" in (await client.get(answer.headers["location"])).text


async def test_refused_form_keeps_what_was_typed(
    client: Any, company: Company, board: UUID
) -> None:
    form = {"title": "", "content": "공들여 쓴 글", "publish_at": ""}
    answer = await client.post(f"/board/posts?board={board}", data=form)
    assert answer.status_code == 422
    assert "공들여 쓴 글" in answer.text
    async with company.context() as ctx:
        assert await ctx.db.scalar(select(func.count()).select_from(Post)) == 0


async def test_time_of_a_form_is_the_readers(client: Any, board: UUID) -> None:
    form = {"title": "새해", "content": "", "publish_at": "2099-01-01T09:00"}
    answer = await client.post(f"/board/posts?board={board}", data=form)
    post = answer.headers["location"].rpartition("/")[2]
    shown = (await client.get(f"/api/v1/board/posts/{post}")).json()["data"]
    assert shown["published_at"].startswith("2099-01-01T00:00:00")


async def test_only_moderators_are_offered_marks(
    client: Any, admin_client: Any, board: UUID
) -> None:
    path = f"/board/posts/new?board={board}"
    offered = ["is_pinned" in (await one.get(path)).text for one in (client, admin_client)]
    assert offered == [False, True]


@pytest.mark.parametrize(("portlet", "seen"), [("recent_posts", 2), ("notices", 1)])
async def test_portlet_shows_the_newest(
    client: Any, company: Company, write: Any, portlet: str, seen: int
) -> None:
    await write("보통 글")
    await write("알림", by=company.manager, is_notice=True)
    answer = (await client.get(f"/api/v1/portal/data/board.{portlet}")).json()["data"]
    assert answer["state"] == "ok"
    posts = answer["content"]["posts"]
    assert [post["title"] for post in posts] == ["알림", "보통 글"][:seen]
    assert posts[0]["author"]["name"] == company.manager.name
    assert posts[0]["is_new"] is True


async def test_disabled_plugin_is_gone_and_comes_back(
    company: Company, client: Any, board: UUID
) -> None:
    await company.disable("board")
    gone = [(await client.get(path)).status_code for path in ("/api/v1/board/boards", "/board")]
    assert gone == [404, 404]
    await company.enable("board")
    listed = (await client.get("/api/v1/board/boards")).json()["data"]
    assert [one["id"] for one in listed] == [str(board)]


async def test_recent_posts_of_one_board_alone(
    client: Any, company: Company, write: Any, admin_client: Any
) -> None:
    await write("자유 글")
    async with company.context() as ctx:
        other = await create_board(ctx, BoardIn(name="자료실"))
    await admin_client.post(
        "/api/v1/board/posts", json={"board_id": str(other), "title": "자료 글"}
    )
    settings = "/portal/settings/board.recent_posts"
    dialog = (await client.get(settings)).text
    assert f'<option value="{other}">자료실</option>' in dialog
    old = (await client.get(settings, params={"config": '{"board": "자료실"}'})).text
    assert f'<option value="{other}" selected>자료실</option>' in old
    both = ["자료 글", "자유 글"]
    told: Any = ((str(other), both[:1]), ("자료실", both[:1]), ("", both), (str(uuid4()), []))
    for name, titles in told:  # layouts of old hold a name
        async with company.context(company.member, readonly=True) as ctx:
            shown = await recent_posts.function(ctx, ShownOf(board=name))
        assert [one.title for one in shown.posts] == titles


async def test_what_a_company_calls_its_boards_is_not_translated(
    client: Any, company: Company
) -> None:
    async with company.context() as ctx:
        made = await create_board(ctx, BoardIn(name="Notice", prefixes=["Title"]))
    dialog = (await client.get("/portal/settings/board.recent_posts")).text
    assert f'<option value="{made}">Notice</option>' in dialog
    form = (await client.get(f"/board/posts/new?board={made}")).text
    assert '<option value="Title">Title</option>' in form


async def test_my_posts_are_mine(client: Any, company: Company, write: Any) -> None:
    post = await write("내 글")
    await write("남의 글", by=company.manager)
    await client.post(f"/api/v1/board/posts/{post}/like")
    path = "/api/v1/portal/data/board.my_posts"
    (mine,) = (await client.get(path)).json()["data"]["content"]["posts"]
    assert (mine["title"], mine["like_count"], mine["is_published"]) == ("내 글", 1, True)
