"""How admins set up ways to sign in: secrets stay secret, bad settings are told, passwords can be
left to admins and always open the door for them."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.federation.browsing import Person
from tests.core.federation.rogue import Rogue
from tests.core.federation.setting import SECRET, set_up
from tests.core.identity.company import HASHED, PASSWORD, Company

from maru.admin.sign_in.schemas import LdapForm, NewKey, OidcForm
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.federation.oidc.discovery import examined
from maru.house import House
from maru.web.languages import CORE, Languages

PATH = "/admin/sign-in-providers"
GOOD: dict[str, Any] = {
    "key": "corp",
    "kind": "oidc",
    "name": "한빛 계정",
    "settings": {"issuer": "https://login.corp.test", "client_id": "maru"},
}


class TestProviders:
    async def test_the_secret_is_sealed_and_never_shown(
        self, admin: Person, house: House, company: Company
    ) -> None:
        await set_up(admin, "https://login.corp.test")
        told = await admin.api("GET", f"{PATH}/corp")
        assert told.json()["data"]["has_secret"] is True
        assert SECRET not in told.text
        assert SECRET not in (await admin.here.get("/admin/sign-in/corp")).text
        async with house.database.unit(Scope(company.id)) as unit:
            kept = await unit.db.scalar(sa.text("SELECT secret FROM maru.sign_in_provider"))
            assert SECRET not in str(kept)
            lines = await unit.db.scalars(
                sa.text("SELECT coalesce(after::text, '') FROM maru.audit ORDER BY created_at, id")
            )
            assert not [line for line in lines if SECRET in line]

    async def test_a_change_without_secret_keeps_it(
        self, admin: Person, house: House, company: Company
    ) -> None:
        await set_up(admin, "https://login.corp.test")
        change = {"name": "다른 이름", "settings": GOOD["settings"]}
        changed = await admin.api("PUT", f"{PATH}/corp", change)
        assert changed.json()["data"]["name"] == "다른 이름"
        (provider,) = await house.single.providers.all(company.id)
        assert await house.single.providers.secret(company.id, provider) == SECRET

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"key": "Not A Key"}, "key"),
            ({"kind": "saml"}, "kind"),
            ({"settings": {"client_id": "maru"}}, "issuer"),
            ({"settings": {**GOOD["settings"], "algorithms": ["HS256"]}}, "algorithms"),
            ({"settings": {**GOOD["settings"], "algorithms": ["none"]}}, "algorithms"),
            ({"settings": {**GOOD["settings"], "role_map": ["no arrow"]}}, "role_map"),
            ({"settings": {**GOOD["settings"], "role_map": ["a => nobody"]}}, "role_map"),
            ({"kind": "ldap", "settings": {"hosts": ["x"]}}, "base_dn"),
            (
                {"kind": "ldap", "settings": {"hosts": ["x"], "base_dn": "d", "search": "(a=b)"}},
                "search",
            ),
        ],
        ids=str,
    )
    async def test_bad_settings_are_told_by_their_field(
        self, admin: Person, change: dict[str, Any], field: str
    ) -> None:
        answer = await admin.api("POST", PATH, {**GOOD, **change})
        assert answer.status_code == 422, answer.text
        assert field in answer.text

    async def test_a_key_is_there_once(self, admin: Person) -> None:
        assert (await admin.api("POST", PATH, GOOD)).status_code == 201
        again = await admin.api("POST", PATH, GOOD)
        assert (again.status_code, again.json()["error"]["code"]) == (
            409,
            "SIGN_IN_PROVIDER_EXISTS",
        )

    async def test_a_new_one_is_off_and_one_that_is_removed_is_gone(self, admin: Person) -> None:
        made = await admin.api("POST", PATH, GOOD)
        assert made.json()["data"]["enabled"] is False
        assert (await admin.api("DELETE", f"{PATH}/corp")).status_code in (200, 204)
        assert (await admin.api("GET", f"{PATH}/corp")).status_code == 404

    async def test_the_form_adds_changes_and_tests(self, admin: Person, rogue: Rogue) -> None:
        new = "/admin/sign-in/new/oidc"
        form = {"key": "corp", "name": "한빛", "issuer": rogue.issuer, "client_id": "maru"}
        form |= {"secret": SECRET, "algorithms": "RS256\nES256", "role_map": ""}
        added = await admin.post(new, new, **form)
        assert added.headers["location"] == "/admin/sign-in/corp/test"
        assert "모두 정상" in (await admin.here.get("/admin/sign-in/corp/test")).text
        refused = await admin.post("/admin/sign-in/corp", "/admin/sign-in/corp", name="")
        assert refused.status_code == 422
        kept = (await admin.api("GET", f"{PATH}/corp")).json()["data"]
        assert kept["settings"]["algorithms"] == ["RS256", "ES256"]

    async def test_members_may_not(
        self, admin: Person, web: httpx.ASGITransport, house: House, company: Company
    ) -> None:
        await member(house, company)
        async with Person.sitting(web, company) as bob:
            await bob.by_password("bob")
            assert (await bob.api("GET", PATH)).status_code == 403
            assert (await bob.api("POST", PATH, GOOD)).status_code == 403


class TestRoleMaps:
    """Bob sets up how people sign in and gives roles, but holds nothing else."""

    @pytest.fixture
    async def bob(
        self, web: httpx.ASGITransport, house: House, company: Company
    ) -> AsyncIterator[Person]:
        await member(house, company)
        async with committing(house.database.unit(Scope(company.id))) as unit:
            held = ["core:providers:manage", "core:rights:manage", "core:profile:read"]
            for key, name, permitted in (("door", "문지기", held), ("guest", "손님", held[2:])):
                await _role(unit, key, name, permitted)
            bob_id = await unit.db.scalar(
                sa.text("SELECT id FROM maru.person WHERE username_key = 'bob'")
            )
            await house.rights.roles.grant(unit, "door", "person", bob_id)
        async with Person.sitting(web, company) as made:
            await made.by_password("bob")
            yield made

    @pytest.mark.parametrize(
        ("role", "code"),
        [
            ("admin", "RIGHTS_ADMINISTRATORS_ONLY"),
            ("manager", "RIGHTS_BEYOND_OWN"),
            ("nobody", "SIGN_IN_ROLE_MAP"),
        ],
    )
    async def test_nobody_maps_a_role_that_they_may_not_give(
        self, admin: Person, bob: Person, role: str, code: str
    ) -> None:
        settings = {**GOOD["settings"], "role_map": [f"leads => {role}"]}
        made = await bob.api("POST", PATH, {**GOOD, "settings": settings})
        assert made.json()["error"]["code"] == code
        assert (await bob.api("POST", PATH, GOOD)).status_code == 201
        changed = await bob.api("PUT", f"{PATH}/corp", {"name": "한빛", "settings": settings})
        assert changed.json()["error"]["code"] == code
        kept = (await bob.api("GET", f"{PATH}/corp")).json()["data"]
        assert kept["settings"]["role_map"] == []

    async def test_what_they_hold_they_may_map(self, bob: Person) -> None:
        settings = {**GOOD["settings"], "role_map": ["visitors => guest"]}
        assert (await bob.api("POST", PATH, {**GOOD, "settings": settings})).status_code == 201

    async def test_a_map_of_an_administrator_stays_and_is_not_turned_to_another_source(
        self, admin: Person, bob: Person
    ) -> None:
        mapped = {**GOOD["settings"], "role_map": ["leads => manager"]}
        assert (await admin.api("POST", PATH, {**GOOD, "settings": mapped})).status_code == 201

        async def change(**settings: Any) -> httpx.Response:
            body = {"name": "한빛", "settings": {**mapped, **settings}}
            return await bob.api("PUT", f"{PATH}/corp", body)

        assert (await change(phone="phone_number")).status_code == 200
        others: list[dict[str, Any]] = [
            {"issuer": "https://login.bob.test"},
            {"client_id": "bobs"},
            {"roles": "nickname"},
            {"role_map": []},
            {"role_map": ["leads => manager", "bob => manager"]},
        ]
        for other in others:
            refused = await change(**other)
            assert refused.json()["error"]["code"] == "RIGHTS_BEYOND_OWN", other

    async def test_the_form_says_so_and_keeps_what_was_typed(self, bob: Person) -> None:
        new = "/admin/sign-in/new/oidc"
        form = {"key": "corp", "name": "한빛", "issuer": "https://login.corp.test"}
        form |= {"client_id": "maru", "algorithms": "RS256", "role_map": "leads => manager"}
        answer = await bob.post(new, new, **form)
        assert answer.status_code == 422
        assert "leads =&gt; manager" in answer.text
        assert "자신에게 없는 권한은" in answer.text


async def _role(unit: Unit, key: str, name: str, permitted: Sequence[str]) -> None:
    made = uuid4()
    role = "INSERT INTO maru.role (id, key, name) VALUES (:id, :key, :name)"
    await unit.db.execute(sa.text(role), {"id": made, "key": key, "name": name})
    permit = "INSERT INTO maru.role_permission (id, role_id, permission)"
    permit += " VALUES (gen_random_uuid(), :role, :permission)"
    rows = [{"role": made, "permission": one} for one in permitted]
    await unit.db.execute(sa.text(permit), rows)


class TestPasswords:
    async def test_left_to_admins_they_open_the_door_for_admins_alone(
        self,
        admin: Person,
        web: httpx.ASGITransport,
        house: House,
        company: Company,
    ) -> None:
        await member(house, company)
        await set_up(admin, "https://login.corp.test")
        off = await admin.post("/admin/sign-in", "/admin/sign-in", passwords="off")
        assert off.status_code == 303
        async with Person.sitting(web, company) as bob:
            page = (await bob.here.get("/login")).text
            assert 'name="password"' not in page
            assert "/login?local=1" in page
            answer = await bob.by_password("bob", page="/login?local=1")
            assert answer.status_code == 422
            assert "비밀번호 로그인이 꺼져 있습니다" in answer.text
            body = {"username": "bob", "password": PASSWORD}
            program = await bob.here.post("/api/v1/auth/login", json=body)
            assert program.json()["error"]["code"] == "SIGN_IN_PASSWORDS_OFF"
            assert (await bob.by_password("alice", page="/login?local=1")).status_code == 303

    async def test_they_count_while_there_is_no_other_way(
        self, admin: Person, web: httpx.ASGITransport, house: House, company: Company
    ) -> None:
        await member(house, company)
        assert (await admin.api("PUT", "/admin/sign-in", {"passwords": False})).status_code == 200
        async with Person.sitting(web, company) as bob:
            assert (await bob.by_password("bob")).status_code == 303

    async def test_a_provider_that_is_off_has_no_button(
        self, admin: Person, person: Person
    ) -> None:
        await set_up(admin, "https://login.corp.test")
        assert "한빛 계정" in (await person.here.get("/login")).text
        await admin.api("POST", f"{PATH}/corp/disable")
        assert "한빛 계정" not in (await person.here.get("/login")).text


def test_every_word_of_the_forms_is_translated() -> None:
    catalogue = Languages().catalogue(CORE, "ko").single
    missing = []
    for model in (OidcForm, LdapForm, NewKey):
        for part in model.model_json_schema()["properties"].values():
            words = [part.get("title"), part.get("description"), *part.get("x-titles", {}).values()]
            missing += [one for one in words if one and one not in catalogue]
    findings = examined({}, "https://login.corp.test", lambda url: True)
    missing += [one.text for one in findings if one.text not in catalogue]
    assert set(missing) <= {"LDAPS", "StartTLS"}


async def member(house: House, company: Company) -> None:
    """Bob, who is nobody in particular."""
    async with committing(house.database.unit(Scope(company.id))) as unit:
        made = "INSERT INTO maru.person (id, username, username_key, name, password_hash)"
        made += " VALUES (gen_random_uuid(), 'bob', 'bob', '박보통', :hashed)"
        await unit.db.execute(sa.text(made), {"hashed": HASHED})
