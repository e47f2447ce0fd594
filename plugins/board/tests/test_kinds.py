"""Kinds of boards: board's own, and those that other plugins bring; groups, prefixes, templates."""

from typing import Any
from uuid import UUID

import pytest

from maru_board import queries
from maru_board.api import BoardKind
from maru_board.boards import service as board_rules
from maru_board.errors import BoardGroupUnknown, BoardKindUnknown, PrefixUnknown
from maru_board.posts import service as post_rules
from maru_board.schemas import BoardIn, GroupForm, PostChange, PostIn
from maru_sdk import PermissionDenied
from maru_sdk.testing import Company

API = "/api/v1/board"


async def made(company: Company, **given: Any) -> UUID:
    async with company.context() as ctx:
        return await board_rules.create_board(ctx, BoardIn(name="게시판", **given))


async def test_a_board_keeps_what_its_kind_says(client: Any, company: Company) -> None:
    said = {}
    for kind in ("normal", "notice", "question", "gallery", "anonymous"):
        board = await made(company, kind=kind)
        one = (await client.get(f"{API}/boards/{board}")).json()["data"]
        traits = ("moderators_write", "takes_answers", "is_anonymous")
        said[kind] = (one["view"], [name for name in traits if one[name]])
    assert said == {
        "normal": ("list", []),
        "notice": ("list", ["moderators_write"]),
        "question": ("list", ["takes_answers"]),
        "gallery": ("gallery", []),
        "anonymous": ("list", ["is_anonymous"]),
    }


async def test_nobodys_kind_is_refused(company: Company, admin_client: Any) -> None:
    with pytest.raises(BoardKindUnknown):
        await made(company, kind="acme_ideas.idea")
    answer = await admin_client.post(f"{API}/boards", json={"name": "x", "kind": "acme.idea"})
    assert answer.json()["error"]["code"] == "BOARD_KIND_UNKNOWN"


async def test_a_board_survives_the_plugin_of_its_kind(company: Company) -> None:
    """A change of name asks nobody for the kind that the board has already."""
    board = await made(company)
    async with company.context() as ctx:
        row = await board_rules.board_or_refuse(ctx, board)
        row.kind, row.takes_answers = "acme_ideas.idea", True
    async with company.context() as ctx:
        body = BoardIn(name="새 이름", kind="acme_ideas.idea")
        await board_rules.change_board(ctx, board, body)
    async with company.context() as ctx:
        found = (await ctx.read(queries.BOARD, board_id=board))[0]
    assert (found.name, found.takes_answers) == ("새 이름", True)


def test_what_a_kind_says_is_data() -> None:
    assert {*BoardKind.model_fields} - {"key", "title"} <= {*queries.BOARD.row.model_fields}


class TestGroups:
    async def test_stand_in_order_with_their_boards(self, company: Company, client: Any) -> None:
        async with company.context() as ctx:
            for name, place in (("둘째 묶음", 20), ("첫째 묶음", 10)):
                await board_rules.create_group(ctx, GroupForm(name=name, position=place))
        async with company.context() as ctx:
            groups = {one.name: one.id for one in await ctx.read(queries.GROUPS)}
        await made(company, group_id=groups["둘째 묶음"])
        await made(company, group_id=groups["첫째 묶음"])
        page = (await client.get("/board")).text
        assert page.index("첫째 묶음") < page.index("둘째 묶음")
        async with company.context() as ctx:
            await board_rules.delete_group(ctx, groups["첫째 묶음"])
        page = (await client.get("/board")).text
        assert "첫째 묶음" not in page
        assert page.count("<h2>") >= 2

    async def test_unknown_one_is_refused(self, company: Company) -> None:
        with pytest.raises(BoardGroupUnknown):
            await made(company, group_id=UUID(int=7))


class TestPrefixes:
    async def test_are_those_of_the_board(self, company: Company, client: Any) -> None:
        board = await made(company, prefixes=["질문", "공유", "질문"], needs_prefix=True)
        body = {"board_id": str(board), "title": "제목", "prefix": "공유"}
        post = (await client.post(f"{API}/posts", json=body)).json()["data"]
        assert post["prefix"] == "공유"
        for wrong in ("", "없음"):
            answer = await client.post(f"{API}/posts", json=body | {"prefix": wrong})
            assert answer.json()["error"]["details"]["fields"][0]["path"] == "prefix"

    async def test_one_that_is_no_more_stays_on_its_post(self, company: Company) -> None:
        board = await made(company, prefixes=["옛말"])
        async with company.context() as ctx:
            post = await post_rules.create_post(
                ctx, PostIn(board_id=board, title="x", prefix="옛말")
            )
            await board_rules.change_board(ctx, board, BoardIn(name="게시판", prefixes=["새말"]))
        async with company.context() as ctx:
            await post_rules.change_post(ctx, post, PostChange(title="y", prefix="옛말"))
            with pytest.raises(PrefixUnknown):
                await post_rules.change_post(ctx, post, PostChange(title="y", prefix="딴말"))


async def test_moderators_settle_prefixes_and_templates(company: Company, client: Any) -> None:
    board = await made(company)
    here = f"/board/{board}/settings"
    assert (await client.get(here)).status_code == 403
    async with company.client(company.manager) as manager:
        assert (await manager.get(here)).status_code == 200
        form = {"description": "설명", "prefixes": "하나\n둘", "needs_prefix": "true"}
        assert (await manager.post(here, data=form)).status_code == 303
        form = {"name": "주간 보고", "title": "○월 ○주 보고", "content": "한 일"}
        assert (await manager.post(f"/board/{board}/templates", data=form)).status_code == 303
        page = (await manager.get(here)).text
        assert "주간 보고" in page
    new = (await client.get(f"/board/posts/new?board={board}")).text
    assert "주간 보고" in new
    assert "<option" in new
    async with company.context() as ctx:
        template = (await ctx.read(queries.TEMPLATES, board_id=board))[0].id
    begun = (await client.get(f"/board/posts/new?board={board}&template={template}")).text
    assert "○월 ○주 보고" in begun
    async with company.client(company.manager) as manager:
        gone = f"/board/{board}/templates/{template}/delete"
        assert (await manager.post(gone)).status_code == 303
        assert (await manager.post(gone)).status_code == 404


async def test_archived_boards_are_read_alone(company: Company, client: Any) -> None:
    board = await made(company, is_archived=True)
    answer = await client.post(f"{API}/posts", json={"board_id": str(board), "title": "x"})
    assert answer.json()["error"]["code"] == "BOARD_CLOSED"
    assert (await client.get(f"/board/{board}")).status_code == 200


class TestQuestions:
    async def test_the_asker_accepts_one_answer(self, company: Company, client: Any) -> None:
        board = await made(company, kind="question")
        body = {"board_id": str(board), "title": "어떻게 하나요?"}
        post = (await client.post(f"{API}/posts", json=body)).json()["data"]["id"]
        said = {"content": "이렇게 합니다"}
        async with company.client(company.manager) as manager:
            answer = await manager.post(f"{API}/posts/{post}/comments", json=said)
            comment = answer.json()["data"]["id"]
        accept = f"{API}/posts/{post}/accept"
        done = await client.post(accept, json={"comment_id": comment})
        assert done.json()["data"]["accepted_id"] == comment
        page = (await client.get(f"/board/posts/{post}")).text
        assert "채택된 답변" in page
        assert "해결" in (await client.get(f"/board/{board}")).text
        assert (await client.post(accept, json={})).json()["data"]["accepted_id"] is None
        strange = await client.post(accept, json={"comment_id": str(UUID(int=3))})
        assert strange.json()["error"]["code"] == "BOARD_COMMENT_NOT_FOUND"

    async def test_others_and_other_boards_accept_none(
        self, company: Company, board: UUID, write: Any, client: Any
    ) -> None:
        own = await write()
        answer = await client.post(f"{API}/posts/{own}/accept", json={})
        assert answer.json()["error"]["code"] == "BOARD_ANSWERS_NOT_TAKEN"
        others = await write(by=company.manager)
        assert (await client.post(f"{API}/posts/{others}/accept", json={})).status_code == 403


async def test_only_moderators_write_on_a_notice_board(company: Company) -> None:
    board = await made(company, kind="notice")
    async with company.context(company.member) as ctx:
        with pytest.raises(PermissionDenied):
            await post_rules.create_post(ctx, PostIn(board_id=board, title="x"))
