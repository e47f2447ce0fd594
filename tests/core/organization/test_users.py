"""`/api/v1/admin/users`: people are created, changed, moved, shut out and brought back."""

import asyncio
from typing import Any

import httpx2 as httpx
import pytest
from tests.core.account.conftest import audited
from tests.core.identity.company import PASSWORD, Company
from tests.core.organization.conftest import data, entered, hire, refusal, rows

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House

USERS = "/api/v1/admin/users"


async def events(house: House, company: Company, name: str) -> list[dict[str, Any]]:
    found = await rows(
        house, company, "SELECT body FROM maru.event WHERE name = :name ORDER BY number", name=name
    )
    return [row.body for row in found]


class TestCreate:
    async def test_with_everything(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        held = data(await root.post("/api/v1/admin/positions", json={"name": "과장"}), 201)
        given = {
            "username": "Jieun.Park",
            "name": "  박  지은 ",
            "employee_number": "2026-7",
            "email": "Jieun@Example.test",
            "phone": "010-1234-5678",
            "department_id": str(company.sales),
            "position_id": held["id"],
            "posts": [{"department_id": str(company.makers), "position_id": None}],
        }
        made = data(await root.post(USERS, json=given), 201)
        assert made["name"] == "박 지은"
        assert made["position"] == "과장"
        assert made["department"]["name"] == "영업팀"
        assert [post["department"]["name"] for post in made["posts"]] == ["개발팀"]
        ((stored),) = await rows(
            house, company,
            "SELECT username_key, name_key, initials, name_latin, email_key, password_hash"
            " FROM maru.person WHERE id = :id", id=made["id"],
        )  # fmt: skip
        assert tuple(stored) == (
            "jieun.park", "박지은", "ㅂㅈㅇ", "bakjieun", "jieun@example.test", None,
        )  # fmt: skip
        assert "person.created" in await audited(house, company)
        assert data(await root.get(f"{USERS}/{made['id']}")) == made

    @pytest.mark.parametrize("username", ["ALICE", "alice", "ａｌｉｃｅ", "Ａlice"])
    async def test_names_differ_by_more_than_case_and_width(
        self, root: httpx.AsyncClient, username: str
    ) -> None:
        answer = await root.post(USERS, json={"username": username, "name": "다른 사람"})
        assert refusal(answer) == (409, "USER_EXISTS")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", "가" * 300), ("name", " "), ("name", "a\x00b"), ("username", "a b"),
            ("username", "x" * 65), ("username", ""), ("email", "nobody"), ("phone", "call me"),
            ("employee_number", "9" * 51), ("department_id", "x"), ("name", None),
        ],
    )  # fmt: skip
    async def test_values_that_nobody_can_have(
        self, root: httpx.AsyncClient, field: str, value: Any
    ) -> None:
        given = {"username": "new", "name": "새 사람", field: value}
        answer = await root.post(USERS, json=given)
        assert refusal(answer) == (422, "VALIDATION_FAILED")
        assert answer.json()["error"]["details"]["fields"][0]["path"] == field

    async def test_another_tenants_department(
        self, root: httpx.AsyncClient, company: Company
    ) -> None:
        given = {"username": "new", "name": "새 사람", "department_id": str(company.id)}
        assert refusal(await root.post(USERS, json=given)) == (404, "DEPARTMENT_NOT_FOUND")

    async def test_employee_numbers_occur_once(self, root: httpx.AsyncClient) -> None:
        data(
            await root.post(USERS, json={"username": "a", "name": "가", "employee_number": "7"}),
            201,
        )
        given = {"username": "b", "name": "나", "employee_number": "7"}
        assert refusal(await root.post(USERS, json=given)) == (409, "EMPLOYEE_NUMBER_TAKEN")

    async def test_members_may_not(self, alice: httpx.AsyncClient, company: Company) -> None:
        answer = await alice.post(USERS, json={"username": "new", "name": "새 사람"})
        assert refusal(answer) == (403, "PERMISSION_DENIED")
        for path in ("", f"/{company.alice}"):
            assert refusal(await alice.get(USERS + path)) == (403, "PERMISSION_DENIED")


class TestChange:
    async def test_what_is_left_out_stays(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        before = data(await root.get(f"{USERS}/{company.alice}"))
        after = data(await root.put(f"{USERS}/{company.alice}", json={"name": "김바다"}))
        assert after == before | {"name": "김바다"}
        assert data(await root.put(f"{USERS}/{company.alice}", json={})) == after
        assert (await audited(house, company)).count("person.changed") == 1

    async def test_a_move_is_told_once(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        move = {"department_id": str(company.makers)}
        for _ in range(2):
            moved = data(await root.put(f"{USERS}/{company.alice}", json=move))
        assert moved["department"]["name"] == "개발팀"
        said = {
            "person_id": str(company.alice),
            "department_id": str(company.makers),
            "was": str(company.sales),
        }
        assert await events(house, company, "person.moved") == [said]

    async def test_a_further_post_becomes_the_main_one(
        self, root: httpx.AsyncClient, company: Company
    ) -> None:
        path = f"{USERS}/{company.alice}"
        posts = [{"department_id": str(one)} for one in (company.makers, company.top)]
        held = data(await root.put(path, json={"posts": posts}))["posts"]
        assert {one["department"]["name"] for one in held} == {"개발팀", "본사"}
        moved = data(await root.put(path, json={"department_id": str(company.makers)}))
        assert [one["department"]["name"] for one in moved["posts"]] == ["본사"]

    async def test_two_posts_in_one_department(
        self, root: httpx.AsyncClient, company: Company
    ) -> None:
        posts = [{"department_id": str(company.makers)}] * 2
        answer = await root.put(f"{USERS}/{company.alice}", json={"posts": posts})
        assert refusal(answer) == (422, "VALIDATION_FAILED")

    async def test_nobody(self, root: httpx.AsyncClient, company: Company) -> None:
        answer = await root.put(f"{USERS}/{company.top}", json={"name": "x"})
        assert refusal(answer) == (404, "USER_NOT_FOUND")


class TestLeaving:
    async def test_sessions_end_and_plugins_hear(
        self, root: httpx.AsyncClient, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        assert data(await alice.get("/api/v1/users/me"))["username"] == "Alice"
        assert data(await root.delete(f"{USERS}/{company.alice}")) is None
        assert refusal(await alice.get("/api/v1/users/me")) == (401, "TOKEN_INVALID")
        del alice.headers["authorization"]
        login = {"username": "alice", "password": PASSWORD}
        answer = await alice.post("/api/v1/auth/login", json=login)
        assert refusal(answer) == (401, "INVALID_CREDENTIALS")
        told = [{"person_id": str(company.alice)}]
        assert await events(house, company, "person.deactivated") == told
        assert "person.deactivated" in await audited(house, company)
        gone = data(await root.get(f"{USERS}/{company.alice}"))
        assert (gone["state"], gone["name"]) == ("inactive", "김하늘")
        assert data(await root.delete(f"{USERS}/{company.alice}")) is None
        assert await events(house, company, "person.deactivated") == told

    async def test_back_again(
        self, root: httpx.AsyncClient, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        data(await root.delete(f"{USERS}/{company.alice}"))
        back = data(await root.put(f"{USERS}/{company.alice}", json={"state": "active"}))
        assert back["state"] == "active"
        del alice.headers["authorization"]
        login = {"username": "alice", "password": PASSWORD}
        assert (await alice.post("/api/v1/auth/login", json=login)).status_code == 200
        assert (await audited(house, company)).count("person.reactivated") == 1

    async def test_nobody_shuts_themselves_out(self, root: httpx.AsyncClient) -> None:
        me = data(await root.get("/api/v1/users/me"))["id"]
        assert refusal(await root.delete(f"{USERS}/{me}")) == (409, "USER_IS_YOU")


class TestLastAdministrator:
    async def test_two_shut_each_other_out_at_once(
        self, web: httpx.ASGITransport, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        (other,) = await hire(house, company, "other")
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.rights.roles.grant(unit, "admin", "person", other)
        me = data(await root.get("/api/v1/users/me"))["id"]
        async with entered(web, company, "other") as rival:
            answers = await asyncio.gather(
                root.delete(f"{USERS}/{other}"), rival.delete(f"{USERS}/{me}")
            )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[0] == 200
        assert statuses[1] in (401, 403, 409)
        left = await rows(
            house, company,
            "SELECT 1 FROM maru.person p JOIN maru.role_grant g ON g.subject_id = p.id"
            " JOIN maru.role r ON r.id = g.role_id AND r.key = 'admin' WHERE p.state = 'active'",
        )  # fmt: skip
        assert len(left) == 1

    async def test_who_is_one_by_department(
        self, web: httpx.ASGITransport, house: House, company: Company
    ) -> None:
        await hire(house, company, "keeper", department_id=company.makers)
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.rights.roles.grant(unit, "admin", "department", company.makers)
        async with entered(web, company, "keeper") as keeper:
            me = data(await keeper.get("/api/v1/users/me"))["id"]
            away = {"department_id": str(company.sales)}
            answer = await keeper.put(f"{USERS}/{me}", json=away)
            assert refusal(answer) == (409, "LAST_ADMINISTRATOR")


class TestList:
    async def test_filters(self, root: httpx.AsyncClient, house: House, company: Company) -> None:
        await hire(house, company, "박민수", department_id=company.sales)
        await hire(house, company, "이서연", department_id=company.makers, state="inactive")

        async def names(**asked: Any) -> list[str]:
            answer = await root.get(USERS, params=asked)
            return [one["name"] for one in data(answer)]

        assert await names() == ["root", "김하늘", "박민수", "이서연"]
        assert await names(state="inactive") == ["이서연"]
        assert await names(department=company.sales) == ["김하늘", "박민수"]
        assert await names(department=company.top) == ["root", "김하늘", "박민수", "이서연"]
        assert await names(q="ㅂㅁ") == ["박민수"]
        assert await names(q="bakmin") == ["박민수"]
        assert await names(q="박 민") == ["박민수"]
        assert await names(q="김", department=company.makers) == []
        assert await names(sort="username", order="desc", limit=1) == ["이서연"]
        put = {"posts": [{"department_id": str(company.makers)}]}
        data(await root.put(f"{USERS}/{company.alice}", json=put))
        assert await names(department=company.makers) == ["김하늘", "이서연"]

    async def test_colleagues_see_who_works_here(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        await hire(house, company, "박민수", department_id=company.makers)
        await hire(house, company, "박지나", state="inactive")
        found = data(await alice.get("/api/v1/users/search", params={"q": "ㅂ"}))
        assert [one["name"] for one in found] == ["박민수"]
        answer = await alice.get("/api/v1/users", params={"department": str(company.makers)})
        assert [one["name"] for one in data(answer)] == ["박민수"]
        for q in ("", " ", "x" * 201):
            answer = await alice.get("/api/v1/users/search", params={"q": q})
            assert refusal(answer) == (422, "VALIDATION_FAILED")
