"""An operator suspends a company through the API while a page is open and a job waits."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from httpx2 import ASGITransport, AsyncClient
from tests.core.push.world import World

from maru.db.scope import Scope
from maru.operators.accounts import OperatorAccounts
from maru.operators.tasks import Tasks
from maru.testing import TestCompany as Company

PASSWORD = "an operator's own password"


@pytest.fixture
async def operator(world: World) -> AsyncIterator[AsyncClient]:
    """An operator's program, and the scheduler's loop that does what it asks."""
    kit = world.kit
    await OperatorAccounts(kit.system, kit.house.sessions.passwords).of_demo("op", "", PASSWORD)
    tasks = Tasks(kit.house, kit.system)
    tasks.start()
    transport = ASGITransport(kit.edge)
    async with AsyncClient(transport=transport, base_url="http://localhost") as client:
        body = {"username": "op", "password": PASSWORD}
        answer = await client.post("/api/v1/operator/login", json=body)
        client.headers["authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        yield client
    await tasks.stop()


@asynccontextmanager
async def acting(operator: AsyncClient, company: Company, what: str) -> AsyncIterator[None]:
    place = f"/api/v1/operator/tenants/{company.tenant.id}/{what}"
    answer = await operator.post(place, json={"note": "점검"} if what == "suspend" else None)
    assert answer.status_code == 200, answer.text
    yield


async def state_of_the_job(world: World, company: Company) -> str:
    unit = world.kit.house.database.unit(Scope(company.tenant.id), readonly=True)
    async with unit:
        session = await unit.session()
        found = await (await session.connection()).exec_driver_sql(
            "SELECT state FROM maru.job WHERE kind = 'core.reseal' ORDER BY id LIMIT 1"
        )
        return str(found.scalar_one())


async def test_its_sockets_close_its_requests_are_refused_and_its_jobs_wait(
    world: World, operator: AsyncClient
) -> None:
    kit, company = world.kit, await world.kit.company()
    stays = await world.page()
    async with company.client(company.admin) as client:
        page = await world.page(company=company)
        rotated = await client.post("/api/v1/admin/data-keys/rotate")
        assert rotated.status_code < 300, rotated.text
        began = time.monotonic()
        async with acting(operator, company, "suspend"):
            assert (await page.ends(within=20))[0] == 4403
            assert time.monotonic() - began < 20  # two seconds, with slack for a shared machine
        await kit.house.signals.poll()
        refused = await client.get("/api/v1/users/me")
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "TENANT_SUSPENDED"
        assert refused.json()["error"]["details"]["note"] == "점검"
        await kit.work()
        assert await state_of_the_job(world, company) == "parked"
        async with acting(operator, company, "resume"):
            await kit.house.signals.poll()
            assert (await client.get("/api/v1/users/me")).status_code == 200
            await kit.work()
            assert await state_of_the_job(world, company) == "done"
    assert stays.closed is None
    await stays.close()
