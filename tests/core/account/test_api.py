"""`/api/v1/auth` and `/api/v1/users` as clients see them."""

from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.account.conftest import BASE, audited, slug_of
from tests.core.identity.company import PASSWORD, Company, found_company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.identity.models import Person
from maru.settings import Settings

LOGIN = {"username": "alice", "password": PASSWORD}
ME = {
    "id", "username", "employee_number", "name", "email", "phone", "department", "position",
    "roles", "permissions", "tenant", "locale", "timezone", "photo_url", "theme", "start_page",
}  # fmt: skip


async def login(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/api/v1/auth/login", json=LOGIN)
    assert answer.status_code == 200
    return dict(answer.json()["data"])


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestAuth:
    async def test_login_gives_tokens_and_no_cookie(
        self, client: httpx.AsyncClient, company: Company
    ) -> None:
        answer = await client.post("/api/v1/auth/login", json=LOGIN)
        data = answer.json()["data"]
        assert set(data) == {"access_token", "refresh_token", "expires_in", "token_type", "user"}
        assert set(data["user"]) == ME
        assert data["user"]["id"] == str(company.alice)
        assert "set-cookie" not in answer.headers

    async def test_wrong_password(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/api/v1/auth/login", json={**LOGIN, "password": "wrong"})
        assert code(answer) == (401, "INVALID_CREDENTIALS")

    async def test_too_many(self, client: httpx.AsyncClient) -> None:
        for _ in range(5):
            await client.post("/api/v1/auth/login", json={**LOGIN, "password": "wrong"})
        answer = await client.post("/api/v1/auth/login", json=LOGIN)
        assert code(answer) == (429, "RATE_LIMITED")
        assert 1 <= int(answer.headers["retry-after"]) <= 30

    async def test_refresh_logout_and_reuse(
        self, client: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        first = await login(client)
        again = await client.post(
            "/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}
        )
        second = again.json()["data"]
        assert set(second) == set(first)
        third = await client.post(
            "/api/v1/auth/refresh", json={"refresh_token": second["refresh_token"]}
        )
        assert third.status_code == 200
        late = await client.post(
            "/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]}
        )
        assert code(late) == (401, "TOKEN_REUSED")
        assert "auth.token_reused" in await audited(house, company)

    async def test_logout_ends_the_access_token(self, client: httpx.AsyncClient) -> None:
        tokens = await login(client)
        out = await client.post(
            "/api/v1/auth/logout", json={"refresh_token": tokens["refresh_token"]}
        )
        assert out.status_code == 200
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        answer = await client.post("/api/v1/auth/verify-token", headers=bearer)
        assert code(answer) == (401, "TOKEN_INVALID")

    async def test_verify_token(self, alice: httpx.AsyncClient, company: Company) -> None:
        answer = await alice.post("/api/v1/auth/verify-token")
        data = answer.json()["data"]
        assert data["valid"] is True
        assert data["user_id"] == str(company.alice)
        assert data["tenant"] == slug_of(company)
        assert data["expires_at"].endswith("Z")

    async def test_change_password(self, alice: httpx.AsyncClient) -> None:
        new = "a sentence that is new"
        answer = await alice.post(
            "/api/v1/auth/change-password",
            json={"current_password": PASSWORD, "new_password": new},
        )
        assert answer.status_code == 200, answer.text
        del alice.headers["authorization"]
        again = await alice.post("/api/v1/auth/login", json={**LOGIN, "password": new})
        assert again.status_code == 200

    async def test_weak_new_password(self, alice: httpx.AsyncClient) -> None:
        answer = await alice.post(
            "/api/v1/auth/change-password",
            json={"current_password": PASSWORD, "new_password": "password"},
        )
        assert code(answer) == (422, "VALIDATION_FAILED")
        (field,) = answer.json()["error"]["details"]["fields"]
        assert field["path"] == "new_password"

    async def test_token_of_another_tenant(
        self, alice: httpx.AsyncClient, house: House, settings: Settings
    ) -> None:
        twin = await found_company(settings, house)
        await house.tenants.load()
        host = {"host": f"{slug_of(twin)}.{BASE}"}
        answer = await alice.get("/api/v1/users/me", headers=host)
        assert code(answer) == (403, "TENANT_MISMATCH")

    async def test_refresh_token_of_another_tenant(
        self, client: httpx.AsyncClient, house: House, settings: Settings
    ) -> None:
        tokens = await login(client)
        twin = await found_company(settings, house)
        await house.tenants.load()
        answer = await client.post(
            "/api/v1/auth/refresh",
            json={"refresh_token": tokens["refresh_token"]},
            headers={"host": f"{slug_of(twin)}.{BASE}"},
        )
        assert code(answer) == (403, "TENANT_MISMATCH")

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "null", "é" * 5, "x" * 6_000])
    async def test_rubbish_token(self, client: httpx.AsyncClient, token: str) -> None:
        headers = [(b"authorization", f"Bearer {token}".encode("latin-1"))]
        answer = await client.get("/api/v1/users/me", headers=headers)
        assert code(answer) == (401, "TOKEN_INVALID")

    async def test_nobody(self, client: httpx.AsyncClient) -> None:
        assert code(await client.get("/api/v1/users/me")) == (401, "UNAUTHENTICATED")


class TestUsers:
    async def test_me(self, alice: httpx.AsyncClient, company: Company) -> None:
        data = (await alice.get("/api/v1/users/me")).json()["data"]
        assert set(data) == ME
        assert data["department"] == {"id": str(company.sales), "name": "영업팀"}
        assert data["roles"] == ["member"]
        assert data["permissions"] == ["core:users:read"]
        assert (data["tenant"], data["locale"]) == (slug_of(company), "ko")

    async def test_change_me(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        change = {"phone": "010-1234-5678", "locale": "en", "timezone": "America/New_York"}
        answer = await alice.put("/api/v1/users/me", json=change)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        assert {name: data[name] for name in change} == change
        assert data["email"] == "alice@example.test"
        seen = (await alice.get("/api/v1/users/me")).json()["data"]
        assert seen == data
        user = await house.people.user(company.id, company.alice)
        assert user is not None
        assert user.locale == "en"
        assert "person.changed" in await audited(house, company)

    @pytest.mark.parametrize(
        "change",
        [
            {"role": "admin"}, {"roles": ["admin"]}, {"is_admin": True}, {"id": "x"},
            {"tenant_id": "x"}, {"username": "root"}, {"employee_number": "1"},
            {"timezone": "Mars/Olympus"}, {"timezone": "../../etc/passwd"}, {"locale": "xx"},
            {"phone": ["010"]}, {"phone": "call me"}, {"email": "nobody"}, {"phone": 10},
            {"photo_url": "https://evil.example/pixel.gif"}, {"photo_url": "//evil.example"},
        ],
    )  # fmt: skip
    async def test_what_nobody_may_change(
        self, alice: httpx.AsyncClient, change: dict[str, Any]
    ) -> None:
        answer = await alice.put("/api/v1/users/me", json=change)
        assert code(answer) == (422, "VALIDATION_FAILED")

    async def test_list_is_paged_and_sorted(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        await hire(house, company, "박민수", "이서연", "김도윤")
        answer = await alice.get("/api/v1/users", params={"limit": 2, "sort": "name"})
        body = answer.json()
        assert [one["name"] for one in body["data"]] == ["김도윤", "김하늘"]
        assert body["pagination"] == {"page": 1, "limit": 2, "total": 4, "totalPages": 2}
        last = await alice.get("/api/v1/users", params={"limit": 2, "page": 2, "order": "desc"})
        assert len(last.json()["data"]) == 2
        assert "password" not in answer.text

    @pytest.mark.parametrize("sort", ["name", "username", "employee_number", "created_at"])
    async def test_sorts(self, alice: httpx.AsyncClient, sort: str) -> None:
        answer = await alice.get("/api/v1/users", params={"sort": sort, "order": "desc"})
        assert answer.status_code == 200, answer.text

    async def test_unknown_sort(self, alice: httpx.AsyncClient) -> None:
        answer = await alice.get("/api/v1/users", params={"sort": "password_hash"})
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("q", "names"),
        [
            ("김", ["김도윤", "김하늘"]), ("ㄱㅎ", ["김하늘"]), ("ALI", ["김하늘"]),
            ("%", []), ("", ["김도윤", "김하늘", "박민수"]), ("\\", []),
        ],
    )  # fmt: skip
    async def test_search(
        self, alice: httpx.AsyncClient, house: House, company: Company, q: str, names: list[str]
    ) -> None:
        await hire(house, company, "박민수", "김도윤")
        answer = await alice.get("/api/v1/users", params={"q": q})
        assert answer.status_code == 200, answer.text
        assert [one["name"] for one in answer.json()["data"]] == names

    async def test_one(self, alice: httpx.AsyncClient, company: Company) -> None:
        answer = await alice.get(f"/api/v1/users/{company.alice}")
        assert answer.json()["data"]["name"] == "김하늘"

    async def test_unknown_one_and_another_tenants(
        self, alice: httpx.AsyncClient, house: House, settings: Settings
    ) -> None:
        twin = await found_company(settings, house)
        for person in (twin.alice, twin.top):
            answer = await alice.get(f"/api/v1/users/{person}")
            assert code(answer) == (404, "USER_NOT_FOUND")

    async def test_without_the_right(
        self, alice: httpx.AsyncClient, house: House, company: Company
    ) -> None:
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.rights.roles.revoke(unit, "member", "department", company.top)
        assert code(await alice.get("/api/v1/users")) == (403, "PERMISSION_DENIED")


async def hire(house: House, company: Company, *names: str) -> None:
    from maru.identity.names import sought

    async with committing(house.database.unit(Scope(company.id))) as unit:
        rows = [
            {"username": f"p{n}", "username_key": f"p{n}", "name": name, **sought(name)}
            for n, name in enumerate(names)
        ]
        await (await unit.session()).execute(sa.insert(Person), rows)
