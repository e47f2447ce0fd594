"""Operators and people are two worlds: neither's token, cookie or page is any good in the other."""

import re
from typing import Any

import httpx2 as httpx
import pytest
from tests.core.operators.conftest import BASE, PASSWORD, World, code

from maru.operators.accounts import OperatorAccounts

ME = "/api/v1/operator/me"
LOGIN = "/api/v1/operator/login"
Tenant = dict[str, Any]


async def test_an_operator_signs_in_and_out(world: World) -> None:
    async with world.client() as client:
        answer = await client.post(LOGIN, json={"username": "ROOT", "password": PASSWORD})
        token = answer.json()["data"]["access_token"]
        assert "set-cookie" not in answer.headers
        bearer = {"authorization": f"Bearer {token}"}
        assert (await client.get(ME, headers=bearer)).json()["data"]["username"] == "root"
        assert (await client.post("/api/v1/operator/logout", headers=bearer)).status_code == 200
        assert code(await client.get(ME, headers=bearer)) == (401, "TOKEN_INVALID")


async def test_guessing_is_slowed_down_and_noted(world: World) -> None:
    async with world.client() as client:
        wrong = {"username": "nobody", "password": "wrong"}
        for _ in range(5):
            assert code(await client.post(LOGIN, json=wrong)) == (401, "INVALID_CREDENTIALS")
        assert code(await client.post(LOGIN, json=wrong)) == (429, "RATE_LIMITED")
    asked = "SELECT count(*) FROM maru.operator_audit WHERE action = 'operator.login_failed'"
    assert await world.sql(asked) >= 5
    assert await world.sql(f"{asked} AND target LIKE '%nobody%'") == 0


async def test_who_is_disabled_is_out_at_once(world: World) -> None:
    accounts = OperatorAccounts(world.system, world.house.sessions.passwords)
    await accounts.create("second", "둘째", PASSWORD)
    async with world.client() as client:
        given = {"username": "second", "password": PASSWORD}
        token = (await client.post(LOGIN, json=given)).json()["data"]["access_token"]
        bearer = {"authorization": f"Bearer {token}"}
        assert (await client.get(ME, headers=bearer)).status_code == 200
        await accounts.disable("second")
        assert code(await client.get(ME, headers=bearer)) == (401, "TOKEN_INVALID")
        assert code(await client.post(LOGIN, json=given)) == (401, "INVALID_CREDENTIALS")


class TestTwoWorlds:
    async def test_an_operators_token_is_nothing_to_a_tenant(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        token = operator.headers["authorization"]
        async with world.client(f"{tenant['slug']}.{BASE}", authorization=token) as client:
            for path in ("/api/v1/users/me", "/api/v1/users", "/api/v1/admin/plugins"):
                assert code(await client.get(path)) == (401, "TOKEN_INVALID")

    async def test_a_persons_token_and_cookie_are_nothing_to_operators(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        await world.person(tenant["slug"])
        given = {"username": "alice", "password": "alice's own password"}
        async with world.client(f"{tenant['slug']}.{BASE}") as client:
            signed = await client.post("/api/v1/auth/login", json=given)
            token = signed.json()["data"]["access_token"]
        async with world.client(authorization=f"Bearer {token}") as client:
            for path in (ME, "/api/v1/operator/tenants"):
                assert code(await client.get(path)) == (401, "TOKEN_INVALID")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ME),
            ("GET", "/api/v1/operator/tenants"),
            ("POST", "/api/v1/operator/tenants"),
            ("PUT", "/api/v1/operator/tenants/00000000-0000-0000-0000-000000000001"),
            ("POST", "/api/v1/operator/tenants/00000000-0000-0000-0000-000000000001/suspend"),
            ("POST", "/api/v1/operator/tenants/00000000-0000-0000-0000-000000000001/delete"),
            ("GET", "/api/v1/operator/tasks"),
            ("GET", "/api/v1/operator/audit"),
        ],
    )
    async def test_nobody_gets_nothing(self, world: World, method: str, path: str) -> None:
        async with world.client() as client:
            answer = await client.request(method, path, json={})
            assert code(answer) == (401, "UNAUTHENTICATED")

    async def test_its_pages_stand_at_no_tenants_host(self, world: World, tenant: Tenant) -> None:
        async with world.client(f"{tenant['slug']}.{BASE}") as client:
            assert (await client.get("/operator")).status_code == 404
        async with world.client() as client:
            assert (await client.get("/operator")).status_code == 200


class TestBrowser:
    async def signed_in(self, client: httpx.AsyncClient) -> httpx.Response:
        form = await client.get("/operator")
        token = re.search(r'name="csrf-token" content="([^"]+)"', form.text)
        assert token is not None
        fields = {"username": "root", "password": PASSWORD, "_csrf": token[1]}
        return await client.post("/operator", data=fields)

    async def test_the_form_opens_a_session_of_its_own(self, world: World) -> None:
        async with world.client() as client:
            answer = await self.signed_in(client)
            assert answer.status_code == 303, answer.text
            assert answer.headers["location"] == "/operator/tenants"
            names = {cookie.name for cookie in client.cookies.jar}
            assert "maru-operators-operator" in names
            page = await client.get("/operator/tenants")
            assert page.status_code == 200
            cookie = client.cookies["maru-operators-operator"]
            bearer = {"authorization": f"Bearer {cookie}"}
            assert code(await client.get(ME, headers=bearer)) == (401, "TOKEN_INVALID")
            assert code(await client.get(ME)) == (401, "UNAUTHENTICATED")

    async def test_without_the_token_of_the_form_nothing_happens(self, world: World) -> None:
        async with world.client() as client:
            fields = {"username": "root", "password": PASSWORD}
            assert (await client.post("/operator", data=fields)).status_code == 403

    async def test_who_isnt_signed_in_is_led_to_the_form(self, world: World) -> None:
        async with world.client() as client:
            answer = await client.get("/operator/tenants")
            assert answer.status_code == 303
            assert answer.headers["location"] == "/operator?next=/operator/tenants"

    async def test_a_tenants_page_shows_every_state(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        place = f"/api/v1/operator/tenants/{tenant['id']}"
        async with world.client() as client:
            await self.signed_in(client)
            for what, body in (
                ("suspend", {"note": "점검 중입니다"}),
                ("resume", None),
                ("export", {}),
                ("delete", {"slug": tenant["slug"], "days": 9}),
            ):
                answer = await operator.post(f"{place}/{what}", json=body)
                assert answer.status_code in (200, 202), answer.text
                page = await client.get(f"/operator/tenants/{tenant['id']}")
                assert page.status_code == 200
                assert (what == "suspend") == ("점검 중입니다" in page.text)
            for path in ("tenants", "tenants/new", "tasks", "trail"):
                assert (await client.get(f"/operator/{path}")).status_code == 200
            assert (await client.get("/operator/tenants?page=99")).status_code == 200
            assert (await client.get(f"/operator/tenants/{tenant['slug']}")).status_code == 404
