"""Boards that a person may read or write one by one, because an admin gave them a role there."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from maru_board import service
from maru_board.schemas import BoardIn, PostIn
from maru_sdk.testing import Company

READ, WRITE, COMMENT = "board:post:read", "board:post:write", "board:comment:write"
BOARDS, POSTS = "/api/v1/board/boards", "/api/v1/board/posts"
ADMIN = "/api/v1/admin"


class Office:
    """Two boards, and a member who may read and comment on the first alone."""

    def __init__(self, company: Company, admin: Any, member: Any) -> None:
        self.company, self.admin, self.member = company, admin, member
        self.open, self.shut = UUID(int=0), UUID(int=0)

    async def begin(self, *permissions: str) -> None:
        """Takes every right on boards from members, and gives these on the first board."""
        async with self.company.context() as ctx:
            self.open = await service.create_board(ctx, BoardIn(name="열린 게시판"))
            self.shut = await service.create_board(ctx, BoardIn(name="닫힌 게시판"))
        roles = (await self.admin.get(f"{ADMIN}/roles")).json()["data"]
        member = next(one for one in roles if one["key"] == "member")
        left = [one for one in member["permissions"] if not one.startswith("board:")]
        body = {"name": member["name"], "permissions": left}
        await self._done(self.admin.put(f"{ADMIN}/roles/{member['id']}", json=body))
        body = {"name": "한 게시판 담당", "permissions": list(permissions)}
        made = await self._done(self.admin.post(f"{ADMIN}/roles", json=body))
        body = {
            "role_id": made["id"],
            "subject_kind": "person",
            "subject_id": str(self.company.member.id),
            "resource": f"board:{self.open}",
        }
        await self._done(self.admin.post(f"{ADMIN}/grants", json=body))

    async def post(self, board: UUID) -> UUID:
        """A post of the admin's."""
        async with self.company.context() as ctx:
            return await service.create_post(ctx, PostIn(board_id=board, title="소식"))

    async def status(self, method: str, path: str, **how: Any) -> int:
        """What the member gets."""
        return int((await self.member.request(method, path, **how)).status_code)

    async def _done(self, asked: Any) -> Any:
        answer = await asked
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]


@pytest.fixture
async def office(company: Company, admin_client: Any) -> AsyncIterator[Office]:
    async with company.client(company.member) as member:
        yield Office(company, admin_client, member)


async def test_lists_hold_what_is_readable(office: Office) -> None:
    await office.begin(READ)
    answer = (await office.member.get(BOARDS)).json()
    assert [one["id"] for one in answer["data"]] == [str(office.open)]
    assert answer["pagination"]["total"] == 1
    whole = (await office.admin.get(BOARDS)).json()
    assert {str(office.open), str(office.shut)} <= {one["id"] for one in whole["data"]}
    page = (await office.member.get("/board")).text
    assert "열린 게시판" in page
    assert "닫힌 게시판" not in page


async def test_there_is_no_other_board(office: Office) -> None:
    await office.begin(READ)
    here, there = await office.post(office.open), await office.post(office.shut)
    for path in (f"{BOARDS}/{{}}", f"{BOARDS}/{{}}/posts", "/board/{}"):
        assert await office.status("GET", path.format(office.open)) == 200
        assert await office.status("GET", path.format(office.shut)) == 404
    for path in (f"{POSTS}/{{}}", f"{POSTS}/{{}}/comments", "/board/posts/{}"):
        assert await office.status("GET", path.format(here)) == 200
        assert await office.status("GET", path.format(there)) == 404


async def test_writing_is_another_right(office: Office) -> None:
    await office.begin(READ, COMMENT)
    here, there = await office.post(office.open), await office.post(office.shut)
    body = {"board_id": str(office.open), "title": "제목"}
    assert await office.status("POST", POSTS, json=body) == 403
    said = {"content": "댓글"}
    assert await office.status("POST", f"{POSTS}/{here}/comments", json=said) == 201
    assert await office.status("POST", f"{POSTS}/{there}/comments", json=said) == 404


async def test_writing_on_one_board_is_not_writing_on_another(office: Office) -> None:
    await office.begin(READ, WRITE)
    body = {"board_id": str(office.open), "title": "제목"}
    made = await office.member.post(POSTS, json=body)
    assert made.status_code == 201
    own = made.json()["data"]["id"]
    assert await office.status("POST", POSTS, json=body | {"board_id": str(office.shut)}) == 404
    assert await office.status("PUT", f"{POSTS}/{own}", json={"title": "고친 제목"}) == 200
    others = await office.post(office.open)
    assert await office.status("PUT", f"{POSTS}/{others}", json={"title": "남의 글"}) == 403
    assert await office.status("DELETE", f"{POSTS}/{own}") == 200


async def test_nobody_without_any_right_comes_in(office: Office) -> None:
    await office.begin()
    assert await office.status("GET", BOARDS) == 403
    assert await office.status("GET", "/board") == 403


async def test_a_private_board_is_for_those_alone_who_are_named(office: Office) -> None:
    await office.begin(READ)
    company, boards = office.company, {str(office.open), str(office.shut)}
    async with company.client(company.manager) as manager:
        assert boards <= {one["id"] for one in (await manager.get(BOARDS)).json()["data"]}
        secret = await office.post(office.open)
        for _ in range(2):  # warm what is kept for all
            assert (await manager.get(f"{BOARDS}/{office.open}")).status_code == 200
        form = {"private": "true"}
        done = await office.admin.post(f"/board/manage/{office.open}/private", data=form)
        assert done.status_code == 303, done.text
        seen = {one["id"] for one in (await manager.get(BOARDS)).json()["data"]}
        assert seen & boards == {str(office.shut)}
        for path in (f"{BOARDS}/{office.open}", f"{POSTS}/{secret}", f"/board/posts/{secret}"):
            assert (await manager.get(path)).status_code == 404
            assert await office.status("GET", path) == 200
            assert (await office.admin.get(path)).status_code == 200
        page = (await office.admin.get(f"/board/manage/{office.open}")).text
        assert "비공개 게시판입니다" in page
        form = {"private": "false"}
        await office.admin.post(f"/board/manage/{office.open}/private", data=form)
        assert (await manager.get(f"{BOARDS}/{office.open}")).status_code == 200
