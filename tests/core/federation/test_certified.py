"""The code flow against the certified provider, as a browser does it."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from tests.core.federation.browsing import Person, asked, stopped
from tests.core.federation.setting import set_up
from tests.core.identity.company import Company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.identity.models import Position
from maru.identity.names import name_key

CREATING = {"first_sign_in": "create", "employee_number": "employee_number"}


async def rows(house: House, company: Company, sql: str) -> list[tuple[object, ...]]:
    async with house.database.unit(Scope(company.id)) as unit:
        found = await (await unit.session()).execute(sa.text(sql))
        return [tuple(row) for row in found]


class TestSigningIn:
    async def test_asks_for_a_code_with_everything_that_binds_it(
        self, admin: Person, person: Person, certified: str
    ) -> None:
        await set_up(admin, certified)
        sent = asked(await person.leave())
        assert sent["response_type"] == "code"
        assert sent["code_challenge_method"] == "S256"
        assert sent["scope"].split()[0] == "openid"
        assert len(sent["nonce"]) > 40
        assert len(sent["code_challenge"]) == 43
        cookie = person.here.cookies.get("maru-main-begun")
        assert cookie is not None
        assert sent["state"] not in cookie

    async def test_makes_a_person_and_fills_them_from_the_claims(
        self, admin: Person, person: Person, certified: str, house: House, company: Company
    ) -> None:
        async with committing(house.database.unit(Scope(company.id))) as unit:
            unit.db.add(Position(name="과장", name_key=name_key("과장")))
        mapping: dict[str, Any] = {
            "department": "department",
            "position": "position",
            "groups": "groups",
        }
        roles: dict[str, Any] = {"roles": "realm_access.roles", "role_map": ["managers => manager"]}
        await set_up(admin, certified, **CREATING, **mapping, **roles)
        back = await person.certified(await person.leave("/login/oidc/corp?next=/search"), "haneul")
        answer = await person.come_back(back)
        assert (answer.status_code, answer.headers["location"]) == (303, "/search")
        me = (await person.here.get("/api/v1/users/me")).json()["data"]
        assert (me["username"], me["name"], me["employee_number"]) == ("haneul", "김하늘", "E-1")
        assert me["department"]["name"] == "개발팀"
        told = "SELECT body->>'department_id' FROM maru.event WHERE name = 'person.moved'"
        assert await rows(house, company, told) == [(me["department"]["id"],)]
        assert me["position"] == "과장"
        assert {"member", "manager"} <= set(me["roles"])
        groups = "SELECT name FROM maru.person_group WHERE source = 'corp' ORDER BY name"
        assert await rows(house, company, groups) == [("개발자",), ("산악회",)]
        known = await rows(house, company, "SELECT issuer, subject FROM maru.external_identity")
        assert known == [(certified, "haneul")]
        session = "SELECT method FROM maru.session WHERE method <> 'password'"
        assert await rows(house, company, session) == [("oidc:corp",)]

    async def test_the_second_time_it_is_the_same_person(
        self, admin: Person, person: Person, certified: str, house: House, company: Company
    ) -> None:
        await set_up(admin, certified, **CREATING)
        for _ in range(2):
            person.here.cookies.clear()
            answer = await person.come_back(await person.certified(await person.leave(), "haneul"))
            assert stopped(answer) == ""
        people = "SELECT count(*) FROM maru.person WHERE username_key = 'haneul'"
        assert await rows(house, company, people) == [(1,)]

    async def test_who_is_not_known_is_refused_and_told_why(
        self, admin: Person, person: Person, certified: str, house: House, company: Company
    ) -> None:
        await set_up(admin, certified)
        answer = await person.come_back(await person.certified(await person.leave(), "stranger"))
        assert stopped(answer) == "SIGN_IN_PERSON_UNKNOWN"
        page = await person.here.get(answer.headers["location"])
        assert "관리자에게 문의" in page.text
        assert await person.username() is None
        lines = "SELECT after->>'code' FROM maru.audit WHERE action = 'auth.login_failed'"
        assert await rows(house, company, lines) == [("SIGN_IN_PERSON_UNKNOWN",)]

    async def test_a_code_opens_one_session_alone(
        self, admin: Person, person: Person, certified: str
    ) -> None:
        await set_up(admin, certified, **CREATING)
        back = await person.certified(await person.leave(), "haneul")
        cookie = person.here.cookies.get("maru-main-begun")
        assert stopped(await person.come_back(back)) == ""
        person.here.cookies.clear()
        person.here.cookies.set("maru-main-begun", cookie or "")
        assert stopped(await person.come_back(back)) == "SIGN_IN_BEGUN_ELSEWHERE"

    async def test_an_answer_is_worth_nothing_in_another_browser(
        self, admin: Person, person: Person, certified: str
    ) -> None:
        await set_up(admin, certified, **CREATING)
        back = await person.certified(await person.leave(), "haneul")
        person.here.cookies.clear()
        assert stopped(await person.come_back(back)) == "SIGN_IN_BEGUN_ELSEWHERE"
        await person.leave()  # a sign-in of its own doesn't help either
        assert stopped(await person.come_back(back)) == "SIGN_IN_BEGUN_ELSEWHERE"

    async def test_who_was_deactivated_does_not_get_in(
        self, admin: Person, person: Person, certified: str, house: House, company: Company
    ) -> None:
        await set_up(admin, certified, **CREATING)
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        async with committing(house.database.unit(Scope(company.id))) as unit:
            off = "UPDATE maru.person SET state = 'inactive' WHERE username_key = 'haneul'"
            await unit.db.execute(sa.text(off))
        person.here.cookies.clear()
        answer = await person.come_back(await person.certified(await person.leave(), "haneul"))
        assert stopped(answer) == "SIGN_IN_PERSON_INACTIVE"
        assert await person.username() is None

    async def test_a_wrong_secret_is_no_fault_of_the_person(
        self, admin: Person, person: Person, certified: str
    ) -> None:
        await set_up(admin, certified, **CREATING)
        path = "/admin/sign-in-providers/corp"
        kept = (await admin.api("GET", path)).json()["data"]
        change = {name: kept[name] for name in ("name", "rank", "settings")}
        assert (await admin.api("PUT", path, {**change, "secret": "wrong"})).status_code == 200
        answer = await person.come_back(await person.certified(await person.leave(), "haneul"))
        assert stopped(answer) == "SIGN_IN_PROVIDER_AWAY"


class TestMatching:
    @pytest.mark.parametrize(
        ("match", "who", "found"),
        [
            ("nothing", "haneul", "SIGN_IN_PERSON_UNKNOWN"),
            ("username", "haneul", ""),
            ("employee_number", "haneul", ""),
            ("email", "haneul", ""),
            ("email", "sori", "SIGN_IN_PERSON_UNKNOWN"),
        ],
    )
    async def test_existing_people_are_linked_by_what_an_admin_chose(
        self,
        admin: Person,
        person: Person,
        certified: str,
        house: House,
        company: Company,
        match: str,
        who: str,
        found: str,
    ) -> None:
        async with committing(house.database.unit(Scope(company.id))) as unit:
            for name, number in (("haneul", "E-1"), ("sori", "E-2")):
                made = sa.text(
                    "INSERT INTO maru.person (id, username, username_key, name, email, email_key,"
                    " employee_number) VALUES (gen_random_uuid(), :n, :n, :n, :m, :m, :e)"
                )
                await unit.db.execute(made, {"n": name, "m": f"{name}@corp.test", "e": number})
        await set_up(admin, certified, match=match, employee_number="employee_number")
        answer = await person.come_back(await person.certified(await person.leave(), who))
        assert stopped(answer) == found
        assert await person.username() == (None if found else who)

    async def test_a_taken_user_name_is_nobodys_without_a_match(
        self, admin: Person, person: Person, certified: str, house: House, company: Company
    ) -> None:
        async with committing(house.database.unit(Scope(company.id))) as unit:
            made = "INSERT INTO maru.person (id, username, username_key, name)"
            made += " VALUES (gen_random_uuid(), 'Haneul', 'haneul', '다른 사람')"
            await unit.db.execute(sa.text(made))
        await set_up(admin, certified, first_sign_in="create")
        answer = await person.come_back(await person.certified(await person.leave(), "haneul"))
        assert stopped(answer) == "SIGN_IN_ACCOUNT_TAKEN"


class TestRoles:
    async def test_are_taken_back_with_the_claims_and_no_others(
        self, admin: Person, person: Person, certified: str, house: House, company: Company
    ) -> None:
        given: dict[str, Any] = {
            "roles": "groups",
            "role_map": ["산악회 => manager", "개발자 => admin"],
        }
        await set_up(admin, certified, **CREATING, **given)
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        me = (await person.here.get("/api/v1/users/me")).json()["data"]
        assert {"manager", "admin"} <= set(me["roles"])
        path = "/admin/sign-in-providers/corp"
        kept = (await admin.api("GET", path)).json()["data"]
        kept["settings"]["role_map"] = ["산악회 => manager"]
        change = {name: kept[name] for name in ("name", "rank", "settings")}
        assert (await admin.api("PUT", path, change)).status_code == 200
        person.here.cookies.clear()
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        me = (await person.here.get("/api/v1/users/me")).json()["data"]
        assert "admin" not in me["roles"]
        assert {"manager", "member"} <= set(me["roles"])

    async def test_the_last_administrator_keeps_theirs(
        self, admin: Person, person: Person, certified: str, house: House, company: Company
    ) -> None:
        mapping: dict[str, Any] = {"roles": "groups", "role_map": ["개발자 => admin"]}
        await set_up(admin, certified, **CREATING, **mapping)
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        path = "/admin/sign-in-providers/corp"
        kept = (await admin.api("GET", path)).json()["data"]
        kept["settings"]["role_map"] = ["산악회 => manager"]
        change = {name: kept[name] for name in ("name", "rank", "settings")}
        assert (await admin.api("PUT", path, change)).status_code == 200
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.rights.roles.revoke(unit, "admin", "person", company.alice)
        person.here.cookies.clear()
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        me = (await person.here.get("/api/v1/users/me")).json()["data"]
        assert {"admin", "manager"} <= set(me["roles"])
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.rights.roles.grant(unit, "admin", "person", company.alice)
        person.here.cookies.clear()
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        me = (await person.here.get("/api/v1/users/me")).json()["data"]
        assert "admin" not in me["roles"]


class TestLinking:
    async def test_somebody_links_an_account_to_their_own(
        self, admin: Person, certified: str
    ) -> None:
        await set_up(admin, certified)
        page = (await admin.here.get("/login/linked")).text
        start = page.split('href="/login/oidc/corp/link?')[1].split('"')[0]
        there = await admin.leave(f"/login/oidc/corp/link?{start}")
        answer = await admin.come_back(await admin.certified(there, "stranger"))
        assert answer.headers["location"] == "/login/linked"
        assert ">stranger<" in (await admin.here.get("/login/linked")).text
        admin.here.cookies.clear()
        answer = await admin.come_back(await admin.certified(await admin.leave(), "stranger"))
        assert stopped(answer) == ""
        assert await admin.username() == "Alice"

    async def test_nobody_can_be_led_into_linking(self, admin: Person, certified: str) -> None:
        await set_up(admin, certified)
        answer = await admin.here.get("/login/oidc/corp/link")
        assert answer.headers["location"] == "/login/linked"
        answer = await admin.here.get("/login/oidc/corp/link?ticket=maru1.0.0")
        assert answer.headers["location"] == "/login/linked"

    async def test_an_account_is_one_persons(
        self, admin: Person, person: Person, certified: str
    ) -> None:
        await set_up(admin, certified, **CREATING)
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        page = (await admin.here.get("/login/linked")).text
        start = page.split('href="/login/oidc/corp/link?')[1].split('"')[0]
        there = await admin.leave(f"/login/oidc/corp/link?{start}")
        answer = await admin.come_back(await admin.certified(there, "haneul"))
        assert stopped(answer) == "SIGN_IN_LINKED_ELSEWHERE"
        assert await admin.username() == "Alice"

    async def test_a_link_can_be_taken_away(
        self, admin: Person, person: Person, certified: str
    ) -> None:
        await set_up(admin, certified, **CREATING)
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        page = (await person.here.get("/login/linked")).text
        unlink = page.split('action="/login/linked/')[1].split('"')[0]
        answer = await person.post(f"/login/linked/{unlink}", "/login/linked")
        assert answer.headers["location"] == "/login/linked"
        other = await admin.post(f"/login/linked/{unlink}", "/login/linked")
        assert other.status_code == 404
        person.here.cookies.clear()
        answer = await person.come_back(await person.certified(await person.leave(), "haneul"))
        assert stopped(answer) == "SIGN_IN_ACCOUNT_TAKEN"


class TestSigningOut:
    async def test_ends_the_session_there_too(
        self, admin: Person, person: Person, certified: str
    ) -> None:
        await set_up(admin, certified, **CREATING, sign_out=True)
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        answer = await person.post("/logout", "/login/linked")
        page = await person.here.get(answer.headers["location"])
        there = page.text.split("0;url=")[1].split('"')[0].replace("&amp;", "&")
        assert "id_token_hint" in there
        assert there.startswith(f"{certified}/session/end?")
        asking = await person.there.get(there)
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asking.text)) | {"logout": "yes"}
        done = await person.there.post(f"{certified}/session/end/confirm", data=form)
        assert done.headers["location"] == f"{person.here.base_url}/login".replace(
            "//login", "/login"
        )
        assert await person.username() is None

    async def test_ends_only_ours_unless_an_admin_wants_both(
        self, admin: Person, person: Person, certified: str
    ) -> None:
        await set_up(admin, certified, **CREATING)
        await person.come_back(await person.certified(await person.leave(), "haneul"))
        answer = await person.post("/logout", "/login/linked")
        assert answer.headers["location"] == "/login"
