"""Posts: writing, reading, changing, and appearing at their time."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from maru_board.boards import service as board_rules
from maru_board.errors import EditedMeanwhile, PostAlreadyPublished, PostNotFound
from maru_board.models import Post
from maru_board.posts import service as post_rules
from maru_board.posts.jobs import publish_due
from maru_board.schemas import BoardIn, PostChange, PostIn
from maru_sdk import PermissionDenied
from maru_sdk.db import col, update
from maru_sdk.testing import Company

API = "/api/v1/board"


class TestWriting:
    async def test_answers_the_whole_post(self, client: Any, company: Company, board: UUID) -> None:
        body = {"board_id": str(board), "title": " 안녕하세요 ", "content": "첫 글\r\n둘째 줄"}
        answer = await client.post(f"{API}/posts", json=body)
        assert answer.status_code == 201
        post = answer.json()["data"]
        assert (post["title"], post["content"]) == ("안녕하세요", "<p>첫 글<br>둘째 줄</p>")
        assert post["content_format"] == "html"
        assert post["author"] == {"id": str(company.member.id), "name": company.member.name}
        counters = [post[f"{name}_count"] for name in ("view", "like", "comment")]
        assert counters == [0, 0, 0]
        assert post["created_at"].endswith("Z")

    async def test_counts_on_its_board(self, client: Any, board: UUID, write: Any) -> None:
        await write()
        answer = await client.get(f"{API}/boards/{board}")
        assert answer.json()["data"]["post_count"] == 1

    @pytest.mark.parametrize("mark", ["is_notice", "is_pinned"])
    async def test_marks_are_the_moderators(
        self, company: Company, board: UUID, write: Any, mark: str
    ) -> None:
        with pytest.raises(PermissionDenied):
            await write(**{mark: True})
        assert await write(by=company.manager, **{mark: True})

    async def test_notice_boards_are_the_moderators(self, client: Any, company: Company) -> None:
        async with company.context() as ctx:
            board = await board_rules.create_board(ctx, BoardIn(name="공지", kind="notice"))
        body = {"board_id": str(board), "title": "x"}
        assert (await client.post(f"{API}/posts", json=body)).status_code == 403

    async def test_closed_boards_take_none(self, client: Any, company: Company) -> None:
        async with company.context() as ctx:
            board = await board_rules.create_board(ctx, BoardIn(name="끝", is_closed=True))
        answer = await client.post(f"{API}/posts", json={"board_id": str(board), "title": "x"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "BOARD_CLOSED")

    async def test_foreign_board_is_unknown(self, other_client: Any, board: UUID) -> None:
        body = {"board_id": str(board), "title": "x"}
        answer = await other_client.post(f"{API}/posts", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "BOARD_NOT_FOUND")

    async def test_nobody_writes_anonymously(self, anonymous: Any, board: UUID) -> None:
        body = {"board_id": str(board), "title": "x"}
        assert (await anonymous.post(f"{API}/posts", json=body)).status_code == 401


class TestReading:
    async def test_pinned_first_then_newest(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        first, pinned, last = (
            await write("먼저"),
            await write("고정", by=company.manager, is_pinned=True),
            await write("나중"),
        )
        listed = (await client.get(f"{API}/boards/{board}/posts")).json()
        assert [post["id"] for post in listed["data"]] == [str(p) for p in (pinned, last, first)]
        assert listed["pagination"]["total"] == 3
        assert listed["pagination"]["totalExact"] is True

    async def test_cursor_leads_through_all_and_back(
        self, client: Any, company: Company, board: UUID, write: Any
    ) -> None:
        for number in range(7):
            await write(f"글 {number}", by=company.manager, is_pinned=number < 2)
        path = f"{API}/boards/{board}/posts?limit=3"
        pages = [(await client.get(path)).json()]
        while cursor := pages[-1]["pagination"]["next"]:
            pages.append((await client.get(f"{path}&cursor={cursor}")).json())
        ids = [post["id"] for page in pages for post in page["data"]]
        assert [len(page["data"]) for page in pages] == [3, 3, 1]
        assert len(set(ids)) == 7
        back = (await client.get(f"{path}&cursor={pages[2]['pagination']['prev']}")).json()
        assert back["data"] == pages[1]["data"]

    async def test_new_post_is_on_the_kept_list_at_once(
        self, client: Any, board: UUID, write: Any
    ) -> None:
        path = f"{API}/boards/{board}/posts"
        assert (await client.get(path)).json()["data"] == []
        await client.post(f"{API}/posts", json={"board_id": str(board), "title": "새 글"})
        assert [post["title"] for post in (await client.get(path)).json()["data"]] == ["새 글"]

    async def test_each_reader_counts_once(
        self, client: Any, admin_client: Any, write: Any
    ) -> None:
        path = f"{API}/posts/{await write()}"
        seen = [(await one.get(path)).json()["data"] for one in (client, client, admin_client)]
        assert [post["view_count"] for post in seen] == [1, 1, 2]
        assert len({post["updated_at"] for post in seen}) == 1

    async def test_other_tenant_sees_nothing(self, other_client: Any, write: Any) -> None:
        answer = await other_client.get(f"{API}/posts/{await write()}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "BOARD_POST_NOT_FOUND")

    async def test_unknown_board_has_no_list(self, client: Any) -> None:
        assert (await client.get(f"{API}/boards/{uuid4()}/posts")).status_code == 404


class TestChanging:
    async def test_is_the_authors(self, client: Any, write: Any) -> None:
        path = f"{API}/posts/{await write()}"
        answer = await client.put(path, json={"title": "고침", "content": "새 내용"})
        assert answer.json()["data"]["title"] == "고침"
        assert (await client.delete(path)).status_code == 200
        assert (await client.get(path)).status_code == 404

    async def test_is_the_moderators_too(
        self, client: Any, admin_client: Any, company: Company, write: Any
    ) -> None:
        path = f"{API}/posts/{await write(by=company.manager)}"
        assert (await client.put(path, json={"title": "x"})).status_code == 403
        assert (await client.delete(path)).status_code == 403
        assert (await admin_client.put(path, json={"title": "x"})).status_code == 200

    async def test_overwrites_nothing_unseen(self, company: Company, write: Any) -> None:
        post = await write()
        async with company.context(company.member) as ctx:
            opened = await post_rules.shown_post(ctx, post)
        async with company.context() as ctx:
            await post_rules.change_post(ctx, post, PostChange(title="먼저 고침"))
        async with company.context(company.member) as ctx:
            late = PostChange(title="나중", updated_at=opened.updated_at)
            with pytest.raises(EditedMeanwhile):
                await post_rules.change_post(ctx, post, late)

    async def test_deleting_takes_it_off_the_count(
        self, client: Any, board: UUID, write: Any
    ) -> None:
        await client.delete(f"{API}/posts/{await write()}")
        assert (await client.get(f"{API}/boards/{board}")).json()["data"]["post_count"] == 0


class TestWaiting:
    async def wait(self, company: Company, board: UUID) -> UUID:
        async with company.context(company.member) as ctx:
            later = ctx.now + timedelta(hours=1)
            body = PostIn(board_id=board, title="예약", publish_at=later)
            return await post_rules.create_post(ctx, body)

    async def come(self, company: Company, post: UUID) -> None:
        """Lets the post's time come."""
        async with company.context() as ctx:
            due = ctx.now - timedelta(seconds=1)
            await ctx.db.execute(update(Post).where(col(Post.id) == post).values(published_at=due))

    async def test_is_seen_by_its_author_and_moderators_alone(
        self, company: Company, board: UUID
    ) -> None:
        async with company.context(company.manager) as ctx:
            body = PostIn(board_id=board, title="예약", publish_at=ctx.now + timedelta(hours=1))
            post = await post_rules.create_post(ctx, body)
            assert not (await post_rules.shown_post(ctx, post)).is_published
        async with company.context(company.member) as ctx:
            with pytest.raises(PostNotFound):
                await post_rules.shown_post(ctx, post)

    async def test_is_not_listed(self, client: Any, company: Company, board: UUID) -> None:
        await self.wait(company, board)
        listed = (await client.get(f"{API}/boards/{board}/posts")).json()
        assert (listed["data"], listed["pagination"]["total"]) == ([], 0)

    async def test_appears_once_at_its_time(
        self, client: Any, company: Company, board: UUID
    ) -> None:
        post = await self.wait(company, board)
        async with company.context() as ctx:
            assert await post_rules.publish_due(ctx) == 0
        await self.come(company, post)
        counts = []
        for _ in range(2):
            async with company.context() as ctx:
                counts.append(await post_rules.publish_due(ctx))
        assert counts == [1, 0]
        listed = (await client.get(f"{API}/boards/{board}/posts")).json()["data"]
        assert [entry["id"] for entry in listed] == [str(post)]

    async def test_schedule_runs_without_anybody(
        self, client: Any, company: Company, board: UUID
    ) -> None:
        post = await self.wait(company, board)
        await self.come(company, post)
        async with company.context() as ctx:
            await publish_due.function(ctx)
        listed = (await client.get(f"{API}/boards/{board}/posts")).json()["data"]
        assert [entry["id"] for entry in listed] == [str(post)]

    async def test_can_be_moved_until_it_is_published(
        self, company: Company, board: UUID, write: Any
    ) -> None:
        post = await self.wait(company, board)
        async with company.context(company.member) as ctx:
            await post_rules.change_post(ctx, post, PostChange(title="바로", publish_at=ctx.now))
            assert (await post_rules.shown_post(ctx, post)).is_published
            with pytest.raises(PostAlreadyPublished):
                await post_rules.change_post(ctx, post, PostChange(title="또", publish_at=ctx.now))
