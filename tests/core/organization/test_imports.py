"""Lists of people: looked at, applied as a whole by a job, stopped half-way, refused."""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.account.conftest import audited
from tests.core.identity.company import Company
from tests.core.organization.conftest import data, hire, refusal, rows
from tests.core.organization.test_sheets import workbook

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.house import House
from maru.jobs.runner import Runner
from maru.worker import runner_of

LISTS = "/api/v1/admin/users/imports"
HEAD = "아이디,이름,사번,이메일,전화,부서,직위\n"


async def upload(root: httpx.AsyncClient, content: bytes, name: str = "people.csv") -> Any:
    given = {"name": name, "content": base64.b64encode(content).decode()}
    return data(await root.post(LISTS, json=given, timeout=60), 201)


async def apply(root: httpx.AsyncClient, found: Any) -> Any:
    answer = await root.post(f"{LISTS}/{found['id']}/apply", json={"digest": found["digest"]})
    return data(answer, 202)["job_id"]


@pytest.fixture(scope="package")
async def runner(house: House) -> Runner:
    return runner_of(house)


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    said: list[str] = []

    def hear(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement)

    engine = house.database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


async def _allow(house: House, company: Company, people: int) -> None:
    """Sets the quota of people, as an operator does."""
    sql = sa.text("UPDATE maru.tenant SET quota_people = :people WHERE id = :id")
    async with (
        await Database.open(house.settings.database_system_url, pool_size=1) as system,
        committing(system.unit(NOBODY)) as unit,
    ):
        await unit.db.execute(sql, {"people": people, "id": company.id})


class TestPreview:
    async def test_new_changed_and_unchanged(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        data(await root.post("/api/v1/admin/positions", json={"name": "과장"}), 201)
        text = HEAD + (
            "alice,김하늘,77,,,본사/개발팀,과장\n"
            "root,,,,,,\n"
            "new,새 사람,88,new@example.test,010-1111-2222,개발팀,\n"
        )
        found = await upload(root, text.encode("cp949"))
        assert (found["new"], found["changed"], found["unchanged"]) == (1, 1, 1)
        assert found["faults"] == 0
        (changed,) = found["first_changed"]
        assert changed["row"] == 2
        assert [(one["field"], one["before"], one["after"]) for one in changed["differences"]] == [
            ("employee_number", "", "77"),
            ("department_id", "본사/영업팀", "본사/개발팀"),
            ("position_id", "", "과장"),
        ]
        ((count,),) = await rows(house, company, "SELECT count(*) FROM maru.person")
        assert count == 2
        assert data(await root.get(f"{LISTS}/{found['id']}")) == found

    async def test_faults_are_exact_to_row_and_column(
        self, root: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        await hire(house, company, "taken", employee_number="9")
        text = HEAD + (
            "a b,이름,,,,,\n"
            ",이름,,,,,\n"
            "c,,,,,,\n"
            f"d,{'가' * 300},,,,,\n"
            "e,이름,,nobody,,,\n"
            "f,이름,,,call me,,\n"
            "g,이름,,,,없는팀,\n"
            "h,이름,,,,,없는직위\n"
            "ｃ,이름,,,,,\n"
            "C,이름,,,,,\n"
            "i,이름,9,,,,\n"
            "j,이름,1,,,,\n"
            "k,이름,1,,,,\n"
            "l,이름,,,,,,넘침\n"
        )
        found = await upload(root, text.encode())
        assert [(one["row"], one["column"], one["code"]) for one in found["first_faults"]] == [
            (2, "아이디", "invalid"), (3, "아이디", "missing"), (4, "이름", "missing"),
            (5, "이름", "invalid"), (6, "이메일", "invalid"), (7, "전화", "invalid"),
            (8, "부서", "unknown"), (9, "직위", "unknown"), (10, "아이디", "repeated"),
            (11, "아이디", "repeated"), (12, "사번", "taken"), (14, "사번", "repeated"),
            (15, "", "too_many"),
        ]  # fmt: skip
        assert "없는팀" in found["first_faults"][6]["message"]
        answer = await root.post(f"{LISTS}/{found['id']}/apply", json={"digest": found["digest"]})
        assert refusal(answer) == (422, "PEOPLE_IMPORT_REFUSED")

    @pytest.mark.parametrize(
        ("head", "code"), [("이름,부서", "column_missing"), ("아이디,ID", "column_repeated")]
    )
    async def test_columns(self, root: httpx.AsyncClient, head: str, code: str) -> None:
        found = await upload(root, f"{head}\na,b\n".encode())
        assert [one["code"] for one in found["first_faults"]] == [code]

    async def test_ambiguous_departments_need_a_path(
        self, root: httpx.AsyncClient, company: Company
    ) -> None:
        for parent in (company.sales, company.makers):
            given = {"name": "지원파트", "parent_id": str(parent)}
            data(await root.post("/api/v1/admin/organizations", json=given), 201)
        text = "아이디,이름,부서\na,가,지원파트\nb,나,영업팀 > 지원파트\n"
        found = await upload(root, text.encode())
        assert [(one["row"], one["code"]) for one in found["first_faults"]] == [(2, "ambiguous")]

    async def test_excel(self, root: httpx.AsyncClient) -> None:
        content = workbook(["User name", "Name", "Phone", "Memo"], ["x1", "엑스", "010-1", "?"])
        found = await upload(root, content, "people.xlsx")
        assert (found["new"], found["ignored_columns"]) == (1, ["Memo"])

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00\x01\x02", b'a,"b\n'])
    async def test_broken_files(self, root: httpx.AsyncClient, content: bytes) -> None:
        given = {"name": "x", "content": base64.b64encode(content).decode()}
        assert refusal(await root.post(LISTS, json=given)) == (422, "SHEET_UNREADABLE")

    async def test_too_large(self, root: httpx.AsyncClient) -> None:
        given = {"name": "x", "content": base64.b64encode(b"x" * 10_100_000).decode()}
        assert refusal(await root.post(LISTS, json=given)) == (413, "BODY_TOO_LARGE")

    async def test_members_may_not(self, alice: httpx.AsyncClient, company: Company) -> None:
        given = {"name": "x", "content": base64.b64encode(b"a,b").decode()}
        assert refusal(await alice.post(LISTS, json=given)) == (403, "PERMISSION_DENIED")
        answer = await alice.get(f"{LISTS}/{company.id}")
        assert refusal(answer) == (403, "PERMISSION_DENIED")


class TestApplied:
    async def test_all_of_it_and_once(
        self, root: httpx.AsyncClient, house: House, company: Company, runner: Runner
    ) -> None:
        text = HEAD + "alice,김바다,,,,개발팀,\nnew,새 사람,88,N@Example.test,,개발팀,\n"
        found = await upload(root, text.encode("utf-8-sig"))
        job_id = await apply(root, found)
        assert await apply(root, found) == job_id
        await runner.run(company.id, job_id)
        done = data(await root.get(f"{LISTS}/{found['id']}"))
        assert done["applied"] == {"created": 1, "changed": 1, "unchanged": 0}
        stored = await rows(
            house, company,
            "SELECT username, name, name_key, initials, email_key, department_id, password_hash"
            " FROM maru.person WHERE username IN ('new', 'Alice') ORDER BY username",
        )  # fmt: skip
        assert [tuple(row)[:6] for row in stored] == [
            ("Alice", "김바다", "김바다", "ㄱㅂㄷ", None, company.makers),
            ("new", "새 사람", "새사람", "ㅅㅅㄹ", "n@example.test", company.makers),
        ]
        assert stored[1].password_hash is None
        moved = await rows(
            house, company, "SELECT body FROM maru.event WHERE name = 'person.moved'"
        )
        assert [row.body["person_id"] for row in moved] == [str(company.alice)]
        assert {"people.list_uploaded", "people.list_applied"} <= set(await audited(house, company))
        answer = await root.post(f"{LISTS}/{found['id']}/apply", json={"digest": "x"})
        assert refusal(answer) == (404, "PEOPLE_IMPORT_NOT_FOUND")
        ((kept,),) = await rows(
            house, company, "SELECT content FROM maru.people_import WHERE id = :id", id=found["id"]
        )
        assert kept is None

    async def test_refused_where_something_else_would_come_of_it(
        self, root: httpx.AsyncClient, house: House, company: Company, runner: Runner
    ) -> None:
        found = await upload(root, (HEAD + "new,새 사람,,,,,\n").encode())
        job_id = await apply(root, found)
        await hire(house, company, "new")
        await runner.run(company.id, job_id)
        ((state, error),) = await rows(
            house, company, "SELECT state, error FROM maru.job WHERE id = :id", id=job_id
        )
        assert state == "dead"
        assert error.startswith("PEOPLE_IMPORT_")
        answer = await root.post(f"{LISTS}/{found['id']}/apply", json={"digest": found["digest"]})
        assert refusal(answer)[0] == 422

    async def test_more_people_than_the_quota_are_refused(
        self, root: httpx.AsyncClient, house: House, company: Company, runner: Runner
    ) -> None:
        found = await upload(root, (HEAD + "new,새 사람,,,,,\nmore,또,,,,,\n").encode())
        job_id = await apply(root, found)
        await _allow(house, company, 3)
        await runner.run(company.id, job_id)
        ((state, error),) = await rows(
            house, company, "SELECT state, error FROM maru.job WHERE id = :id", id=job_id
        )
        assert state != "done"
        assert error.startswith("QUOTA_REACHED")
        ((count,),) = await rows(house, company, "SELECT count(*) FROM maru.person")
        assert count == 2
        other = await upload(root, (HEAD + "a,가,,,,,\nb,나,,,,,\n").encode())
        body = {"digest": other["digest"]}
        answer = await root.post(f"{LISTS}/{other['id']}/apply", json=body)
        assert refusal(answer) == (409, "QUOTA_REACHED")

    async def test_ten_thousand_rows_in_few_statements(
        self, root: httpx.AsyncClient, house: House, company: Company, runner: Runner
    ) -> None:
        text = HEAD + "".join(
            f"p{n},사람{n},E{n},p{n}@example.test,010-{n:04d},개발팀,\n" for n in range(10_000)
        )
        found = await upload(root, text.encode())
        assert (found["new"], found["faults"]) == (10_000, 0)
        job_id = await apply(root, found)
        with statements(house) as said:
            await runner.run(company.id, job_id)
        ((count,),) = await rows(house, company, "SELECT count(*) FROM maru.person")
        assert count == 10_002
        assert len(said) < 200
        again = await upload(root, text.encode())
        assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 10_000)
        moved = text.replace("개발팀", "영업팀")
        changed = await upload(root, moved.encode())
        assert changed["changed"] == 10_000

    async def test_stopped_half_way_nothing_is_kept(
        self,
        root: httpx.AsyncClient,
        house: House,
        company: Company,
        runner: Runner,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        from maru.organization.importing import applying

        reached, real = asyncio.Event(), applying._trail

        async def slow(ctx: Any, action: str, people: Any) -> None:
            await real(ctx, action, people)
            reached.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(applying, "_trail", slow)
        text = HEAD + "".join(f"q{n},사람{n},,,,,\n" for n in range(700))
        found = await upload(root, text.encode())
        job_id = await apply(root, found)
        running = asyncio.create_task(runner.run(company.id, job_id))
        await reached.wait()
        assert data(await root.delete(f"{LISTS}/{found['id']}")) is None
        await asyncio.wait_for(running, 30)
        ((state,),) = await rows(
            house, company, "SELECT state FROM maru.job WHERE id = :id", id=job_id
        )
        assert state == "cancelled"
        ((count,),) = await rows(house, company, "SELECT count(*) FROM maru.person")
        assert count == 2
        assert refusal(await root.get(f"{LISTS}/{found['id']}"))[0] == 404
