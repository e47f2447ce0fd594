"""Lists of people that say more than who they are: state, further posts, and who heads what."""

import httpx2 as httpx
from tests.core.identity.company import Company
from tests.core.organization.conftest import data, hire, rows
from tests.core.organization.test_imports import LISTS, apply, runner, upload

from maru.house import House
from maru.jobs.runner import Runner

__all__ = ["runner"]
HEAD = "아이디,이름,상태,겸직,부서장\n"


async def test_they_are_shown_first_and_then_done(
    root: httpx.AsyncClient, house: House, company: Company, runner: Runner
) -> None:
    data(await root.post("/api/v1/admin/positions", json={"name": "팀장"}), 201)
    await hire(house, company, "leaver", "mover", department_id=company.sales)
    text = HEAD + (
        "leaver,,퇴직,,\n"
        "mover,,재직,개발팀 (팀장); 본사,영업팀\n"
        "fresh,새 사람,,개발팀,\n"
        "gone,떠난 사람,퇴직,,\n"
    )
    found = await upload(root, text.encode())
    assert (found["faults"], found["new"], found["changed"]) == (0, 2, 2), found["first_faults"]
    told = {
        one["username"]: {each["field"]: each["after"] for each in one["differences"]}
        for one in found["first_changed"]
    }
    assert told == {
        "leaver": {"state": "inactive"},
        "mover": {"posts": "본사/개발팀 (팀장); 본사", "manages": "본사/영업팀"},
    }
    await runner.run(company.id, await apply(root, found))
    assert data(await root.get(f"{LISTS}/{found['id']}"))["applied"]["changed"] == 2
    states = await rows(
        house, company,
        "SELECT username, state FROM maru.person"
        " WHERE username IN ('leaver', 'mover', 'fresh', 'gone') ORDER BY username",
    )  # fmt: skip
    assert [tuple(row) for row in states] == [
        ("fresh", "active"), ("gone", "inactive"), ("leaver", "inactive"), ("mover", "active"),
    ]  # fmt: skip
    posts = await rows(
        house, company,
        "SELECT p.username, d.name, k.position_id IS NOT NULL FROM maru.post k"
        " JOIN maru.person p ON p.id = k.person_id JOIN maru.department d ON d.id = k.department_id"
        " ORDER BY p.username, d.name",
    )  # fmt: skip
    assert {tuple(row) for row in posts} == {
        ("fresh", "개발팀", False), ("mover", "개발팀", True), ("mover", "본사", False),
    }  # fmt: skip
    ((head,),) = await rows(
        house, company,
        "SELECT p.username FROM maru.department d JOIN maru.person p ON p.id = d.manager_id"
        " WHERE d.id = :id", id=company.sales,
    )  # fmt: skip
    assert head == "mover"
    left = await rows(
        house, company, "SELECT body FROM maru.event WHERE name = 'person.deactivated'"
    )
    assert len(left) == 1
    again = await upload(root, text.encode())
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 4)
    emptied = await upload(root, (HEAD + "mover,,,-,\n").encode())
    assert emptied["changed"] == 1


async def test_what_is_wrong_is_said_of_the_cell(
    root: httpx.AsyncClient, house: House, company: Company
) -> None:
    text = HEAD + (
        "alice,,쉬는 중,,\n"
        "alice2,둘,,없는 부서,\n"
        "alice3,셋,,개발팀 (없는 직위),\n"
        "alice4,넷,,개발팀; 개발팀,\n"
        "alice5,다섯,퇴직,,개발팀\n"
        "alice6,여섯,,,영업팀\n"
        "alice7,일곱,,,영업팀\n"
    )
    found = await upload(root, text.encode())
    assert [(one["row"], one["code"]) for one in found["first_faults"]] == [
        (2, "invalid"), (3, "unknown"), (4, "unknown"), (5, "repeated"), (6, "not_active"),
        (8, "repeated"),
    ]  # fmt: skip


async def test_nobody_shuts_themselves_out(root: httpx.AsyncClient, company: Company) -> None:
    found = await upload(root, (HEAD + "root,,퇴직,,\n").encode())
    body = {"digest": found["digest"]}
    answer = await root.post(f"{LISTS}/{found['id']}/apply", json=body)
    assert answer.status_code == 409, answer.text
