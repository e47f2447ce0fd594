"""Signing in by a real domain of Active Directory: all spellings of a name, groups in groups, and
accounts that are off or over."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import ldap3
import pytest
import sqlalchemy as sa
from tests.core.federation.active import (
    BASE_DN,
    PASSWORD,
    SEARCHER,
    SECRET,
    STAFF,
    Domain,
    provision,
    serving_domain,
)
from tests.core.federation.browsing import Person
from tests.core.identity.company import Company

from maru.db.scope import Scope
from maru.house import House

pytestmark = pytest.mark.slow

LDAPS = {"security": "ldaps", "port": 636}
STARTTLS = {"security": "starttls", "port": 389}


@pytest.fixture(scope="module")
async def domain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Domain]:
    """A domain with a few people."""
    folder = Path(tmp_path_factory.mktemp("domain"))
    await asyncio.to_thread(provision, folder)
    with serving_domain(folder) as made:
        yield made


async def set_up(
    admin: Person, domain: Domain, security: str = "ldaps", port: int = 636, **given: Any
) -> None:
    """The domain as a way to sign in."""
    settings = {
        "hosts": [f"{domain.address}:{port}"],
        "security": security,
        "authority": domain.authority,
        "bind_dn": SEARCHER,
        "base_dn": BASE_DN,
        "search": "(&(objectCategory=person)(sAMAccountName={username}))",
        "subject": "objectGUID",
        "username": "sAMAccountName",
        "person_name": "displayName",
        "employee_number": "employeeID",
        "department": "department",
        "first_sign_in": "create",
        **given,
    }
    body = {
        "key": "ad",
        "kind": "ldap",
        "name": "사내 계정",
        "secret": SECRET,
        "settings": settings,
    }
    made = await admin.api("POST", "/admin/sign-in-providers", body)
    assert made.status_code == 201, made.text
    assert (await admin.api("POST", "/admin/sign-in-providers/ad/enable")).status_code == 200


async def roles_of(person: Person) -> set[str]:
    return set((await person.here.get("/api/v1/users/me")).json()["data"]["roles"])


class TestSigningIn:
    @pytest.mark.parametrize("way", [LDAPS, STARTTLS], ids=["ldaps", "starttls"])
    async def test_a_right_password_opens_a_session_and_nested_groups_give_roles(
        self, admin: Person, person: Person, domain: Domain, way: dict[str, Any]
    ) -> None:
        lines = [f"CN=모두,{STAFF} => manager"]
        await set_up(admin, domain, **way, role_map=lines)
        tried = await admin.api("POST", "/admin/sign-in-providers/ad/test")
        assert tried.json()["data"]["passed"] is True
        answer = await person.by_password("haneul", PASSWORD, provider="ad")
        assert answer.status_code == 303, answer.text
        me = (await person.here.get("/api/v1/users/me")).json()["data"]
        assert (me["username"], me["name"], me["employee_number"]) == ("haneul", "김하늘", "E-1")
        assert me["department"]["name"] == "개발팀"
        assert {"member", "manager"} <= set(me["roles"])

    async def test_every_spelling_of_a_name_is_the_same_person(
        self, admin: Person, person: Person, domain: Domain, house: House, company: Company
    ) -> None:
        await set_up(admin, domain)
        for name in ("haneul", "haneul@corp.maru.test", "Haneul@CORP.maru.test", "corp\\HANEUL"):
            person.here.cookies.clear()
            answer = await person.by_password(name, PASSWORD, provider="ad")
            assert answer.status_code == 303, name
            assert await person.username() == "haneul"
        person.here.cookies.clear()
        answer = await person.by_password("바깥.사람@partner.test", PASSWORD, provider="ad")
        assert answer.status_code == 303
        async with house.database.unit(Scope(company.id)) as unit:
            count = "SELECT count(*) FROM maru.external_identity"
            assert await unit.db.scalar(sa.text(count)) == 2

    @pytest.mark.parametrize(
        ("name", "password"),
        [
            ("haneul", "wrong"),
            ("OTHER\\haneul", PASSWORD),
            ("haneul@other.test", PASSWORD),
            ("\\haneul", PASSWORD),
            ("*\\haneul", PASSWORD),
            ("haneul@*", PASSWORD),
            ("@corp.maru.test", PASSWORD),
            ("CORP\\", PASSWORD),
            ("CORP\\*", PASSWORD),
            ("off", "wrong"),
            ("must", "wrong"),
            ("nobody", PASSWORD),
        ],
        ids=str,
    )
    async def test_nobody_else_gets_in(
        self, admin: Person, person: Person, domain: Domain, name: str, password: str
    ) -> None:
        await set_up(admin, domain)
        answer = await person.by_password(name, password, provider="ad")
        assert answer.status_code == 422
        assert "아이디 또는 비밀번호가 올바르지" in answer.text
        assert await person.username() is None

    @pytest.mark.parametrize(
        ("who", "said", "code"),
        [
            ("off", "계정이 꺼져 있습니다", "SIGN_IN_DIRECTORY_ACCOUNT_OFF"),
            ("late", "사용 기간이 끝났습니다", "SIGN_IN_DIRECTORY_ACCOUNT_EXPIRED"),
            ("must", "먼저 변경해야 합니다", "SIGN_IN_DIRECTORY_PASSWORD_EXPIRED"),
        ],
    )
    async def test_who_has_the_password_is_told_why_it_opens_nothing(
        self, admin: Person, person: Person, domain: Domain, who: str, said: str, code: str
    ) -> None:
        await set_up(admin, domain)
        answer = await person.by_password(who, PASSWORD, provider="ad")
        assert answer.status_code == 422
        assert said in answer.text
        body = {"username": who, "password": PASSWORD, "provider": "ad"}
        program = await person.here.post("/api/v1/auth/login", json=body)
        assert (program.status_code, program.json()["error"]["code"]) == (403, code)

    async def test_who_leaves_all_groups_loses_their_role(
        self, admin: Person, person: Person, domain: Domain
    ) -> None:
        await set_up(admin, domain, role_map=[f"CN=간부들,{STAFF} => manager"])
        assert (await person.by_password("haneul", PASSWORD, provider="ad")).status_code == 303
        assert "manager" in await roles_of(person)
        with domain.administering() as connection:
            group, haneul = f"CN=팀장들,{STAFF}", f"CN=haneul,{STAFF}"
            assert connection.modify(group, {"member": [(ldap3.MODIFY_DELETE, [haneul])]})
            try:
                person.here.cookies.clear()
                again = await person.by_password("haneul", PASSWORD, provider="ad")
                assert again.status_code == 303
            finally:
                assert connection.modify(group, {"member": [(ldap3.MODIFY_ADD, [haneul])]})
        assert "manager" not in await roles_of(person)

    async def test_three_spellings_are_not_three_times_as_many_guesses(
        self, admin: Person, person: Person, domain: Domain
    ) -> None:
        await set_up(admin, domain)
        for name in ("haneul", "CORP\\haneul", "haneul@corp.maru.test", "haneul", "A\\haneul"):
            await person.by_password(name, "wrong", provider="ad")
        body = {"username": "CORP\\haneul", "password": PASSWORD, "provider": "ad"}
        answer = await person.here.post("/api/v1/auth/login", json=body)
        assert answer.status_code == 429
