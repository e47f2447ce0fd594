"""One's own sessions and personal access tokens, and what admins see and end of others'."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.account.conftest import BASE, audited, slug_of
from tests.core.account.test_browser import FROM_US, page_token, sign_in
from tests.core.identity.company import PASSWORD, Company, eventually, found_company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.settings import Settings

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Safari/537.36"
)
SESSIONS = "/api/v1/auth/sessions"
TOKENS = "/api/v1/auth/tokens"
ME = "/api/v1/users/me"


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def login(client: httpx.AsyncClient) -> dict[str, Any]:
    body = {"username": "alice", "password": PASSWORD}
    answer = await client.post("/api/v1/auth/login", json=body)
    return dict(answer.json()["data"])


async def execute(house: House, company: Company, change: str, **args: object) -> None:
    async with committing(house.database.unit(Scope(company.id))) as unit:
        await unit.db.execute(sa.text(change), args)


@pytest.fixture
async def boss(
    web: httpx.ASGITransport, house: House, company: Company
) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator's program."""
    async with committing(house.database.unit(Scope(company.id))) as unit:
        person = (
            "INSERT INTO maru.person (id, username, username_key, name, password_hash)"
            " SELECT gen_random_uuid(), 'boss', 'boss', '관리자', password_hash FROM maru.person"
            " LIMIT 1 RETURNING id"
        )
        made = (await unit.db.execute(sa.text(person))).scalar_one()
        await house.rights.roles.grant(unit, "admin", "person", made)
    base = f"http://{slug_of(company)}.{BASE}"
    async with httpx.AsyncClient(transport=web, base_url=base) as client:
        body = {"username": "boss", "password": PASSWORD}
        answer = await client.post("/api/v1/auth/login", json=body)
        client.headers |= bearer(answer.json()["data"]["access_token"])
        yield client


class TestSessions:
    async def test_lists_and_marks_this_one(
        self, alice: httpx.AsyncClient, client: httpx.AsyncClient
    ) -> None:
        await client.post(
            "/api/v1/auth/login",
            json={"username": "alice", "password": PASSWORD},
            headers={"user-agent": CHROME},
        )
        data = (await alice.get(SESSIONS)).json()["data"]
        assert [one["current"] for one in data] == [False, True]
        assert data[0]["device"] == "Chrome · Windows"
        assert data[0]["method"] == "password"
        assert set(data[0]) == {
            *("id", "device", "method", "address", "created_at", "last_seen_at", "expires_at"),
            *("new_device", "current"),
        }

    async def test_ends_one(self, alice: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
        other = await login(client)
        data = (await alice.get(SESSIONS)).json()["data"]
        (there,) = [one["id"] for one in data if not one["current"]]
        assert (await alice.delete(f"{SESSIONS}/{there}")).status_code == 200
        gone = await alice.get(ME, headers=bearer(other["access_token"]))
        assert code(gone) == (401, "TOKEN_INVALID")
        body = {"refresh_token": other["refresh_token"]}
        assert code(await alice.post("/api/v1/auth/refresh", json=body)) == (401, "TOKEN_INVALID")
        assert code(await alice.delete(f"{SESSIONS}/{there}")) == (404, "SESSION_NOT_FOUND")

    async def test_ends_all_others(
        self, alice: httpx.AsyncClient, client: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        others = [await login(client) for _ in range(3)]
        assert (await alice.delete(SESSIONS)).status_code == 200
        for one in others:
            gone = await alice.get(ME, headers=bearer(one["access_token"]))
            assert code(gone) == (401, "TOKEN_INVALID")
        assert len((await alice.get(SESSIONS)).json()["data"]) == 1
        assert (await audited(house, company)).count("auth.session_ended") == 3

    async def test_nobody_ends_anothers(
        self, alice: httpx.AsyncClient, boss: httpx.AsyncClient
    ) -> None:
        theirs = (await boss.get(SESSIONS)).json()["data"][0]["id"]
        assert code(await alice.delete(f"{SESSIONS}/{theirs}")) == (404, "SESSION_NOT_FOUND")
        assert (await boss.get(ME)).status_code == 200

    async def test_a_browser_that_is_new_is_told_of(self, client: httpx.AsyncClient) -> None:
        async def told() -> list[bool]:
            found = await client.get(SESSIONS)
            return [one["new_device"] for one in found.json()["data"]]

        await sign_in(client)
        assert await told() == [False]
        await client.post("/logout", data={"_csrf": await page_token(client)}, headers=FROM_US)
        await sign_in(client)
        assert await told() == [False]
        client.cookies.clear()
        await sign_in(client)
        assert await told() == [True, False]

    async def test_pages(self, client: httpx.AsyncClient) -> None:
        await sign_in(client)
        await login(client)
        overview = await client.get("/preferences/security")
        assert overview.status_code == 200
        for path in ("password", "sessions", "tokens"):
            assert f"/preferences/security/{path}" in overview.text
            assert (await client.get(f"/preferences/security/{path}")).status_code == 200
        form = {"_csrf": await page_token(client)}
        done = await client.post(
            "/preferences/security/sessions/end-others", data=form, headers=FROM_US
        )
        assert done.headers["location"] == "/preferences/security/sessions"
        (mine,) = (await client.get(SESSIONS)).json()["data"]
        out = await client.post(
            f"/preferences/security/sessions/{mine['id']}/end", data=form, headers=FROM_US
        )
        assert out.headers["location"] == "/login"
        assert (await client.get(ME)).status_code == 401

    async def test_change_of_the_password_as_a_page(self, client: httpx.AsyncClient) -> None:
        await sign_in(client)
        there = "/preferences/security/password"
        form = {"_csrf": await page_token(client), "new_password": "a sentence of my own"}
        wrong = await client.post(there, data={**form, "current_password": "x"}, headers=FROM_US)
        assert (wrong.status_code, "비밀번호가 맞지 않습니다" in wrong.text) == (422, True)
        done = await client.post(
            there, data={**form, "current_password": PASSWORD}, headers=FROM_US
        )
        assert done.headers["location"] == "/preferences/security"
        assert (await client.get(ME)).status_code == 200


async def made(client: httpx.AsyncClient, *scopes: str, days: int = 30) -> str:
    wish = {"name": "백업", "scopes": list(scopes), "days": days}
    answer = await client.post(TOKENS, json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["token"])


class TestTokens:
    async def test_is_shown_once_and_works(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        token = await made(alice, "all")
        assert token.startswith("maru_pat_")
        me = await alice.get(ME, headers=bearer(token))
        assert me.json()["data"]["username"] == "Alice"
        (line,) = (await alice.get(TOKENS)).json()["data"]
        assert (line["hint"], line["scopes"]) == (token[-4:], ["all"])
        assert line["last_used_at"] is not None
        assert token not in str(line)
        async with house.database.unit(Scope(company.id)) as unit:
            kept = await unit.db.execute(sa.text("SELECT p::text FROM maru.personal_token p"))
            assert token not in str(kept.all())
        assert "auth.token_made" in await audited(house, company)

    async def test_is_kept_by_no_idempotency_key(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        wish = {"name": "x", "scopes": ["all"]}
        await alice.post(TOKENS, json=wish, headers={"idempotency-key": "one"})
        async with house.database.unit(Scope(company.id)) as unit:
            found = await unit.db.execute(sa.text("SELECT count(*) FROM maru.idempotency"))
            assert found.scalar_one() == 0

    async def test_costs_no_query_when_warm(
        self, alice: httpx.AsyncClient, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = await made(alice, "core:users:read")
        await alice.get("/api/v1/users", headers=bearer(token))

        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("the database was asked")

        with monkeypatch.context() as patch:
            patch.setattr(house.database, "unit", refuse)
            answer = await alice.get("/api/v1/users", headers=bearer(token))
        assert answer.status_code == 200

    async def test_read_changes_nothing(self, alice: httpx.AsyncClient) -> None:
        token = bearer(await made(alice, "read"))
        assert (await alice.get("/api/v1/users", headers=token)).status_code == 200
        changed = await alice.put(ME, json={"phone": "010-1"}, headers=token)
        assert code(changed) == (403, "PERMISSION_DENIED")
        checked = await alice.post("/api/v1/auth/verify-token", headers=token)
        assert checked.status_code == 200

    async def test_chosen_rights_are_the_only_ones(self, boss: httpx.AsyncClient) -> None:
        token = bearer(await made(boss, "core:jobs:manage"))
        assert (await boss.get("/api/v1/admin/jobs", headers=token)).status_code == 200
        for path in ("/api/v1/users", "/api/v1/admin/plugins"):
            refused = await boss.get(path, headers=token)
            assert code(refused) == (403, "PERMISSION_DENIED")
        me = await boss.get(ME, headers=token)
        assert me.json()["data"]["permissions"] == ["core:jobs:manage"]
        changed = await boss.put(ME, json={"phone": "010-1"}, headers=token)
        assert code(changed) == (403, "PERMISSION_DENIED")

    async def test_gives_no_more_than_its_person_has(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        for scopes in (["core:jobs:manage"], [], ["nonsense"], ["all", "read"], "all", [["all"]]):
            refused = await alice.post(TOKENS, json={"name": "x", "scopes": scopes})
            assert code(refused) == (422, "VALIDATION_FAILED"), scopes
        token = bearer(await made(alice, "core:users:read"))
        assert (await alice.get("/api/v1/users", headers=token)).status_code == 200
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.rights.roles.revoke(unit, "member", "department", company.top)

        async def refused_now() -> bool:
            return (await alice.get("/api/v1/users", headers=token)).status_code == 403

        await eventually(refused_now)

    async def test_may_not_touch_how_its_person_signs_in(self, alice: httpx.AsyncClient) -> None:
        token = bearer(await made(alice, "all"))
        body = {"current_password": PASSWORD, "new_password": "a sentence of my own"}
        answers = [
            await alice.post("/api/v1/auth/change-password", json=body, headers=token),
            await alice.get(SESSIONS, headers=token),
            await alice.delete(SESSIONS, headers=token),
            await alice.post(TOKENS, json={"name": "x", "scopes": ["all"]}, headers=token),
            await alice.get(TOKENS, headers=token),
        ]
        assert {code(one) for one in answers} == {(403, "PERMISSION_DENIED")}

    async def test_ends_in_every_process_within_two_seconds(
        self, alice: httpx.AsyncClient, settings: Settings, company: Company
    ) -> None:
        token = await made(alice, "all")
        assert (await alice.get(ME, headers=bearer(token))).status_code == 200
        async with open_house(settings.model_copy(update={"base_domain": BASE})) as other:
            personal = other.sessions.personal
            await personal.read(company.id, token)
            (line,) = (await alice.get(TOKENS)).json()["data"]
            assert (await alice.delete(f"{TOKENS}/{line['id']}")).status_code == 200
            here = await alice.get(ME, headers=bearer(token))
            assert code(here) == (401, "TOKEN_INVALID")

            async def refused() -> bool:
                try:
                    return personal.peek(token) is None
                except Exception as error:
                    return getattr(error, "code", "") == "TOKEN_INVALID"

            await eventually(refused)
        assert code(await alice.delete(f"{TOKENS}/{line['id']}")) == (404, "TOKEN_NOT_FOUND")

    async def test_expires(self, alice: httpx.AsyncClient, house: House, company: Company) -> None:
        token = await made(alice, "all")
        await execute(
            house,
            company,
            "UPDATE maru.personal_token SET expires_at = :past",
            past=datetime.now(UTC) - timedelta(seconds=1),
        )
        assert code(await alice.get(ME, headers=bearer(token))) == (401, "TOKEN_EXPIRED")

    async def test_of_another_tenant(
        self, alice: httpx.AsyncClient, house: House, settings: Settings
    ) -> None:
        token = await made(alice, "all")
        await alice.get(ME, headers=bearer(token))
        twin = await found_company(settings, house)
        await house.tenants.load()
        host = {"host": f"{slug_of(twin)}.{BASE}"}
        answer = await alice.get(ME, headers={**bearer(token), **host})
        assert code(answer) == (403, "TENANT_MISMATCH")

    @pytest.mark.parametrize("change", ["x", "maru_pat_", "maru_pat_x", "maru_pat_" + "A" * 64])
    async def test_rubbish(self, alice: httpx.AsyncClient, change: str) -> None:
        answer = await alice.get(ME, headers=bearer(change))
        assert answer.status_code in (401, 403)

    async def test_ends_when_its_person_leaves(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        token = await made(alice, "all")
        assert (await alice.get(ME, headers=bearer(token))).status_code == 200
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.sessions.end_all(unit, company.alice, "deactivated")
        assert code(await alice.get(ME, headers=bearer(token))) == (401, "TOKEN_INVALID")

    async def test_outlives_a_change_of_the_password_but_no_reset(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        token = await made(alice, "all")
        for reason, ends, status in (("password", False, 200), ("reset", True, 401)):
            async with committing(house.database.unit(Scope(company.id))) as unit:
                await house.sessions.end_all(unit, company.alice, reason, tokens=ends)
            assert (await alice.get(ME, headers=bearer(token))).status_code == status

    async def test_at_most_fifty(self, alice: httpx.AsyncClient) -> None:
        for _ in range(50):
            await made(alice, "read")
        refused = await alice.post(TOKENS, json={"name": "x", "scopes": ["read"]})
        assert code(refused) == (409, "TOO_MANY_TOKENS")

    async def test_is_made_by_a_form(self, client: httpx.AsyncClient) -> None:
        await sign_in(client)
        there = "/preferences/security/tokens"
        form = {"_csrf": await page_token(client), "name": "백업", "kind": "some", "days": "30"}
        empty = await client.post(there, data=form, headers=FROM_US)
        assert empty.status_code == 422
        form["scopes"] = "core:users:read"
        done = await client.post(there, data=form, headers=FROM_US)
        assert done.headers["location"] == there
        first, second = [(await client.get(there)).text for _ in range(2)]
        token = first.partition("maru_pat_")[2].split("<")[0].strip()
        assert len(token) == 64
        assert token not in second
        answer = await client.get("/api/v1/users", headers=bearer(f"maru_pat_{token}"))
        assert answer.status_code == 200


class TestAdmin:
    async def test_sees_and_ends_a_persons_sessions_and_tokens(
        self,
        alice: httpx.AsyncClient,
        boss: httpx.AsyncClient,
        house: House,
        company: Company,
    ) -> None:
        base = f"/api/v1/admin/users/{company.alice}"
        token = await made(alice, "all")
        await alice.get(ME, headers=bearer(token))
        (line,) = (await boss.get(f"{base}/tokens")).json()["data"]
        assert (await boss.delete(f"{base}/tokens/{line['id']}")).status_code == 200
        assert (await alice.get(ME, headers=bearer(token))).status_code == 401
        (one,) = (await boss.get(f"{base}/sessions")).json()["data"]
        assert one["current"] is False
        assert (await boss.delete(f"{base}/sessions/{one['id']}")).status_code == 200
        assert code(await alice.get(ME)) == (401, "TOKEN_INVALID")
        assert (await boss.delete(f"{base}/sessions")).status_code == 200
        nobody = f"/api/v1/admin/users/{company.top}/sessions"
        assert code(await boss.get(nobody)) == (404, "USER_NOT_FOUND")
        actions = await audited(house, company)
        assert {"auth.token_ended", "auth.session_ended"} <= set(actions)

    async def test_members_may_not(self, alice: httpx.AsyncClient, company: Company) -> None:
        base = f"/api/v1/admin/users/{company.alice}"
        for path in ("sessions", "tokens", "sign-in"):
            assert code(await alice.get(f"{base}/{path}")) == (403, "PERMISSION_DENIED")
        assert code(await alice.delete(f"{base}/sessions")) == (403, "PERMISSION_DENIED")

    async def test_pages(self, boss: httpx.AsyncClient, company: Company) -> None:
        for path in ("/admin/passwords", f"/admin/passwords/{company.alice}"):
            assert (await boss.get(path)).status_code == 200
        assert (await boss.get(f"/admin/passwords/{company.top}")).status_code == 404


async def test_fifty_refreshes_at_once(
    client: httpx.AsyncClient, house: House, company: Company
) -> None:
    body = {"refresh_token": (await login(client))["refresh_token"]}
    answers = await asyncio.gather(
        *(client.post("/api/v1/auth/refresh", json=body) for _ in range(50))
    )
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["data"]["refresh_token"] for one in answers}) == 1
