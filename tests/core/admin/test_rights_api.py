"""`/api/v1/admin/roles`, `/grants`, `/groups`, `/rights/why` and their pages, as an admin meets
them."""

import re
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient
from tests.contract.conftest import world
from tests.contract.world import Firm, World, eventually

__all__ = ["world"]

ROLES, GRANTS, GROUPS, WHY = (
    f"/api/v1/admin/{name}" for name in ("roles", "grants", "groups", "rights/why")
)
READ, WRITE = "kinds:note:read", "kinds:note:write"


@pytest.fixture
def ours(world: World) -> Firm:
    return world.ours


async def made(client: AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def role(ours: Firm, name: str, *permissions: str) -> Any:
    return await made(ours.admin, ROLES, name=name, permissions=list(permissions))


async def given(ours: Firm, role_id: str, to: UUID, **more: Any) -> Any:
    body = {"role_id": role_id, "subject_kind": "person", "subject_id": str(to), **more}
    return await made(ours.admin, GRANTS, **body)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestApi:
    async def test_a_role_is_given_used_and_taken(self, ours: Firm) -> None:
        await ours.on()
        one = await role(ours, "기록 담당", "core:audit:read", "core:rights:manage")
        member = ours.company.member.id
        assert (await ours.member.get(ROLES)).status_code == 403
        grant = await given(ours, one["id"], member)

        async def status() -> int:
            return (await ours.member.get(ROLES)).status_code

        await eventually(status, 200)
        found = await ours.data(f"{GRANTS}?role_id={one['id']}")
        assert [(each["subject_name"], each["resource"]) for each in found] == [
            (ours.company.member.name, None)
        ]
        # who has the right to change rights gives what they hold, and nothing more
        body = {"name": "더 큰 역할", "permissions": ["core:jobs:manage"]}
        refused = await ours.member.post(ROLES, json=body)
        assert code(refused) == (403, "RIGHTS_BEYOND_OWN")
        assert (await ours.admin.delete(f"{GRANTS}/{grant['id']}")).status_code == 200
        await eventually(status, 403)

    async def test_a_role_that_is_given_goes_only_when_told(self, ours: Firm) -> None:
        one = await role(ours, "임시", "core:audit:read")
        await given(ours, one["id"], ours.company.member.id)
        refused = await ours.admin.delete(f"{ROLES}/{one['id']}")
        assert code(refused) == (409, "ROLE_GRANTED")
        assert refused.json()["error"]["details"]["grants"] == 1
        gone = await ours.admin.delete(f"{ROLES}/{one['id']}?with_grants=true")
        assert gone.status_code == 200
        assert code(await ours.admin.get(f"{ROLES}/{one['id']}")) == (404, "ROLE_NOT_FOUND")

    async def test_the_last_administrator_stays(self, ours: Firm) -> None:
        admin = ours.company.admin.id
        held = await ours.data(f"{GRANTS}?subject_kind=person&subject_id={admin}")
        (own,) = [each for each in held if each["role_key"] == "admin"]
        refused = await ours.admin.delete(f"{GRANTS}/{own['id']}")
        assert code(refused) == (409, "LAST_ADMINISTRATOR")

    async def test_groups(self, ours: Firm) -> None:
        outer = await made(ours.admin, GROUPS, name="바깥")
        inner = await made(ours.admin, GROUPS, name="안")
        member = ours.company.member.id
        put_in = await ours.admin.put(f"{GROUPS}/{outer['id']}/groups/{inner['id']}")
        assert [one["name"] for one in put_in.json()["data"]["inside"]] == ["안"]
        back = await ours.admin.put(f"{GROUPS}/{inner['id']}/groups/{outer['id']}")
        assert code(back) == (409, "GROUP_CIRCLE")
        joined = await ours.admin.put(f"{GROUPS}/{inner['id']}/members/{member}")
        assert [one["id"] for one in joined.json()["data"]["members"]] == [str(member)]
        again = await ours.admin.post(GROUPS, json={"name": "안"})
        assert code(again) == (409, "GROUP_EXISTS")
        for one in (inner, outer):
            assert (await ours.admin.delete(f"{GROUPS}/{one['id']}")).status_code == 200

    async def test_why(self, ours: Firm) -> None:
        await ours.on()
        member, admin = ours.company.member.id, ours.company.admin.id
        no = await ours.data(f"{WHY}?person_id={member}&permission=core:audit:read")
        assert (no["allowed"], no["obstacle"]) == (False, "no_role")
        assert "admin" in [one["key"] for one in no["others"]]
        yes = await ours.data(f"{WHY}?person_id={admin}&permission=core:audit:read")
        assert yes["allowed"]
        assert (yes["ways"][0]["kind"], yes["ways"][0]["role_key"]) == ("person", "admin")
        await ours.off()
        off = await ours.data(f"{WHY}?person_id={admin}&permission={READ}")
        assert off["obstacle"] == "plugin_off"
        await ours.on()

    async def test_of_another_company_nothing_is_there(self, world: World) -> None:
        theirs = await role(world.theirs, "그들의 역할", "core:audit:read")
        assert (await world.ours.admin.get(f"{ROLES}/{theirs['id']}")).status_code == 404
        body = {
            "role_id": theirs["id"],
            "subject_kind": "person",
            "subject_id": str(world.ours.company.member.id),
        }
        assert code(await world.ours.admin.post(GRANTS, json=body)) == (404, "ROLE_NOT_FOUND")
        mine = await role(world.ours, "우리의 역할", "core:audit:read")
        body |= {"role_id": mine["id"], "subject_id": str(world.theirs.company.member.id)}
        assert code(await world.ours.admin.post(GRANTS, json=body)) == (404, "SUBJECT_NOT_FOUND")

    @pytest.mark.parametrize(
        "body",
        [
            {"name": ""},
            {"name": "x" * 61},
            {"name": "a\u0000b"},
            {"name": "보이지\u200b않는"},
            {"name": "모름", "permissions": ["kinds:moon:land"]},
            {"name": "숫자", "rank": 0},
        ],
    )
    async def test_bad_roles(self, ours: Firm, body: dict[str, Any]) -> None:
        assert (await ours.admin.post(ROLES, json=body)).status_code == 422


PAGES = (
    "/admin/rights",
    "/admin/rights/grants",
    "/admin/rights/grants/new?q=m",
    "/admin/rights/groups",
    "/admin/rights/why?q=member&permission=core:audit:read",
    "/admin/rights/why?q=nobody&permission=core:audit:read",
)


class TestPages:
    async def test_are_drawn(self, ours: Firm) -> None:
        roles = await ours.data(ROLES)
        one = await made(ours.admin, GROUPS, name="그려질 그룹")
        own = await role(ours, "그려질 역할")
        paths = [
            *PAGES,
            *(f"/admin/rights/roles/{each['id']}" for each in roles[:4]),
            f"/admin/rights/roles/{own['id']}/delete",
            f"/admin/rights/groups/{one['id']}?q=m",
        ]
        for path in paths:
            answer = await ours.admin.get(path)
            assert answer.status_code == 200, (path, answer.text)
            assert (await ours.member.get(path)).status_code == 403, path

    async def test_forms_say_what_is_wrong_with_what_was_typed(self, ours: Firm) -> None:
        roles = await ours.data(ROLES)
        builtin = next(one for one in roles if one["key"] == "admin")
        path = f"/admin/rights/roles/{builtin['id']}"
        form = {"name": "Administrator", "rank": "10", "permissions": ["core:audit:read"]}
        answer = await posted(ours, path, path, form)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text

    async def test_a_form_gives_and_takes(self, ours: Firm) -> None:
        one = await role(ours, "양식으로 준 역할", "core:audit:read")
        member = ours.company.member.id
        new = "/admin/rights/grants/new"
        form = {"subject": f"person:{member}", "role_id": one["id"], "scope_id": "", "resource": ""}
        answer = await posted(ours, new, new, form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/rights/grants")
        (grant,) = await ours.data(f"{GRANTS}?role_id={one['id']}")
        take = f"/admin/rights/grants/{grant['id']}/take"
        answer = await posted(ours, "/admin/rights/grants", take, {})
        assert answer.status_code == 303
        assert await ours.data(f"{GRANTS}?role_id={one['id']}") == []
        wrong = {**form, "subject": "somebody", "role_id": one["id"]}
        answer = await posted(ours, new, new, wrong)
        assert answer.status_code == 422

    async def test_the_last_administrator_is_told_so(self, ours: Firm) -> None:
        admin = ours.company.admin.id
        held = await ours.data(f"{GRANTS}?subject_kind=person&subject_id={admin}")
        (own,) = [each for each in held if each["role_key"] == "admin"]
        take = f"/admin/rights/grants/{own['id']}/take"
        answer = await posted(ours, "/admin/rights/grants", take, {})
        assert answer.status_code in (409, 422)
        assert "마지막 관리자" in answer.text or "last administrator" in answer.text


async def posted(ours: Firm, shown: str, to: str, form: dict[str, Any]) -> Any:
    """A form of a page, sent as a browser sends it."""
    page = await ours.admin.get(shown)
    found = re.search(r'name="_csrf" value="([^"]+)"', page.text)
    token = found.group(1) if found else ""
    origin = {"sec-fetch-site": "same-origin"}
    return await ours.admin.post(to, data={"_csrf": token, **form}, headers=origin)
