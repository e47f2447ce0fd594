"""A forced change of the password, as a program and as a browser meet it."""

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.account.test_browser import FROM_US, session_cookie, sign_in, token_in
from tests.core.identity.company import PASSWORD, Company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House

LOGIN = {"username": "alice", "password": PASSWORD}
NEW = "a sentence of my own"


@pytest.fixture(autouse=True)
async def forced(house: House, company: Company) -> None:
    async with committing(house.database.unit(Scope(company.id))) as unit:
        await unit.db.execute(sa.text("UPDATE maru.person SET must_change_password = true"))


class TestProgram:
    async def test_gets_a_ticket_and_goes_on(self, client: httpx.AsyncClient) -> None:
        stopped = await client.post("/api/v1/auth/login", json=LOGIN)
        error = stopped.json()["error"]
        assert (stopped.status_code, error["code"]) == (403, "PASSWORD_CHANGE_REQUIRED")
        body = {"ticket": error["details"]["ticket"], "new_password": NEW}
        answer = await client.post("/api/v1/auth/login/new-password", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["user"]["username"] == "Alice"
        assert "set-cookie" not in answer.headers
        again = await client.post("/api/v1/auth/login/new-password", json=body)
        assert (again.status_code, again.json()["error"]["code"]) == (401, "TOKEN_INVALID")

    async def test_a_weak_one_is_told_and_the_ticket_stays(self, client: httpx.AsyncClient) -> None:
        stopped = await client.post("/api/v1/auth/login", json=LOGIN)
        ticket = stopped.json()["error"]["details"]["ticket"]
        for new in ("x", PASSWORD):
            answer = await client.post(
                "/api/v1/auth/login/new-password", json={"ticket": ticket, "new_password": new}
            )
            (field,) = answer.json()["error"]["details"]["fields"]
            assert (answer.status_code, field["path"]) == (422, "new_password")


class TestBrowser:
    async def test_is_led_through(self, client: httpx.AsyncClient) -> None:
        stopped = await sign_in(client, next="/?tab=1")
        there = stopped.headers["location"]
        assert (stopped.status_code, there) == (303, "/login/new-password?next=%2F%3Ftab%3D1")
        (cookie,) = stopped.headers.get_list("set-cookie")
        assert cookie.startswith("maru-main-step=")
        assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
        assert (await client.get("/api/v1/users/me")).status_code == 401
        page = await client.get(there)
        form = {"_csrf": token_in(page.text), "next": "/?tab=1"}
        weak = await client.post(
            "/login/new-password", data={**form, "new_password": "x"}, headers=FROM_US
        )
        assert weak.status_code == 422
        assert 'aria-invalid="true"' in weak.text
        done = await client.post(
            "/login/new-password", data={**form, "new_password": NEW}, headers=FROM_US
        )
        assert (done.status_code, done.headers["location"]) == (303, "/?tab=1")
        assert session_cookie(done)
        assert "maru-main-step" not in client.cookies
        assert (await client.get("/api/v1/users/me")).status_code == 200

    async def test_without_a_ticket(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/login/new-password")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        login = await client.get("/login")
        assert "처음부터 다시" in login.text
        form = {"_csrf": token_in(login.text), "new_password": NEW}
        answer = await client.post("/login/new-password", data=form, headers=FROM_US)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")

    async def test_a_ticket_of_another_browser(
        self, client: httpx.AsyncClient, web: httpx.ASGITransport
    ) -> None:
        await sign_in(client)
        stolen = client.cookies["maru-main-step"]
        async with httpx.AsyncClient(transport=web, base_url=client.base_url) as thief:
            form = {"_csrf": token_in((await thief.get("/login")).text), "new_password": NEW}
            thief.cookies.set("maru-main-step", stolen)
            answer = await thief.post("/login/new-password", data=form, headers=FROM_US)
            assert answer.headers["location"] == "/login"
            assert (await thief.get("/api/v1/users/me")).status_code == 401
