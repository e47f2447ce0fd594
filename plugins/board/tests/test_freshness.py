"""Whatever is written, everything that shows it says so at once: what is kept equals what would be
made anew."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from maru_board import tags
from maru_board.boards import service as board_rules
from maru_board.comments import service as comments
from maru_board.comments.schemas import CommentIn
from maru_board.posts import service as post_rules
from maru_board.schemas import BoardIn, PostChange, PostIn
from maru_board.trash import service as trash
from maru_sdk.db import uuid7
from maru_sdk.testing import Company

API = "/api/v1/board"
# What is another for each page that is drawn, whatever it shows.
_OF_ONE_ANSWER = re.compile(r'(csrf|nonce|request|trace|_again|version|made)[-\w]*"[^>]{0,200}?>')


@dataclass
class Desk:
    """Two boards with posts, as somebody reads them who has read all of it before."""

    company: Company
    reader: Any
    board: UUID
    other: UUID
    posts: list[UUID]
    notice: UUID
    comment: UUID

    @property
    def paths(self) -> list[str]:
        boards = [f"/boards/{one}" for one in (self.board, self.other)]
        posts = [f"/posts/{one}" for one in (*self.posts, self.notice)]
        return [
            *(f"{API}{one}" for one in ("/boards", *boards, *(f"{b}/posts" for b in boards))),
            *(f"{API}{one}{more}" for one in posts for more in ("", "/comments")),
            *(f"/board{one}" for one in ("", *(b.removeprefix("/boards") for b in boards), *posts)),
            *(f"/board{one}/comments" for one in posts),
            *(f"/api/v1/portal/data/board.{one}" for one in ("recent_posts", "notices")),
        ]

    async def seen(self) -> dict[str, Any]:
        """All that there is to read."""
        return {path: await self._seen(path) for path in self.paths}

    async def _seen(self, path: str) -> Any:
        answer = await self.reader.get(path)
        if answer.status_code != 200:
            return answer.status_code
        if not path.startswith("/api"):
            main = answer.text.partition("<main")[2].partition("</main")[0] or answer.text
            return answer.status_code, _OF_ONE_ANSWER.sub("", main)
        said = answer.json()
        found = said.get("data")
        if isinstance(found, dict):
            found.pop("age_seconds", None)
        return answer.status_code, found, said.get("pagination")

    async def forget(self) -> None:
        """Nothing is kept any more."""
        ids = [self.board, self.other, *self.posts, self.notice]
        names = [tags.BOARDS, tags.CARDS, tags.RECENT, tags.NOTICES, tags.WITHDRAWN, tags.PEOPLE]
        for one in ids:
            about = {"board_id": one, "post_id": one}
            kinds = (tags.BOARD, tags.LINES, tags.POST, tags.COMMENTS)
            names += [kind.format(**about) for kind in kinds]
        async with self.company.context() as ctx:
            for first in range(0, len(names), 30):
                await ctx.cache.drop(*names[first : first + 30])


@pytest.fixture
async def desk(company: Company, board: UUID, client: Any) -> Desk:
    async with company.context() as ctx:
        other = await board_rules.create_board(ctx, BoardIn(name="다른 게시판"))
        bodies = [PostIn(board_id=board, title=f"글 {number}") for number in range(5)]
        posts = [await post_rules.create_post(ctx, body) for body in bodies]
        said = PostIn(board_id=other, title="알림", is_notice=True)
        notice = await post_rules.create_post(ctx, said)
    async with company.context() as ctx:
        comment = await comments.write_comment(ctx, posts[0], CommentIn(content="댓글"))
    found = Desk(company, client, board, other, posts, notice, comment)
    await found.seen()
    await found.forget()  # lists may say of readings what was so a minute ago
    for _ in range(4):  # so often that it is made anew by itself
        await found.seen()
    return found


Write = Callable[[Any, Desk], Awaitable[object]]
OF_MANY = PostChange(title="고친 글", content="새 내용")
WRITES: dict[str, Write] = {
    "a comment on an old post": lambda ctx, desk: comments.write_comment(
        ctx, desk.posts[0], CommentIn(content="또 하나")
    ),
    "a comment on a new post": lambda ctx, desk: comments.write_comment(
        ctx, desk.posts[-1], CommentIn(content="또 하나")
    ),
    "an answer": lambda ctx, desk: comments.write_comment(
        ctx, desk.posts[0], CommentIn(content="답", parent_id=desk.comment)
    ),
    "a comment gone": lambda ctx, desk: comments.delete_comment(ctx, desk.comment),
    "a post": lambda ctx, desk: post_rules.create_post(
        ctx, PostIn(board_id=desk.board, title="새 글")
    ),
    "a pinned post": lambda ctx, desk: post_rules.create_post(
        ctx, PostIn(board_id=desk.board, title="고정", is_pinned=True)
    ),
    "a notice": lambda ctx, desk: post_rules.create_post(
        ctx, PostIn(board_id=desk.board, title="새 알림", is_notice=True)
    ),
    "a post changed": lambda ctx, desk: post_rules.change_post(ctx, desk.posts[2], OF_MANY),
    "a post made a notice": lambda ctx, desk: post_rules.change_post(
        ctx, desk.posts[2], PostChange(title="이제 알림", is_notice=True)
    ),
    "a notice made a post": lambda ctx, desk: post_rules.change_post(
        ctx, desk.notice, PostChange(title="이제 글")
    ),
    "a post gone": lambda ctx, desk: trash.trash_post(ctx, desk.posts[-1]),
    "a notice gone": lambda ctx, desk: trash.trash_post(ctx, desk.notice),
    "a board": lambda ctx, desk: board_rules.create_board(ctx, BoardIn(name="셋째", position=1)),
    "a board renamed": lambda ctx, desk: board_rules.change_board(
        ctx, desk.board, BoardIn(name="새 이름")
    ),
    "a board closed": lambda ctx, desk: board_rules.change_board(
        ctx, desk.board, BoardIn(name="자유게시판", is_closed=True)
    ),
    "a board gone": lambda ctx, desk: board_rules.delete_board(ctx, desk.board, with_posts=True),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
async def test_what_is_kept_is_what_would_be_made_anew(desk: Desk, write: Write) -> None:
    before = await desk.seen()
    async with desk.company.context() as ctx:
        await write(ctx, desk)
    kept = await desk.seen()
    await desk.forget()
    made = await desk.seen()
    assert kept == made
    assert kept != before  # it is seen at all


async def test_readers_meanwhile_bring_nothing_old_back(desk: Desk) -> None:
    """Reading without a pause while others write; afterwards all of it is as it was written."""
    done = asyncio.Event()

    async def read_on() -> None:
        while not done.is_set():
            await desk.seen()

    async with asyncio.TaskGroup() as reading:
        for _ in range(2):
            reading.create_task(read_on())
        for number in range(6):
            async with desk.company.context() as ctx:
                said = CommentIn(content=f"댓글 {number}")
                await comments.write_comment(ctx, desk.posts[number % 5], said)
                body = PostChange(title=f"제목 {number}", is_notice=number % 2 == 0)
                await post_rules.change_post(ctx, desk.posts[number % 5], body)
        done.set()
    kept = await desk.seen()
    await desk.forget()
    assert kept == await desk.seen()


async def test_with_a_board_all_that_stands_on_it_is_gone(desk: Desk) -> None:
    async with desk.company.context() as ctx:
        await board_rules.delete_board(ctx, desk.board, with_posts=True)
    gone = [str(one) for one in (desk.board, *desk.posts)]
    seen = {path: said for path, said in (await desk.seen()).items() if path.count("/") > 1}
    of_it = {path: said for path, said in seen.items() if any(one in path for one in gone)}
    assert len(of_it) == 3 + 4 * len(desk.posts)
    assert set(of_it.values()) == {404}
    assert not any(one in str(said) for one in gone for said in seen.values())


@pytest.mark.parametrize("path", ["/board/posts/{}", f"{API}/posts/{{}}", "/board/posts/{}/edit"])
async def test_what_waits_is_its_authors_even_if_they_have_read_it_first(
    company: Company, board: UUID, path: str
) -> None:
    """A private thing never enters what all share: not its words, nor that there is none."""
    async with company.context(company.manager) as ctx:
        later = ctx.now.replace(year=2099)
        waiting = PostIn(board_id=board, title="아직 비밀", publish_at=later)
        post = await post_rules.create_post(ctx, waiting)
    where = path.format(post)
    async with company.client(company.manager) as author, company.client(company.member) as member:
        for _ in range(3):
            assert "아직 비밀" in (await author.get(where)).text or path.startswith(API)
            assert (await author.get(where)).status_code == 200
            assert (await member.get(where)).status_code == 404
        async with company.context(company.manager) as ctx:
            now = PostChange(title="이제 아니다", publish_at=ctx.now)
            await post_rules.change_post(ctx, post, now)
        if not path.endswith("edit"):
            assert (await member.get(where)).status_code == 200
        assert (await author.get(where)).status_code == 200


async def test_that_there_is_no_board_is_forgotten_with_its_creation(
    company: Company, client: Any
) -> None:
    assert (await client.get(f"{API}/boards/{uuid7()}")).status_code == 404
    async with company.context() as ctx:
        made = await board_rules.create_board(ctx, BoardIn(name="갓 만든"))
    assert (await client.get(f"{API}/boards/{made}")).json()["data"]["name"] == "갓 만든"


async def test_a_readers_own_marks_are_nobody_elses(
    company: Company, write: Any, client: Any, admin_client: Any
) -> None:
    """The words are shared; whether one may change them and has read them isn't."""
    post = await write("나눈 글")
    for _ in range(3):
        mine = (await client.get(f"/board/posts/{post}")).text
        theirs = (await admin_client.get(f"/board/posts/{post}")).text
        assert f"/board/posts/{post}/edit" in mine
        assert f"/board/posts/{post}/edit" in theirs  # a moderator
        async with company.client(company.manager) as other:
            assert "나눈 글" in (await other.get(f"/board/posts/{post}")).text
    by_admin = await write("관리자의 글", by=company.admin)
    for _ in range(3):
        assert f"/{by_admin}/edit" in (await admin_client.get(f"/board/posts/{by_admin}")).text
        assert f"/{by_admin}/edit" not in (await client.get(f"/board/posts/{by_admin}")).text
