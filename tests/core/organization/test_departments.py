"""`/api/v1/admin/organizations` and `/positions`: a tree without cycles, whoever writes at once."""

import asyncio
from typing import Any

import asyncpg
import httpx2 as httpx
import pytest
from tests.core.account.conftest import audited
from tests.core.identity.company import Company
from tests.core.organization.conftest import data, hire, refusal, rows

from maru.house import House
from maru.settings import Settings

TREE = "/api/v1/admin/organizations"
POSITIONS = "/api/v1/admin/positions"


async def made(root: httpx.AsyncClient, name: str, parent: Any = None) -> str:
    given = {"name": name, "parent_id": None if parent is None else str(parent)}
    return str(data(await root.post(TREE, json=given), 201)["id"])


async def names(root: httpx.AsyncClient) -> list[tuple[str, int]]:
    return [(one["name"], one["depth"]) for one in data(await root.get(TREE))]


class TestTree:
    async def test_grows_and_counts(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        await made(root, "국내1파트", company.sales)
        await hire(house, company, "박민수", department_id=company.makers)
        found = {one["name"]: one for one in data(await root.get(TREE))}
        assert next((one["people"], one["total"]) for one in found.values()) == (1, 3)
        assert found["영업팀"]["total"] == 1
        assert found["국내1파트"]["depth"] == 2
        assert "department.created" in await audited(house, company)

    async def test_renamed_led_and_moved(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        change = {
            "name": "연구소", "manager_id": str(company.alice), "parent_id": str(company.sales)
        }  # fmt: skip
        after = data(await root.put(f"{TREE}/{company.makers}", json=change))
        assert {name: after[name] for name in change} == change
        assert (after["manager_name"], after["depth"]) == ("김하늘", 2)
        ((key, first),) = await rows(
            house, company, "SELECT name_key, initials FROM maru.department WHERE id = :id",
            id=company.makers,
        )  # fmt: skip
        assert (key, first) == ("연구소", "ㅇㄱㅅ")

    async def test_order(self, root: httpx.AsyncClient, company: Company) -> None:
        first = await made(root, "가팀", company.top)
        answer = data(await root.put(f"{TREE}/{first}", json={"rank": 0}))
        assert answer["rank"] == 0
        assert next(name for name, depth in await names(root) if depth == 1) == "가팀"
        data(await root.put(f"{TREE}/{first}", json={"rank": 1}))
        assert [name for name, depth in await names(root) if depth == 1][1] == "가팀"

    async def test_below_itself(self, root: httpx.AsyncClient, company: Company) -> None:
        below = await made(root, "파트", company.sales)
        for parent in (str(company.sales), below):
            answer = await root.put(f"{TREE}/{company.sales}", json={"parent_id": parent})
            assert refusal(answer) == (409, "DEPARTMENT_CYCLE")

    async def test_two_moves_that_cross(self, root: httpx.AsyncClient, company: Company) -> None:
        here, there = company.sales, company.makers
        answers = await asyncio.gather(
            root.put(f"{TREE}/{here}", json={"parent_id": str(there)}),
            root.put(f"{TREE}/{there}", json={"parent_id": str(here)}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert len(await names(root)) == 3

    async def test_the_database_refuses_what_crosses(
        self, settings: Settings, company: Company
    ) -> None:
        """Whoever writes it, and though neither transaction sees the other's move."""
        one, two = [await asyncpg.connect(settings.database_url) for _ in range(2)]
        move = "UPDATE maru.department SET parent_id = $1 WHERE id = $2"
        try:
            for connection in (one, two):
                await connection.execute("BEGIN")
                await connection.execute(f"SET LOCAL maru.tenant = '{company.id}'")
            await one.execute(move, company.sales, company.makers)
            waits = asyncio.create_task(two.execute(move, company.makers, company.sales))
            done, _ = await asyncio.wait([waits], timeout=0.2)
            assert not done
            await one.execute("COMMIT")
            with pytest.raises(asyncpg.CheckViolationError):
                await waits
        finally:
            await one.close()
            await two.close()

    async def test_too_deep(self, root: httpx.AsyncClient, company: Company) -> None:
        parent: Any = company.top
        for level in range(29):
            parent = await made(root, f"{level}단계", parent)
        answer = await root.post(TREE, json={"name": "끝", "parent_id": parent})
        assert refusal(answer) == (409, "DEPARTMENT_TOO_DEEP")

    async def test_siblings_have_names_of_their_own(
        self, root: httpx.AsyncClient, company: Company
    ) -> None:
        given = {"name": "영업 팀", "parent_id": str(company.top)}
        assert refusal(await root.post(TREE, json=given)) == (409, "DEPARTMENT_EXISTS")
        await made(root, "영업팀", company.makers)

    async def test_unknown_places_and_managers(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        (gone,) = await hire(house, company, "떠난이", state="inactive")
        asked = [
            ({"parent_id": str(company.alice)}, (404, "DEPARTMENT_NOT_FOUND")),
            ({"manager_id": str(company.top)}, (404, "USER_NOT_FOUND")),
            ({"manager_id": str(gone)}, (422, "VALIDATION_FAILED")),
            ({"name": "가" * 300}, (422, "VALIDATION_FAILED")),
            ({"name": "a\x00"}, (422, "VALIDATION_FAILED")),
        ]
        for change, said in asked:
            assert refusal(await root.put(f"{TREE}/{company.sales}", json=change)) == said
        answer = await root.put(f"{TREE}/{company.alice}", json={"name": "x"})
        assert refusal(answer) == (404, "DEPARTMENT_NOT_FOUND")

    async def test_removed_only_where_nothing_refers(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        for used in (company.sales, company.top):
            assert refusal(await root.delete(f"{TREE}/{used}")) == (409, "DEPARTMENT_IN_USE")
        data(await root.delete(f"{TREE}/{company.makers}"))
        assert ("개발팀", 1) not in await names(root)
        assert "department.removed" in await audited(house, company)

    async def test_not_while_a_role_is_given_to_it(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        from maru.db.scope import Scope
        from maru.db.unit import committing

        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.rights.roles.grant(unit, "manager", "department", company.makers)
        assert refusal(await root.delete(f"{TREE}/{company.makers}")) == (409, "DEPARTMENT_IN_USE")

    async def test_members_may_not(self, alice: httpx.AsyncClient, company: Company) -> None:
        for path in (TREE, f"{TREE}/{company.top}", POSITIONS):
            assert refusal(await alice.get(path)) == (403, "PERMISSION_DENIED")


class TestPositions:
    async def test_ranked_renamed_held_and_removed(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        low = data(await root.post(POSITIONS, json={"name": "사원"}), 201)
        high = data(await root.post(POSITIONS, json={"name": "부장", "rank": 0}), 201)
        assert low["rank"] == 0
        data(await root.put(f"{POSITIONS}/{low['id']}", json={"rank": 5, "name": "매니저"}))
        found = data(await root.get(POSITIONS))
        assert [(one["name"], one["rank"]) for one in found] == [("부장", 0), ("매니저", 5)]
        held = {"position_id": high["id"]}
        seen = data(await root.put(f"/api/v1/admin/users/{company.alice}", json=held))
        assert seen["position"] == "부장"
        assert data(await root.get(f"{POSITIONS}/{high['id']}"))["people"] == 1
        answer = await root.delete(f"{POSITIONS}/{high['id']}")
        assert refusal(answer) == (409, "POSITION_IN_USE")
        data(await root.delete(f"{POSITIONS}/{low['id']}"))
        said = await audited(house, company)
        assert {"position.created", "position.changed", "position.removed"} <= set(said)

    async def test_names_occur_once(self, root: httpx.AsyncClient) -> None:
        data(await root.post(POSITIONS, json={"name": "Manager"}), 201)
        answer = await root.post(POSITIONS, json={"name": "ｍａｎａｇｅｒ"})
        assert refusal(answer) == (409, "POSITION_EXISTS")
        other = data(await root.post(POSITIONS, json={"name": "Lead"}), 201)
        answer = await root.put(f"{POSITIONS}/{other['id']}", json={"name": "MANAGER"})
        assert refusal(answer) == (409, "POSITION_EXISTS")

    async def test_me_names_it(
        self, root: httpx.AsyncClient, alice: httpx.AsyncClient, company: Company
    ) -> None:
        held = data(await root.post(POSITIONS, json={"name": "대리"}), 201)
        change = {"position_id": held["id"]}
        data(await root.put(f"/api/v1/admin/users/{company.alice}", json=change))
        assert data(await alice.get("/api/v1/users/me"))["position"] == "대리"
