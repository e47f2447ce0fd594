"""Signing in by a real directory: right and wrong passwords, names that are filters, servers that
are down or not who they say."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.certificates import certify
from tests.core.federation.browsing import Person
from tests.core.federation.directory import (
    BASE_DN,
    PASSWORD,
    SEARCHER,
    SECRET,
    Directory,
    serving_directory,
)
from tests.core.identity.company import PASSWORD as OWN
from tests.core.identity.company import Company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House

MAPPED = {
    "roles": "memberOf",
    "role_map": [f"cn=팀장들,{BASE_DN} => manager"],
    "department": "departmentNumber",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A directory with a few people."""
    with serving_directory(Path(tmp_path_factory.mktemp("directory"))) as made:
        yield made


async def set_up(admin: Person, directory: Directory, **settings: Any) -> None:
    """The directory as a way to sign in."""
    body = {
        "key": "staff",
        "kind": "ldap",
        "name": "사내 디렉터리",
        "secret": SECRET,
        "settings": {
            "hosts": [f"127.0.0.1:{directory.tls}"],
            "authority": directory.authority,
            "bind_dn": SEARCHER,
            "base_dn": BASE_DN,
            "first_sign_in": "create",
            **settings,
        },
    }
    made = await admin.api("POST", "/admin/sign-in-providers", body)
    assert made.status_code == 201, made.text
    on = await admin.api("POST", "/admin/sign-in-providers/staff/enable")
    assert on.status_code == 200


async def tried(person: Person, username: str, password: str = PASSWORD) -> int:
    """The status of a sign-in: 303 goes on, 422 shows the form again."""
    answer = await person.by_password(username, password, provider="staff")
    return answer.status_code


class TestSigningIn:
    @pytest.mark.parametrize("security", ["ldaps", "starttls"])
    async def test_a_right_password_opens_a_session(
        self,
        admin: Person,
        person: Person,
        directory: Directory,
        house: House,
        company: Company,
        security: str,
    ) -> None:
        port = directory.tls if security == "ldaps" else directory.plain
        there = {"security": security, "hosts": [f"127.0.0.1:{port}"]}
        await set_up(admin, directory, **there, **MAPPED)
        assert "사내 디렉터리" in (await person.here.get("/login")).text
        assert await tried(person, "haneul") == 303
        me = (await person.here.get("/api/v1/users/me")).json()["data"]
        assert (me["username"], me["name"], me["employee_number"]) == ("haneul", "김하늘", "E-1")
        assert me["department"]["name"] == "개발팀"
        assert {"member", "manager"} <= set(me["roles"])
        async with house.database.unit(Scope(company.id)) as unit:
            found = await unit.db.execute(
                sa.text("SELECT issuer, length(subject) FROM maru.external_identity")
            )
            assert [tuple(row) for row in found] == [("ldap:staff", 36)]
            method = "SELECT count(*) FROM maru.session WHERE method = 'ldap:staff'"
            assert await unit.db.scalar(sa.text(method)) == 1

    async def test_programs_name_the_directory(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        await set_up(admin, directory)
        body = {"username": "haneul", "password": PASSWORD, "provider": "staff"}
        answer = await person.here.post("/api/v1/auth/login", json=body)
        assert answer.json()["data"]["user"]["username"] == "haneul"

    @pytest.mark.parametrize(
        ("username", "password"),
        [
            ("haneul", "wrong"),
            ("haneul", ""),
            ("empty", ""),
            ("empty", "x"),
            ("*", PASSWORD),
            ("han*", PASSWORD),
            ("haneul)(uid=*", PASSWORD),
            ("*)(objectClass=*", PASSWORD),
            ("haneul\\", PASSWORD),
            ("twin", PASSWORD),
            ("nobody", PASSWORD),
            ("haneul", f"{PASSWORD}\x00"),
            ("x" * 190, PASSWORD),
        ],
        ids=str,
    )
    async def test_nobody_else_gets_in(
        self, admin: Person, person: Person, directory: Directory, username: str, password: str
    ) -> None:
        await set_up(admin, directory)
        assert await tried(person, username, password) == 422
        assert await person.username() is None

    async def test_a_name_of_special_signs_is_only_a_name(
        self, admin: Person, person: Person, directory: Directory, house: House, company: Company
    ) -> None:
        await set_up(admin, directory, match="employee_number", first_sign_in="refuse")
        answer = await person.by_password("a*b(c)\\", PASSWORD, provider="staff")
        assert answer.status_code == 422
        async with house.database.unit(Scope(company.id)) as unit:
            codes = await unit.db.scalars(
                sa.text("SELECT after->>'code' FROM maru.audit WHERE action = 'auth.login_failed'")
            )
            assert list(codes) == ["SIGN_IN_PERSON_UNKNOWN"]  # the password was right

    @pytest.mark.parametrize("who", ["haneul", "nobody", "twin", "*"])
    async def test_a_name_that_nobody_has_costs_as_many_questions_as_a_wrong_password(
        self, admin: Person, person: Person, directory: Directory, who: str
    ) -> None:
        await set_up(admin, directory)
        before = len(directory.binds())
        assert await tried(person, who, "wrong") == 422
        bound = directory.binds()[before:]
        assert [name == SEARCHER for name in bound] == [True, False], bound

    async def test_guessing_is_slowed_down(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        await set_up(admin, directory)
        for _ in range(5):
            await tried(person, "haneul", "wrong")
        body = {"username": "haneul", "password": PASSWORD, "provider": "staff"}
        answer = await person.here.post("/api/v1/auth/login", json=body)
        assert answer.status_code == 429
        form = await person.by_password("haneul", PASSWORD, provider="staff")
        assert form.status_code == 429
        assert int(form.headers["retry-after"]) >= 1
        assert "잠시 후 다시 시도하세요" in form.text
        assert 'value="haneul"' in form.text

    async def test_deactivated_people_do_not_get_in(
        self, admin: Person, person: Person, directory: Directory, house: House, company: Company
    ) -> None:
        await set_up(admin, directory)
        assert await tried(person, "haneul") == 303
        async with committing(house.database.unit(Scope(company.id))) as unit:
            off = "UPDATE maru.person SET state = 'inactive' WHERE username_key = 'haneul'"
            await unit.db.execute(sa.text(off))
        person.here.cookies.clear()
        assert await tried(person, "haneul") == 422


class TestGroups:
    """haneul is in 팀장들, which is in 간부들, which is in 동아리, which is in 간부들 again."""

    async def test_groups_within_groups_give_roles(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        lines = [f"cn=동아리,{BASE_DN} => manager", f"cn=남의 모임,{BASE_DN} => admin"]
        await set_up(admin, directory, role_map=lines)
        assert await tried(person, "haneul") == 303
        roles = (await person.here.get("/api/v1/users/me")).json()["data"]["roles"]
        assert "manager" in roles
        assert "admin" not in roles

    @pytest.mark.parametrize(
        "given",
        [{"nested_groups": False}, {"group_base_dn": f"ou=사람,{BASE_DN}"}],
        ids=["off", "searched elsewhere"],
    )
    async def test_they_count_only_where_they_are_wanted_and_searched(
        self, admin: Person, person: Person, directory: Directory, given: dict[str, Any]
    ) -> None:
        lines = [f"cn=동아리,{BASE_DN} => admin", f"CN=팀장들,{BASE_DN} => manager"]
        await set_up(admin, directory, role_map=lines, **given)
        assert await tried(person, "haneul") == 303
        roles = (await person.here.get("/api/v1/users/me")).json()["data"]["roles"]
        assert "manager" in roles
        assert "admin" not in roles

    async def test_who_leaves_the_last_group_loses_the_role(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        await set_up(admin, directory, role_map=[f"cn=동아리,{BASE_DN} => manager"])
        assert await tried(person, "haneul") == 303
        with directory.without(f"cn=팀장들,{BASE_DN}"):
            person.here.cookies.clear()
            assert await tried(person, "haneul") == 303
        roles = (await person.here.get("/api/v1/users/me")).json()["data"]["roles"]
        assert "manager" not in roles


class TestServers:
    async def test_the_next_is_asked_where_one_is_away(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        hosts = ["127.0.0.1:1", f"127.0.0.1:{directory.tls}"]
        await set_up(admin, directory, hosts=hosts)
        assert await tried(person, "haneul") == 303

    async def test_one_that_says_nothing_costs_seconds_and_nobody_else(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(1)
            host = f"127.0.0.1:{silent.getsockname()[1]}"
            await set_up(admin, directory, hosts=[host])
            began = time.monotonic()
            answer = await person.by_password("haneul", PASSWORD, provider="staff")
            assert time.monotonic() - began < 15
            assert answer.status_code == 422
            assert "연결할 수 없습니다" in answer.text
            assert (await person.by_password("alice", OWN)).status_code == 303

    async def test_a_certificate_of_a_stranger_is_refused(
        self, admin: Person, person: Person, directory: Directory, tmp_path: Path
    ) -> None:
        stranger = certify(tmp_path, "127.0.0.1").authority.read_text()
        await set_up(admin, directory, authority=stranger)
        assert await tried(person, "haneul") == 422
        found = await admin.api("POST", "/admin/sign-in-providers/staff/test")
        assert found.json()["data"]["passed"] is False

    async def test_a_certificate_for_another_name_is_refused(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        await set_up(admin, directory, hosts=[f"127.0.0.2:{directory.tls}"])
        assert await tried(person, "haneul") == 422

    async def test_addresses_inside_are_not_dialled_unless_opened(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        await set_up(admin, directory, hosts=["10.0.0.1:636", "169.254.169.254:389"])
        assert await tried(person, "haneul") == 422

    async def test_a_wrong_secret_is_told_to_the_admin(
        self, admin: Person, person: Person, directory: Directory
    ) -> None:
        await set_up(admin, directory)
        found = await admin.api("POST", "/admin/sign-in-providers/staff/test")
        assert found.json()["data"]["passed"] is True
        path = "/admin/sign-in-providers/staff"
        kept = (await admin.api("GET", path)).json()["data"]
        change = {name: kept[name] for name in ("name", "rank", "settings")}
        assert (await admin.api("PUT", path, {**change, "secret": "wrong"})).status_code == 200
        found = await admin.api("POST", f"{path}/test")
        result = found.json()["data"]
        assert result["passed"] is False
        assert "wrong" not in found.text
        assert await tried(person, "haneul") == 422
