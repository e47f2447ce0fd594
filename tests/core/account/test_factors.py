"""Second factors as programs and administrators meet them; browsers have journeys of their own."""

import time
from uuid import uuid4

import httpx2 as httpx
import pyotp
import pytest
import sqlalchemy as sa
from tests.core.identity.company import PASSWORD, Company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House

LOGIN = {"username": "alice", "password": PASSWORD}
STEP = "/api/v1/auth/login/second-factor"
RULE = "/api/v1/admin/second-factor"


async def app_of(client: httpx.AsyncClient, house: House, company: Company) -> str:
    """Sets up an app for alice through her own page; its secret, as the page shows it."""
    tokens = (await client.post("/api/v1/auth/login", json=LOGIN)).json()["data"]
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    await client.post("/preferences/two-step/app", headers=bearer)
    page = await client.get("/preferences/two-step", headers=bearer)
    secret = page.text.partition('<code class="key">')[2].partition("</code>")[0].replace(" ", "")
    code = pyotp.TOTP(secret).at(time.time())
    done = await client.post(
        "/preferences/two-step/app/confirm", data={"code": code}, headers=bearer
    )
    assert done.status_code == 303, done.text
    async with committing(house.database.unit(Scope(company.id))) as unit:  # half a minute passes
        await unit.db.execute(sa.text("UPDATE maru.authenticator SET last_step = 0"))
    return secret


async def administrator(client: httpx.AsyncClient, house: House, company: Company) -> None:
    """Alice administers, and the client speaks for her from now on."""
    async with committing(house.database.unit(Scope(company.id))) as unit:
        await house.rights.roles.grant(unit, "admin", "person", company.alice)
    tokens = (await client.post("/api/v1/auth/login", json=LOGIN)).json()["data"]
    client.headers["authorization"] = f"Bearer {tokens['access_token']}"


async def test_a_program_gets_a_ticket_and_goes_on_with_a_code(
    client: httpx.AsyncClient, house: House, company: Company
) -> None:
    secret = await app_of(client, house, company)
    stopped = await client.post("/api/v1/auth/login", json=LOGIN)
    error = stopped.json()["error"]
    assert (stopped.status_code, error["code"]) == (403, "SECOND_FACTOR_REQUIRED")
    body = {"ticket": error["details"]["ticket"], "code": "000000"}
    wrong = await client.post(STEP, json=body)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "SECOND_FACTOR_WRONG")
    body["code"] = pyotp.TOTP(secret).at(time.time())
    right = await client.post(STEP, json=body)
    assert right.status_code == 200, right.text
    assert right.json()["data"]["user"]["username"] == "Alice"
    again = await client.post(STEP, json=body)
    assert again.json()["error"]["code"] == "SECOND_FACTOR_WRONG"


@pytest.mark.parametrize("ticket", ["", "nonsense", "a.b.c"])
async def test_a_ticket_of_nobody(client: httpx.AsyncClient, ticket: str) -> None:
    answer = await client.post(STEP, json={"ticket": ticket, "code": "123456"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "TOKEN_INVALID")


async def test_administrators_say_who_must_have_one(
    client: httpx.AsyncClient, house: House, company: Company
) -> None:
    await administrator(client, house, company)
    found = (await client.get(RULE)).json()["data"]
    assert found == {"who": "nobody", "roles": [], "people": 1, "covered": 0}
    for body in ({"who": "roles"}, {"who": "roles", "roles": ["king"]}, {"who": "somebody"}):
        refused = await client.put(RULE, json=body)
        assert refused.status_code == 422, body
    done = await client.put(RULE, json={"who": "roles", "roles": ["admin"]})
    assert done.json()["data"]["roles"] == ["admin"]
    stopped = await client.post("/api/v1/auth/login", json=LOGIN)
    assert stopped.json()["error"]["code"] == "SECOND_FACTOR_REQUIRED"


async def test_administrators_take_a_lost_one_away(
    client: httpx.AsyncClient, house: House, company: Company
) -> None:
    await administrator(client, house, company)
    await app_of(client, house, company)
    nobody = await client.delete(f"/api/v1/admin/users/{uuid4()}/factors")
    assert nobody.json()["error"]["code"] == "USER_NOT_FOUND"
    done = await client.delete(f"/api/v1/admin/users/{company.alice}/factors")
    assert done.status_code == 200
    assert (await client.post("/api/v1/auth/login", json=LOGIN)).status_code == 200


async def test_members_do_neither(client: httpx.AsyncClient, company: Company) -> None:
    tokens = (await client.post("/api/v1/auth/login", json=LOGIN)).json()["data"]
    client.headers["authorization"] = f"Bearer {tokens['access_token']}"
    for refused in (
        await client.get(RULE),
        await client.put(RULE, json={"who": "everyone"}),
        await client.delete(f"/api/v1/admin/users/{company.alice}/factors"),
    ):
        assert refused.status_code == 403
