"""The pages: the chart as colleagues see it, and the forms of administrators."""

import re
from typing import Any

import httpx2 as httpx
import pytest
from tests.core.identity.company import Company
from tests.core.organization.conftest import data, hire, refusal, rows
from tests.core.organization.test_sheets import workbook

from maru.house import House
from maru.jobs.runner import Runner
from maru.worker import runner_of

PEOPLE, DEPARTMENTS, POSITIONS = "/admin/people", "/admin/departments", "/admin/positions"


@pytest.fixture(scope="module")
async def runner(house: House) -> Runner:
    return runner_of(house)


async def shown(client: httpx.AsyncClient, path: str, **asked: Any) -> str:
    answer = await client.get(path, params=asked or None)
    assert answer.status_code == 200, answer.text[-1_000:]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


async def sent(client: httpx.AsyncClient, path: str, **form: Any) -> str:
    answer = await client.post(path, data=form)
    assert answer.status_code == 303, answer.text[:2_000]
    return str(answer.headers["location"])


async def refused(client: httpx.AsyncClient, path: str, **form: Any) -> str:
    answer = await client.post(path, data=form)
    assert answer.status_code == 422, answer.text[:2_000]
    return answer.text


class TestChart:
    async def test_department_people_and_person(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        await hire(house, company, "박민수", department_id=company.makers, phone="010-1")
        whole = await shown(root, "/organization")
        assert all(name in whole for name in ("본사", "영업팀", "개발팀"))
        makers = await shown(root, "/organization", department=company.makers)
        assert "박민수" in makers
        assert "김하늘" not in makers
        person = await shown(root, f"/organization/people/{company.alice}")
        assert all(word in person for word in ("김하늘", "alice@example.test", "본사 / 영업팀"))

    @pytest.mark.parametrize(("q", "found"), [("ㄱㅎㄴ", "김하늘"), ("ㅇㅇㅌ", "본사 / 영업팀")])
    async def test_search(self, alice: httpx.AsyncClient, q: str, found: str) -> None:
        assert found in await shown(alice, "/organization", q=q)

    @pytest.mark.parametrize("q", ["영업", "ㅇㅇㅌ"])
    async def test_pickers_find_departments_by_name_and_consonants(
        self, alice: httpx.AsyncClient, company: Company, q: str
    ) -> None:
        found = data(await alice.get("/api/v1/organization/departments", params={"q": q}))
        assert [(one["id"], one["path"]) for one in found] == [
            (str(company.sales), "본사 / 영업팀")
        ]
        few = await alice.get("/api/v1/organization/departments", params={"limit": 1})
        assert len(data(few)) == 1
        assert refusal(await alice.get("/api/v1/organization/departments?limit=0"))[0] == 422

    async def test_what_is_below_comes_when_it_is_opened(
        self, root: httpx.AsyncClient, alice: httpx.AsyncClient, company: Company
    ) -> None:
        given = {"name": "국내파트", "parent_id": str(company.sales)}
        data(await root.post("/api/v1/admin/organizations", json=given), 201)
        page = (await alice.get("/organization")).text
        assert "국내파트" not in page
        assert f"/organization/below/{company.sales}" in page
        part = (await alice.get(f"/organization/below/{company.sales}")).text
        assert "국내파트" in part
        assert "<html" not in part

    async def test_unknown(self, alice: httpx.AsyncClient, company: Company) -> None:
        for path in (f"below/{company.alice}", f"people/{company.top}"):
            assert (await alice.get(f"/organization/{path}")).status_code == 404
        answer = await alice.get("/organization", params={"department": str(company.alice)})
        assert answer.status_code == 404


class TestPeople:
    async def test_made_changed_and_shut_out(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        form = {"username": "jieun", "name": "박지은", "department_id": str(company.sales)}
        here = await sent(root, PEOPLE, **form)
        assert "박지은" in await shown(root, here)
        await sent(root, here, **form | {"phone": "010-22", "department_id": ""})
        ((phone, department),) = await rows(
            house, company, "SELECT phone, department_id FROM maru.person WHERE username = 'jieun'"
        )
        assert (phone, department) == ("010-22", None)
        await sent(root, f"{here}/posts", department_id=str(company.makers), position_id="")
        assert "개발팀" in await shown(root, f"/organization/people/{here.rpartition('/')[2]}")
        await sent(root, f"{here}/posts/end", department_id=str(company.makers))
        await sent(root, f"{here}/deactivate")
        assert "Deactivated" in await shown(root, here)
        assert "박지은" not in await shown(root, PEOPLE)
        assert "박지은" in await shown(root, PEOPLE, state="inactive", q="jie")
        await sent(root, f"{here}/reactivate")

    async def test_what_was_typed_stays_beside_what_is_wrong(self, root: httpx.AsyncClient) -> None:
        text = await refused(root, PEOPLE, username="ALICE", name="새 사람")
        assert "There is already a user ALICE" in text
        assert 'value="새 사람"' in text
        assert 'id="name-fault"' in await refused(root, PEOPLE, username="x", name="가" * 300)

    async def test_oneself(self, root: httpx.AsyncClient) -> None:
        me = data(await root.get("/api/v1/users/me"))["id"]
        assert "deactivate yourself" in await refused(root, f"{PEOPLE}/{me}/deactivate")

    async def test_members_find_no_way_in(self, alice: httpx.AsyncClient) -> None:
        for path in (
            PEOPLE,
            f"{PEOPLE}/import",
            "/api/v1/admin/users/export",
            DEPARTMENTS,
            POSITIONS,
        ):
            assert (await alice.get(path)).status_code == 403


class TestFiles:
    async def test_uploaded_looked_at_and_applied(
        self, root: httpx.AsyncClient, company: Company, runner: Runner, house: House
    ) -> None:
        content = workbook(["아이디", "이름", "부서"], ["n1", "신입", "개발팀"])
        answer = await root.post(f"{PEOPLE}/import", files={"file": ("명단.xlsx", content)})
        assert answer.status_code == 303, answer.text[:2_000]
        here = answer.headers["location"]
        page = (await root.get(here)).text
        assert "명단.xlsx" in page
        digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
        assert digest is not None
        await sent(root, f"{here}/apply", digest=digest[1])
        ((job_id,),) = await rows(house, company, "SELECT job_id FROM maru.people_import")
        assert "maru-job" in (await root.get(here)).text
        await runner.run(company.id, job_id)
        assert "The list is applied: 1 added" in await shown(root, here)
        assert 'href="/admin/passwords"' in (await root.get(here)).text

    async def test_faults_and_files_that_are_none(self, root: httpx.AsyncClient) -> None:
        wrong = {"file": ("a.csv", "아이디,이름\na b,x\n".encode())}
        answer = await root.post(f"{PEOPLE}/import", files=wrong)
        assert "1 fault: mend it" in await shown(root, answer.headers["location"])
        await sent(root, f"{answer.headers['location']}/give-up")
        assert (await root.get(answer.headers["location"])).status_code == 404
        for content in (b"", b"\x00", b"PK\x03\x04"):
            answer = await root.post(f"{PEOPLE}/import", files={"file": ("x.csv", content)})
            assert answer.status_code == 422
            assert 'id="file-fault"' in answer.text

    async def test_a_file_where_none_is_taken(self, root: httpx.AsyncClient) -> None:
        answer = await root.post(POSITIONS, files={"name": ("x.txt", b"x")})
        assert answer.status_code == 422

    async def test_export_is_a_list_again(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        await hire(house, company, "evil", phone="+82-10", department_id=company.sales)
        answer = await root.get("/api/v1/admin/users/export")
        assert answer.headers["content-disposition"] == 'attachment; filename="people.csv"'
        text = answer.content.decode("utf-8-sig")
        assert text.splitlines()[0].startswith("User name,Name,Employee number")
        assert "'+82-10,본사/영업팀," in text
        again = await root.post(f"{PEOPLE}/import", files={"file": ("p.csv", answer.content)})
        assert "This list changes nothing" in await shown(root, again.headers["location"])
        template = (await root.get("/api/v1/admin/users/template")).content.decode("utf-8-sig")
        assert template.startswith("User name,Name,Employee number")


class TestTree:
    async def test_made_moved_led_and_removed(
        self, root: httpx.AsyncClient, company: Company
    ) -> None:
        await sent(root, DEPARTMENTS, name="신사업팀", parent_id=str(company.top))
        found = {one["name"]: one for one in data(await root.get("/api/v1/admin/organizations"))}
        here = f"{DEPARTMENTS}/{found['신사업팀']['id']}"
        form = {"name": "신사업실", "parent_id": str(company.sales), "manager": "ALICE"}
        await sent(root, here, **form)
        page = (await root.get(here)).text
        assert all(word in page for word in ("신사업실", 'value="Alice"'))
        assert "no such user" in await refused(root, here, **form | {"manager": "nobody"})
        cycle = form | {"parent_id": here.rpartition("/")[2]}
        assert "below itself" in await refused(root, here, **cycle)
        assert "still used" in await refused(root, f"{DEPARTMENTS}/{company.sales}/remove")
        await sent(root, f"{here}/remove")
        assert (await root.get(here)).status_code == 404

    async def test_order(self, root: httpx.AsyncClient, company: Company) -> None:
        async def order() -> list[str]:
            found = data(await root.get("/api/v1/admin/organizations"))
            return [one["name"] for one in found if one["depth"] == 1]

        first = await order()
        moved = company.sales if first[0] == "영업팀" else company.makers
        await sent(root, f"{DEPARTMENTS}/{moved}/down")
        assert await order() == first[::-1]
        await sent(root, f"{DEPARTMENTS}/{moved}/up")
        assert await order() == first

    async def test_positions(self, root: httpx.AsyncClient) -> None:
        for name in ("부장", "사원"):
            await sent(root, POSITIONS, name=name)
        high, low = data(await root.get("/api/v1/admin/positions"))
        await sent(root, f"{POSITIONS}/{low['id']}/up")
        names = [one["name"] for one in data(await root.get("/api/v1/admin/positions"))]
        assert names == ["사원", "부장"]
        assert "already a position" in await refused(root, f"{POSITIONS}/{high['id']}", name="사원")
        await sent(root, f"{POSITIONS}/{high['id']}", name="팀장")
        await sent(root, f"{POSITIONS}/{low['id']}/remove")
        gone = await root.get(f"/api/v1/admin/positions/{low['id']}")
        assert refusal(gone) == (404, "POSITION_NOT_FOUND")


class TestDesign:
    """The form of every kind of field on `/design`, sent as browsers without script send it."""

    ROW = (("items.0._row", "1"), ("items.0.name", "모니터"))

    @staticmethod
    def typed(owner: Any, *more: tuple[str, str]) -> dict[str, str]:
        filled = {"title": "두 대", "amount": "1,000", "needed_on": "2026-12-01"}
        filled |= {"owner._pick": "person", "place.building": "본관", "owner": str(owner)}
        return filled | dict(TestDesign.ROW) | dict(more)

    async def test_a_form_in_order_says_so(self, root: httpx.AsyncClient, company: Company) -> None:
        typed = self.typed(company.alice, ("kind", "rent"), ("months", "3"))
        assert await sent(root, "/design", **typed) == "/design#form"

    async def test_faults_stand_beside_their_fields_and_the_chosen_keeps_its_name(
        self, root: httpx.AsyncClient, company: Company
    ) -> None:
        html = await refused(root, "/design", **self.typed(company.alice, ("kind", "rent")))
        assert 'href="#field-months"' in html
        assert html.count("This is needed") == 2  # above the form and beside the field
        assert re.search(rf'value="{company.alice}" checked><span>김하늘', html)
        assert "owner._names" not in html

    async def test_a_button_of_the_form_sends_nothing(
        self, root: httpx.AsyncClient, company: Company
    ) -> None:
        for button, seen in (
            ("add:items", 'name="items.1.name"'),
            ("seek:owner", "김하늘 · 영업팀"),
            ("draw:", 'value="두 대"'),
            ("nonsense", 'value="두 대"'),
        ):
            more = (("owner._seek", "ㄱㅎㄴ"), ("_round", button), ("title", "두 대"))
            answer = await root.post("/design", data=self.typed("", *more))
            assert answer.status_code == 200
            assert seen in answer.text
            assert "This is needed" not in answer.text

    async def test_it_is_for_those_who_run_plugins(self, alice: httpx.AsyncClient) -> None:
        assert (await alice.get("/design")).status_code == 403
        assert (await alice.get("/api/v1/design/figures")).status_code == 403
