"""Operators have the second factors of people, in rows and under a key of the installation's."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import httpx2 as httpx
import pyotp
import pytest
import sqlalchemy as sa
from tests.core.identity.factors.device import Device
from tests.core.operators.browsing import (
    OWN,
    STEP,
    hire,
    key_in,
    question_in,
    sent,
    with_password,
)
from tests.core.operators.conftest import BASE, PASSWORD, World, code

from maru.app import serving
from maru.db.unit import committing
from maru.observability.log import Journal
from maru.operators.accounts import OperatorAccounts
from maru.operators.installation import INSTALLATION, SCOPE

LOGIN = "/api/v1/operator/login"
ME = "/api/v1/operator/me"


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client


@pytest.fixture
async def strict(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at an installation whose operators must have a second factor."""
    asked = world.house.settings.model_copy(update={"operator_second_factor": True})
    async with AsyncExitStack() as stack:
        edge = await stack.enter_async_context(
            serving(replace(world.house, settings=asked), Journal("web", "INFO"))
        )
        web = httpx.ASGITransport(edge)
        url = f"http://{BASE}"
        yield await stack.enter_async_context(httpx.AsyncClient(transport=web, base_url=url))


async def hired(world: World, name: str) -> str:
    return await hire(world.system, world.house.sessions.passwords, name)


async def with_app(world: World, client: httpx.AsyncClient, name: str) -> tuple[str, list[str]]:
    """Signs an operator in and sets up an app; its secret and the codes on paper."""
    await with_password(client, name)
    await sent(client, OWN, f"{OWN}/app")
    secret = key_in((await client.get(OWN)).text)
    fields = {"code": pyotp.TOTP(secret).at(time.time())}
    done = await sent(client, OWN, f"{OWN}/app/confirm", fields)
    assert done.status_code == 303, done.text
    sheet = (await client.get(OWN)).text.partition('class="sheet"')[2].partition("</ul>")[0]
    await later(world)
    return secret, re.findall(r"<code>([^<]+)</code>", sheet)


async def later(world: World) -> None:
    """Half a minute passes, so that the app shows another code."""
    async with committing(world.house.database.unit(SCOPE)) as unit:
        await unit.db.execute(sa.text("UPDATE maru.operator_authenticator SET last_step = 0"))


async def test_a_browser_is_asked_for_a_code_and_then_let_in(
    world: World, browser: httpx.AsyncClient
) -> None:
    name = await hired(world, "nari")
    secret, paper = await with_app(world, browser, name)
    assert len(paper) == 10
    assert secret not in str(
        await world.sql("SELECT string_agg(secret, ' ') FROM maru.operator_authenticator")
    )
    async with world.client() as other:
        stopped = await with_password(other, name)
        assert (stopped.status_code, stopped.headers["location"]) == (303, STEP)
        assert (await other.get("/operator/tenants")).status_code == 303
        wrong = await sent(other, STEP, STEP, {"code": "000000"})
        assert wrong.status_code == 422
        right = {"code": pyotp.TOTP(secret).at(time.time())}
        done = await sent(other, STEP, STEP, right)
        assert (done.status_code, done.headers["location"]) == (303, "/operator/tenants")
        assert (await other.get("/operator/tenants")).status_code == 200
    async with world.client() as third:
        await with_password(third, name)
        assert (await sent(third, STEP, STEP, right)).status_code == 422  # each code once
        assert (await sent(third, STEP, STEP, {"code": paper[0]})).status_code == 303
    async with world.client() as fourth:
        await with_password(fourth, name)
        assert (await sent(fourth, STEP, STEP, {"code": paper[0]})).status_code == 422


async def test_a_program_gets_a_ticket_and_goes_on_with_a_code(
    world: World, browser: httpx.AsyncClient
) -> None:
    name = await hired(world, "dami")
    secret, _ = await with_app(world, browser, name)
    async with world.client() as client:
        stopped = await client.post(LOGIN, json={"username": name, "password": PASSWORD})
        assert code(stopped) == (403, "SECOND_FACTOR_REQUIRED")
        body = {"ticket": stopped.json()["error"]["details"]["ticket"], "code": "000000"}
        step = f"{LOGIN}/second-factor"
        assert code(await client.post(step, json=body)) == (401, "SECOND_FACTOR_WRONG")
        body["code"] = pyotp.TOTP(secret).at(time.time())
        token = (await client.post(step, json=body)).json()["data"]["access_token"]
        me = await client.get(ME, headers={"authorization": f"Bearer {token}"})
        assert me.json()["data"]["username"] == name
        await OperatorAccounts(world.system, world.house.sessions.passwords).set_password(
            name, "quite another password of theirs"
        )
        assert code(await client.post(step, json=body)) == (401, "TOKEN_INVALID")


async def test_a_browsers_ticket_is_nothing_to_a_program_or_another_browser(
    world: World, browser: httpx.AsyncClient
) -> None:
    name = await hired(world, "sori")
    secret, _ = await with_app(world, browser, name)
    async with world.client() as first, world.client() as second:
        await with_password(first, name)
        ticket = first.cookies["maru-operators-operator-step"]
        body = {"ticket": ticket, "code": pyotp.TOTP(secret).at(time.time())}
        answer = await second.post(f"{LOGIN}/second-factor", json=body)
        assert code(answer) == (401, "TOKEN_INVALID")
        await second.get("/operator")
        second.cookies.set("maru-operators-operator-step", ticket, domain=BASE)
        assert (await second.get(STEP)).headers["location"] == "/operator"


async def test_a_passkey_does_too(world: World, browser: httpx.AsyncClient) -> None:
    name, device = await hired(world, "garam"), Device(f"http://{BASE}")
    await with_password(browser, name)
    token, options = question_in((await browser.get(OWN)).text)
    made = {"name": "열쇠", "token": token, "answer": device.make(options)}
    done = await sent(browser, OWN, f"{OWN}/passkeys", made)
    assert done.status_code == 303, done.text
    assert "열쇠" in (await browser.get(OWN)).text
    async with world.client() as other:
        await with_password(other, name)
        token, options = question_in((await other.get(STEP)).text)
        answer = {"token": token, "answer": device.prove(options)}
        done = await sent(other, STEP, f"{STEP}/passkey", answer)
        assert (done.status_code, done.headers["location"]) == (303, "/operator/tenants")
        again = await other.post(f"{STEP}/passkey", data=answer)
        assert again.status_code in (303, 403, 422)
    async with world.client() as third:
        await with_password(third, name)
        assert (await sent(third, STEP, f"{STEP}/passkey", answer)).status_code == 422


async def test_where_it_is_asked_nobody_gets_in_without_one(
    world: World, strict: httpx.AsyncClient
) -> None:
    name = await hired(world, "bora")
    stopped = await with_password(strict, name)
    assert stopped.headers["location"] == STEP
    refused = await strict.post(LOGIN, json={"username": name, "password": PASSWORD})
    assert code(refused) == (403, "SECOND_FACTOR_REQUIRED")
    await sent(strict, STEP, f"{STEP}/begin")
    secret = key_in((await strict.get(STEP)).text)
    fields = {"code": pyotp.TOTP(secret).at(time.time())}
    done = await sent(strict, STEP, f"{STEP}/confirm", fields)
    assert (done.status_code, done.headers["location"]) == (303, OWN)
    kept = await sent(strict, OWN, f"{OWN}/app/remove", {"password": PASSWORD})
    assert kept.status_code == 409
    assert (await strict.get(OWN)).status_code == 200


async def test_taking_one_away_wants_the_password(world: World, browser: httpx.AsyncClient) -> None:
    name = await hired(world, "maro")
    await with_app(world, browser, name)
    wrong = await sent(browser, OWN, f"{OWN}/app/remove", {"password": "wrong"})
    assert wrong.status_code == 422
    right = await sent(browser, OWN, f"{OWN}/app/remove", {"password": PASSWORD})
    assert right.status_code == 303
    async with world.client() as other:
        assert (await with_password(other, name)).headers["location"] == "/operator/tenants"
    told = "SELECT string_agg(action, ' ' ORDER BY id) FROM maru.operator_audit WHERE operator = :n"
    trail = await world.sql(told, n=name)
    assert "operator.factor_added" in trail
    assert "operator.factor_removed" in trail


async def test_a_lost_phone_is_put_right_from_the_command_line(
    world: World, browser: httpx.AsyncClient
) -> None:
    name = await hired(world, "haru")
    await with_app(world, browser, name)
    accounts = OperatorAccounts(world.system, world.house.sessions.passwords)
    await accounts.forget_factors(name)
    assert (await browser.get(OWN)).status_code == 303  # the session has ended too
    async with world.client() as other:
        assert (await with_password(other, name)).headers["location"] == "/operator/tenants"


async def test_the_key_that_seals_is_the_installations_own(world: World) -> None:
    name = await hired(world, "dalbit")
    async with world.client() as client:
        await with_app(world, client, name)
    assert await world.sql(
        "SELECT bool_and(tenant_id = :own) FROM maru.operator_authenticator", own=INSTALLATION.id
    )
    ring = await world.house.services.vault.ring(INSTALLATION.id)
    secret = await world.sql(
        "SELECT secret FROM maru.operator_authenticator ORDER BY id DESC LIMIT 1"
    )
    assert ring.active.hex in secret
