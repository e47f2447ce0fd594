"""Writing: drafts, Markdown, tags, revisions, and two who change the same post."""

import re
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from maru_board.boards import service as board_rules
from maru_board.posts.markdown import html_of_markdown
from maru_board.revisions.differences import differences
from maru_board.schemas import BoardIn
from maru_sdk.rich import RichText
from maru_sdk.testing import Company

API = "/api/v1/board"
RICH: TypeAdapter[str] = TypeAdapter(RichText)
EVIL = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](<javascript:alert(1)>)",
    "![x](x.png 'onerror=alert(1)')",
    "![x](javascript:alert(1))",
    '<img src=x onerror="alert(1)">',
    "<svg/onload=alert(1)>",
    "`<img src=x onerror=alert(1)>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "<details open ontoggle=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "| a | <b onclick=x> |\n|---|---|\n| <iframe src=//x> | y |",
    "# <style>@import 'x'</style>",
    "<!--><script>alert(1)</script-->",
    "[a](https://x.test/\"onmouseover=\"alert(1))",
]  # fmt: skip


class TestMarkdown:
    @pytest.mark.parametrize("source", EVIL)
    def test_nothing_of_it_runs(self, source: str) -> None:
        html = html_of_markdown(source)
        tags = re.findall(r"<[^>]*>", html)
        assert not [tag for tag in tags if re.search(r"script|\son\w+=|<(img|svg|iframe)", tag)]
        hrefs = re.findall(r'href="([^"]*)"', html)
        assert all(re.match(r"https?:|mailto:|/|#", href) for href in hrefs)
        assert RICH.validate_python(html) == html

    async def test_is_kept_beside_what_is_made_of_it(self, client: Any, board: UUID) -> None:
        body = {
            "board_id": str(board),
            "title": "마크다운",
            "markdown": "## 표제\n\n- 하나\n- **둘**",
        }
        post = (await client.post(f"{API}/posts", json=body)).json()["data"]
        assert post["markdown"] == body["markdown"]
        assert "<h2>표제</h2>" in post["content"]
        assert "<strong>둘</strong>" in post["content"]
        form = (await client.get(f"/board/posts/{post['id']}/edit")).text
        assert "- **둘**" in form
        assert "maru-editor" not in form
        assert "maru-editor" in (await client.get(f"/board/posts/{post['id']}/edit?mode=rich")).text

    async def test_too_much_is_refused(self, client: Any, board: UUID) -> None:
        for field, length in (("markdown", 30_001), ("title", 1_000_000)):
            body = {"board_id": str(board), "title": "x"} | {field: "가" * length}
            answer = await client.post(f"{API}/posts", json=body)
            assert answer.status_code in (413, 422)


class TestTags:
    async def test_are_words_with_or_without_their_sign(self, client: Any, board: UUID) -> None:
        form = {"title": "글", "tags": "#회식, 점심 ,, #회식"}
        sent = await client.post(f"/board/posts?board={board}", data=form)
        post = (await client.get(f"{API}{sent.headers['location'][6:]}")).json()["data"]
        assert post["tags"] == ["회식", "점심"]

    async def test_a_form_begins_without_any(self, client: Any, board: UUID) -> None:
        form = (await client.get(f"/board/posts/new?board={board}")).text
        (field,) = re.findall(r'<input[^>]*name="tags"[^>]*>', form)
        assert "[" not in field

    async def test_too_many_or_too_long_are_refused(self, client: Any, board: UUID) -> None:
        for tags in (["a" * 31], [str(number) for number in range(11)]):
            body = {"board_id": str(board), "title": "x", "tags": tags}
            assert (await client.post(f"{API}/posts", json=body)).status_code == 422


class TestDrafts:
    async def test_one_is_kept_and_restored_and_done_with(
        self, client: Any, admin_client: Any, board: UUID
    ) -> None:
        path = f"{API}/boards/{board}/draft"
        assert (await client.get(path)).json()["data"] is None
        for title in ("처음", "나중"):
            saved = await client.put(path, json={"title": title, "content": "<p>쓰는 중</p>"})
            assert saved.json()["data"]["saved_at"].endswith("Z")
        assert (await client.get(path)).json()["data"]["title"] == "나중"
        assert (await admin_client.get(path)).json()["data"] is None
        page = (await client.get(f"/board/posts/new?board={board}")).text
        assert 'value="나중"' in page
        assert "쓰던 글을 불러왔습니다" in page
        form = {"title": "나중", "content": "다 썼다"}
        await client.post(f"/board/posts?board={board}", data=form)
        assert (await client.get(path)).json()["data"] is None

    async def test_a_button_saves_one_without_script(self, client: Any, board: UUID) -> None:
        form = {
            "title": "",
            "content": "제목은 나중에",
            "tags": "하나, 둘",
            "_off": "is_notice=false",
        }
        saved = await client.post(f"/board/drafts?board={board}", data=form)
        assert saved.status_code == 303
        draft = (await client.get(f"{API}/boards/{board}/draft")).json()["data"]
        assert (draft["content"], draft["tags"]) == ("<p>제목은 나중에</p>", ["하나", "둘"])
        gone = await client.post(f"/board/drafts/{board}/delete")
        assert gone.status_code == 303
        assert (await client.get(f"{API}/boards/{board}/draft")).json()["data"] is None

    async def test_an_empty_one_is_none(self, client: Any, board: UUID) -> None:
        path = f"{API}/boards/{board}/draft"
        await client.put(path, json={"title": "x"})
        await client.put(path, json={"title": "", "content": "<p></p>"})
        assert (await client.get(path)).json()["data"] is None

    async def test_only_where_one_may_write(self, client: Any, company: Company) -> None:
        async with company.context() as ctx:
            board = await board_rules.create_board(ctx, BoardIn(name="공지", kind="notice"))
        answer = await client.put(f"{API}/boards/{board}/draft", json={"title": "x"})
        assert answer.status_code == 403


class TestTwoWriters:
    async def test_the_second_is_told_with_both_texts(
        self, client: Any, admin_client: Any, write: Any
    ) -> None:
        path = f"{API}/posts/{await write('처음')}"
        version = (await client.get(path)).json()["data"]["version"]
        first = await admin_client.put(path, json={"title": "먼저", "version": version})
        assert first.json()["data"]["version"] == version + 1
        second = await client.put(
            path, json={"title": "나중", "content": "내 글", "version": version}
        )
        assert second.status_code == 409
        error = second.json()["error"]
        assert error["code"] == "BOARD_EDITED_MEANWHILE"
        assert error["details"]["current"]["title"] == "먼저"
        assert error["details"]["yours"] == {"title": "나중", "content": "<p>내 글</p>"}

    async def test_the_page_keeps_their_words_and_shows_the_others(
        self, client: Any, admin_client: Any, write: Any
    ) -> None:
        post = await write("처음")
        await admin_client.put(f"{API}/posts/{post}", json={"title": "먼저", "content": "남의 글"})
        form = {"title": "나중", "content": "내가 쓴 글", "version": "1"}
        shown = await client.post(f"/board/posts/{post}?mode=rich", data=form)
        assert shown.status_code == 409
        for words in ("내가 쓴 글", "남의 글", "먼저", 'name="version" value="2"'):
            assert words in shown.text
        again = await client.post(f"/board/posts/{post}", data=form | {"version": "2"})
        assert again.status_code == 303
        assert (await client.get(f"{API}/posts/{post}")).json()["data"]["title"] == "나중"


class TestRevisions:
    async def test_say_what_was_changed_by_whom(
        self, client: Any, company: Company, admin_client: Any, write: Any
    ) -> None:
        post = await write("회의 공지", content="월요일 10시\n회의실 A")
        body = {"title": "회의 공지", "content": "화요일 10시\n회의실 A"}
        await admin_client.put(f"{API}/posts/{post}", json=body)
        lines = (await client.get(f"{API}/posts/{post}/revisions")).json()["data"]
        assert [(one["version"], one["editor"]["name"]) for one in lines] == [
            (1, company.admin.name)
        ]
        assert (await client.get(f"/board/posts/{post}/revisions")).status_code == 200
        page = (await client.get(f"/board/posts/{post}/revisions/1")).text
        assert "<mark>월요일</mark>" in page
        assert "<mark>화요일</mark>" in page
        assert (await client.get(f"/board/posts/{post}/revisions/9")).status_code == 404

    async def test_are_the_authors_and_the_moderators(
        self, client: Any, company: Company, write: Any
    ) -> None:
        post = await write(by=company.manager)
        assert (await client.get(f"{API}/posts/{post}/revisions")).status_code == 403


class TestDifferences:
    def test_lines_stay_whole(self) -> None:
        found = differences("가\n나\n다", "가\n라\n다\n마")
        kinds = [(line.kind, "".join(piece.text for piece in line.pieces)) for line in found]
        assert kinds == [
            ("same", "가"), ("removed", "나"), ("added", "라"), ("same", "다"), ("added", "마"),
        ]  # fmt: skip

    def test_of_very_long_texts_is_bounded(self) -> None:
        old = "\n".join(f"줄 {number}" for number in range(3_000))
        new = "\n".join(f"줄 {number}" for number in range(0, 6_000, 2))
        found = differences(old, new)
        both = {
            kind: [line for line in found if line.kind != kind] for kind in ("added", "removed")
        }
        texts = {
            k: "\n".join("".join(p.text for p in line.pieces) for line in v)
            for k, v in both.items()
        }
        assert texts == {"added": old, "removed": new}


async def test_a_post_is_printed_alone(client: Any, write: Any) -> None:
    page = (await client.get(f"/board/posts/{await write('종이에', content='내용')}/print")).text
    assert "data-prints" in page
    assert "내용" in page
