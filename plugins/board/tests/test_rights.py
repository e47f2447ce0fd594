"""Boards that a person may read or write one by one, because an admin gave them a role there."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from maru_board.boards import service as board_rules
from maru_board.posts import service as post_rules
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
        self.made = ""

    async def begin(self, *permissions: str) -> None:
        """Takes every right on boards from all but the admin; gives these on the first board."""
        async with self.company.context() as ctx:
            self.open = await board_rules.create_board(ctx, BoardIn(name="열린 게시판"))
            self.shut = await board_rules.create_board(ctx, BoardIn(name="닫힌 게시판"))
        roles = (await self.admin.get(f"{ADMIN}/roles")).json()["data"]
        for role in (one for one in roles if one["key"] in ("member", "manager")):
            left = [one for one in role["permissions"] if not one.startswith("board:")]
            body = {"name": role["name"], "permissions": left}
            await self._done(self.admin.put(f"{ADMIN}/roles/{role['id']}", json=body))
        body = {"name": "한 게시판 담당", "permissions": list(permissions)}
        made = await self._done(self.admin.post(f"{ADMIN}/roles", json=body))
        body = {
            "role_id": made["id"],
            "subject_kind": "person",
            "subject_id": str(self.company.member.id),
            "resource": f"board:{self.open}",
        }
        await self._done(self.admin.post(f"{ADMIN}/grants", json=body))

        self.made = made["id"]

    async def give(self, board: UUID, person: UUID) -> str:
        """Gives somebody the same on one board; answers the grant."""
        body = {
            "role_id": self.made,
            "subject_kind": "person",
            "subject_id": str(person),
            "resource": f"board:{board}",
        }
        return str((await self._done(self.admin.post(f"{ADMIN}/grants", json=body)))["id"])

    async def take(self, grant: str) -> None:
        """Takes it back."""
        assert (await self.admin.delete(f"{ADMIN}/grants/{grant}")).status_code < 300

    async def post(self, board: UUID) -> UUID:
        """A post of the admin's."""
        async with self.company.context() as ctx:
            return await post_rules.create_post(ctx, PostIn(board_id=board, title="소식"))

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
    everywhere = {
        "role_id": office.made,
        "subject_kind": "person",
        "subject_id": str(company.manager.id),
    }
    assert (await office.admin.post(f"{ADMIN}/grants", json=everywhere)).status_code < 300
    async with company.client(company.manager) as manager:
        assert boards <= {one["id"] for one in (await manager.get(BOARDS)).json()["data"]}
        secret = await office.post(office.open)
        for _ in range(2):  # warm what is kept for all
            assert (await manager.get(f"{BOARDS}/{office.open}")).status_code == 200
        form = {"private": "true"}
        done = await office.admin.post(f"/board/{office.open}/private", data=form)
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
        await office.admin.post(f"/board/{office.open}/private", data=form)
        assert (await manager.get(f"{BOARDS}/{office.open}")).status_code == 200


async def _readable(client: Any, office: Office, posts: dict[UUID, UUID]) -> set[UUID]:
    """The boards of which somebody sees anything, on every way to look; all ways agree."""
    listed = await client.get(BOARDS)
    page = await client.get("/board")
    found = listed.json()["data"] if listed.status_code == 200 else ()
    ways = [{UUID(one["id"]) for one in found}]
    names = {office.open: "열린 게시판", office.shut: "닫힌 게시판"}
    shown = page.text if page.status_code == 200 else ""
    ways.append({board for board, name in names.items() if name in shown})
    for path in (
        f"{BOARDS}/{{board}}", f"{BOARDS}/{{board}}/posts", f"{POSTS}/{{post}}",
        f"{POSTS}/{{post}}/comments", "/board/{board}", "/board/posts/{post}",
        "/board/posts/{post}/comments",
    ):  # fmt: skip
        asked = {b: await client.get(path.format(board=b, post=p)) for b, p in posts.items()}
        ways.append({board for board, answer in asked.items() if answer.status_code == 200})
    assert all(way == ways[0] for way in ways), ways
    return ways[0]


async def test_what_is_kept_follows_every_change_of_rights(office: Office) -> None:
    """Others' kept answers lie ready each time: whoever may no longer read never sees one, and
    whoever may now isn't told that there is nothing."""
    await office.begin(READ)
    both = {board: await office.post(board) for board in (office.open, office.shut)}
    manager = office.company.manager
    async with office.company.client(manager) as other:
        assert await _readable(office.admin, office, both) == {office.open, office.shut}
        for grants, seen in (
            ((), set()),
            ((office.open,), {office.open}),
            ((office.shut,), {office.shut}),
            ((office.open, office.shut), {office.open, office.shut}),
            ((office.open,), {office.open}),
        ):
            given = [await office.give(board, manager.id) for board in grants]
            for _ in range(2):  # made, then kept
                assert await _readable(other, office, both) == seen
                assert await _readable(office.member, office, both) == {office.open}
            for grant in given:
                await office.take(grant)
            assert await _readable(other, office, both) == set()
