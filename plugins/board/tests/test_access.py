"""Who may do what on one board: its moderators name people, departments and groups."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from maru_board.models import Board
from maru_sdk import Role, SystemFault
from maru_sdk.testing import Company, Kit

API = "/api/v1/board/boards"
ADMIN = "/api/v1/admin"


async def settled(asked: Any) -> Any:
    answer = await asked
    assert answer.status_code < 400, answer.text
    return answer


async def private(admin_client: Any, board: UUID) -> str:
    """A board that is private now; the address of its rights."""
    await settled(admin_client.post(f"/board/{board}/private", data={"private": "true"}))
    return f"{API}/{board}/access"


async def named(client: Any, there: str) -> dict[str, str]:
    """Who was named, and with which right."""
    found = (await settled(client.get(there))).json()["data"]
    return {one["name"]: one["role"] for one in found}


async def test_what_is_given_on_a_private_board_counts_there_alone(
    company: Company, admin_client: Any, client: Any, board: UUID
) -> None:
    other = (await settled(admin_client.post(API, json={"name": "다른 곳"}))).json()["data"]["id"]
    there = await private(admin_client, board)
    await private(admin_client, UUID(other))
    writing = {"board_id": str(board), "title": "제목"}
    assert (await client.get(f"{API}/{board}")).status_code == 404
    reads = {"right": "reader", "people": [str(company.member.id)]}
    await settled(admin_client.post(there, json=reads))
    assert (await client.get(f"{API}/{board}")).status_code == 200
    assert (await client.post("/api/v1/board/posts", json=writing)).status_code == 403
    await settled(admin_client.post(there, json=reads | {"right": "writer"}))
    assert (await client.post("/api/v1/board/posts", json=writing)).status_code == 201
    assert (await client.get(f"{API}/{other}")).status_code == 404
    assert (await client.get(there)).status_code == 403


async def test_admins_see_the_same_grants(
    company: Company, admin_client: Any, client: Any, board: UUID
) -> None:
    there = await private(admin_client, board)
    await settled(
        admin_client.post(there, json={"right": "reader", "people": [str(company.member.id)]})
    )
    asked = {"resource": f"board:{board}"}
    grants = (await settled(admin_client.get(f"{ADMIN}/grants", params=asked))).json()["data"]
    mine = next(one for one in grants if one["subject_id"] == str(company.member.id))
    assert mine["role_key"] == "board.reader"
    page = (await settled(admin_client.get("/admin/rights"))).text
    assert "읽기" in page
    await settled(admin_client.delete(f"{ADMIN}/grants/{mine['id']}"))
    assert await named(admin_client, there) == {company.admin.name: "board.moderator"}
    assert (await client.get(f"{API}/{board}")).status_code == 404


@pytest.mark.parametrize("with_posts", [False, True])
async def test_the_rights_on_a_board_go_with_it(
    company: Company, maru: Kit, admin_client: Any, board: UUID, write: Any, with_posts: bool
) -> None:
    there = await private(admin_client, board)
    if with_posts:
        await write(by=company.admin)
    body = {"right": "reader", "people": [str(company.member.id)]}
    await settled(admin_client.post(there, json=body))
    await settled(admin_client.delete(f"{API}/{board}", params={"with_posts": with_posts}))
    await maru.work()
    asked = {"resource": f"board:{board}"}
    assert (await settled(admin_client.get(f"{ADMIN}/grants", params=asked))).json()["data"] == []
    async with company.context() as ctx:
        assert not await ctx.is_private(Board(id=board, name="자유게시판"))


async def test_departments_and_groups_are_named_too(
    company: Company, admin_client: Any, client: Any, board: UUID
) -> None:
    there = await private(admin_client, board)
    group = (await settled(admin_client.post(f"{ADMIN}/groups", json={"name": "새 모임"}))).json()
    number = group["data"]["id"]
    await settled(admin_client.put(f"{ADMIN}/groups/{number}/members/{company.member.id}"))
    await settled(admin_client.post(there, json={"right": "commenter", "groups": [number]}))
    assert (await client.get(f"{API}/{board}")).status_code == 200
    called = {"name": "Notice"}  # a word that the pages have another one for
    await settled(admin_client.post(f"{ADMIN}/groups", json=called))
    page = (await settled(admin_client.get(f"/board/{board}/settings"))).text
    assert "새 모임" in page
    assert re.search(r'value="[0-9a-f-]{36}"[^>]*>\s*(<[^>]*>)*\s*Notice\s*<', page)
    assert "읽기 · 댓글" in page
    found = (await settled(admin_client.get(there))).json()["data"]
    given = next(one["id"] for one in found if one["kind"] == "group")
    await settled(admin_client.post(f"/board/{board}/access/{given}/take", data={}))
    assert (await client.get(f"{API}/{board}")).status_code == 404


async def test_a_moderator_of_one_board_gives_there_what_they_hold_and_no_more(
    company: Company, admin_client: Any, client: Any, board: UUID
) -> None:
    there = await private(admin_client, board)
    member, manager = str(company.member.id), str(company.manager.id)
    await settled(admin_client.post(there, json={"right": "moderator", "people": [member]}))
    await settled(client.post(there, json={"right": "writer", "people": [manager]}))
    rights = await named(client, there)
    assert rights[company.manager.name] == "board.writer"
    assert (
        await client.post(f"/board/{board}/private", data={"private": "false"})
    ).status_code in (
        403,
        404,
    )
    roles = (await settled(admin_client.get(f"{ADMIN}/roles"))).json()["data"]
    writer = next(one for one in roles if one["key"] == "board.writer")
    more = [*writer["permissions"], "board:board:manage"]
    body = {"name": writer["name"], "permissions": more}
    await settled(admin_client.put(f"{ADMIN}/roles/{writer['id']}", json=body))
    refused = await client.post(there, json={"right": "writer", "people": [manager]})
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "RIGHTS_BEYOND_OWN"


async def test_what_a_moderator_for_a_while_gives_ends_with_their_own(
    company: Company, admin_client: Any, client: Any, board: UUID
) -> None:
    other = (await settled(admin_client.post(API, json={"name": "다른 곳"}))).json()["data"]["id"]
    there = await private(admin_client, board)
    member, manager = str(company.member.id), str(company.manager.id)
    roles = (await settled(admin_client.get(f"{ADMIN}/roles"))).json()["data"]
    moderator = next(one["id"] for one in roles if one["key"] == "board.moderator")
    held = {"role_id": moderator, "subject_kind": "person", "subject_id": member}
    ends = "2099-01-01T00:00:00Z"
    for_a_while = held | {"resource": f"board:{board}", "until": ends}
    await settled(admin_client.post(f"{ADMIN}/grants", json=for_a_while))
    await settled(admin_client.post(f"{ADMIN}/grants", json=held | {"resource": f"board:{other}"}))
    for path, end in ((there, ends), (f"{API}/{other}/access", None)):
        await settled(client.post(path, json={"right": "writer", "people": [manager]}))
        given = (await settled(client.get(path))).json()["data"]
        assert next(one["until"] for one in given if one["subject_id"] == manager) == end


async def test_a_token_gives_and_takes_no_more_than_it_may(
    company: Company, admin_client: Any, board: UUID
) -> None:
    there = await private(admin_client, board)
    wish = {"name": "봇", "scopes": ["board:post:read", "board:post:moderate"]}
    made = await settled(admin_client.post("/api/v1/auth/tokens", json=wish))
    by_token = {"Authorization": f"Bearer {made.json()['data']['token']}"}
    member = {"people": [str(company.member.id)]}
    body = {"right": "writer"} | member
    refused = await admin_client.post(there, json=body, headers=by_token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "RIGHTS_BEYOND_OWN")
    await settled(admin_client.post(there, json={"right": "reader"} | member, headers=by_token))
    await settled(admin_client.post(there, json=body))
    given = (await settled(admin_client.get(there))).json()["data"]
    writer, reader = (
        next(one["id"] for one in given if one["role"] == f"board.{role}")
        for role in ("writer", "reader")
    )
    refused = await admin_client.delete(f"{there}/{writer}", headers=by_token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "RIGHTS_BEYOND_OWN")
    await settled(admin_client.delete(f"{there}/{reader}", headers=by_token))


async def test_who_makes_a_board_private_is_not_shut_out(
    company: Company, admin_client: Any, board: UUID
) -> None:
    roles = (await settled(admin_client.get(f"{ADMIN}/roles"))).json()["data"]
    manager = next(one for one in roles if one["key"] == "manager")
    body = {
        "name": manager["name"],
        "permissions": [*manager["permissions"], "board:board:manage"],
    }
    await settled(admin_client.put(f"{ADMIN}/roles/{manager['id']}", json=body))
    async with company.client(company.manager) as client:
        done = await client.post(f"/board/{board}/private", data={"private": "true"})
        assert done.headers["location"] == f"/board/{board}/settings#access"
        page = (await settled(client.get(f"/board/{board}/settings"))).text
        assert company.manager.name in page
        await settled(client.post(f"/board/{board}/private", data={"private": "false"}))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"right": "reader"}, 422),
        ({"right": "owner", "people": [str(uuid4())]}, 422),
        ({"right": "reader", "people": [str(uuid4())]}, 404),
        ({"right": "reader", "groups": [str(uuid4())]}, 404),
        ({"right": "reader", "people": [str(uuid4())] * 51}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(
    admin_client: Any, board: UUID, body: dict[str, Any], status: int
) -> None:
    assert (await admin_client.post(f"{API}/{board}/access", json=body)).status_code == status


async def test_the_form_says_what_is_missing(admin_client: Any, board: UUID) -> None:
    answer = await admin_client.post(f"/board/{board}/access", data={"right": "moderator"})
    assert answer.status_code == 422
    assert "하나 이상을 고르세요" in answer.text
    assert "자유게시판" in answer.text


@pytest.mark.parametrize("page", ["-1", "0", "1000001", "9" * 18])
async def test_pages_that_are_not_there_are_answered(
    admin_client: Any, board: UUID, page: str
) -> None:
    await settled(admin_client.get(f"/board/{board}/settings", params={"page": page}))


async def test_what_was_given_elsewhere_is_not_taken_here(
    company: Company, admin_client: Any, board: UUID
) -> None:
    other = (await settled(admin_client.post(API, json={"name": "다른 곳"}))).json()["data"]["id"]
    body = {"right": "reader", "people": [str(company.member.id)]}
    await settled(admin_client.post(f"{API}/{other}/access", json=body))
    given = (await settled(admin_client.get(f"{API}/{other}/access"))).json()["data"][0]["id"]
    answer = await admin_client.delete(f"{API}/{board}/access/{given}")
    assert answer.json()["error"]["code"] == "GRANT_NOT_FOUND"


async def test_only_a_plugins_own_declared_role_is_given(company: Company, board: UUID) -> None:
    async with company.context() as ctx:
        thing = await ctx.get(Board, board)
        for role in (Role("admin"), Role("board.owner", title="Owns")):
            with pytest.raises(SystemFault):
                await ctx.access.give(thing, role, "person", company.member.id)
