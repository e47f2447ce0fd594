"""Whom a few letters may mean."""

from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.identity.company import Company
from tests.core.organization.conftest import data, hire

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.identity.models import Department
from maru.identity.names import given_name
from maru.identity.names import sought as keys
from maru.organization.ways import LAST, latin, pattern, phone
from maru_sdk.db import col


@pytest.mark.parametrize(
    ("q", "found"),
    [
        *(("홍", True), ("홍길동", True), ("홍 길동", True), ("홍ㄱㄷ", True), ("ㅎㄱㄷ", True)),
        *(
            ("ㅎ길", True),
            ("홍기", True),
            ("ㅎㄱㅅ", False),
            ("홍ㄱㄹ", False),
            ("길동", True),
            ("길ㄷ", True),
            ("ㄱㄷ", True),
            ("동", False),
        ),
        *(
            ("hong", True),
            ("HONGGIL", True),
            ("gildong", True),
            ("Gil-dong Hong", True),
            ("kildonghong", True),
            ("dong", False),
            ("EMP-77", True),
            ("77", False),
        ),
        *(("gd.hong@", True), ("010-7777", True), ("01077771234", True), ("010 7777", True)),
        *(
            ("개발", True),
            ("발팀", False),
            ("%", False),
            ("_", False),
            ("홍.*", False),
            ("[", False),
        ),
    ],
)
async def test_a_person_by_what_is_known_of_them(
    alice: httpx.AsyncClient, house: House, company: Company, q: str, found: bool
) -> None:
    await hire(
        house,
        company,
        "홍길동",
        employee_number="EMP-7701",
        email="gd.hong@hanbit.example",
        email_key="gd.hong@hanbit.example",
        phone="010-7777-1234",
        department_id=company.makers,
    )
    async with committing(house.database.unit(Scope(company.id))) as unit:
        there = sa.update(Department).where(col(Department.id) == company.makers)
        await (await unit.session()).execute(there.values(name_key="개발팀"))
    names = await sought(alice, "/api/v1/search/employees", q)
    assert ("홍길동" in names) is found
    assert await sought(alice, "/api/v1/search/autocomplete", q) == names[:8]


async def sought(client: httpx.AsyncClient, path: str, q: str) -> list[str]:
    found: list[dict[str, Any]] = data(await client.get(path, params={"q": q}))
    return [one["name"] for one in found]


@pytest.mark.parametrize("q", ["", "  ", "가" * 201])
async def test_nothing_and_too_much_are_refused(alice: httpx.AsyncClient, q: str) -> None:
    for path in ("employees", "autocomplete"):
        answer = await alice.get(f"/api/v1/search/{path}", params={"q": q})
        assert answer.status_code == 422


def test_letter_by_letter() -> None:
    assert pattern("홍ㄱ") == "^홍[ㄱ가-깋]"
    assert pattern("하") == "^[하-핳]"
    assert pattern("a.*") == "^a\\.\\*"


def test_phone_numbers_as_they_are_stored() -> None:
    assert phone("0107777") == "010-7777"
    assert phone("010 7777 1234") == "010-7777-1234"
    assert phone("홍길동") == LAST


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("김민준", "kim gim Kim,Min-joon gimminjun min-jun minjoonkim"),
        ("이서연", "lee yi rhee ri leeseoyeon Lee,Suh-yun seoyeon"),
        ("박지영", "park bak pak parkjiyoung jiyeong jiyoungpark"),
        ("최우성", "choi choe choiwoosung woosung"),
        ("정현수", "jung jeong chung jeonghyeonsu junghyunsoo hyunsoo"),
        ("류승희", "ryu yoo lyu ryuseunghee sunghee"),
        ("남궁석현", "namgung namkung seokhyun"),
        ("John Smith", "john johnsmith smith"),
    ],
)
def test_spellings_of_a_name_in_latin_letters(name: str, spelt: str) -> None:
    known = keys(name)
    for one in spelt.split():
        key = latin(one)
        begins = [known["latin_key"].startswith(key), known["given_latin"].startswith(key)]
        assert any(begins), (one, key, known)


def test_others_are_spelt_otherwise() -> None:
    assert not keys("김민준")["latin_key"].startswith(latin("park"))
    assert latin("김") == latin("010") == latin("-") == LAST


def test_given_names() -> None:
    assert given_name("홍길동") == "길동"
    assert given_name("남궁석현") == "석현"
    assert given_name("선우진") == "우진"
    assert given_name("John Smith") == "Smith"
    assert given_name("관리자A") == given_name("김") == ""
