"""A web process and the scheduler's loop for operators, over one database."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from tests.engines import Engines, copy_of, settings_for

from maru.app import serving
from maru.db.database import Database
from maru.db.scope import NOBODY, Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.identity.accounts import Accounts
from maru.observability.log import Journal
from maru.operators.accounts import OperatorAccounts
from maru.operators.metering import Meter
from maru.operators.tasks import Tasks
from maru_sdk.db import uuid7

BASE = "maru.test"
PASSWORD = "an operator's own password"
QUICK = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1)


@dataclass(frozen=True)
class World:
    """The processes, and how they are asked."""

    house: House
    system: Database
    tasks: Tasks
    meter: Meter
    web: httpx.ASGITransport

    def client(self, host: str = BASE, **headers: str) -> httpx.AsyncClient:
        """Somebody at a host."""
        url = f"http://{host}"
        return httpx.AsyncClient(transport=self.web, base_url=url, headers=headers)

    async def sql(self, statement: str, **values: Any) -> Any:
        """The first value of a statement of the system role."""
        async with committing(self.system.unit(NOBODY)) as unit:
            found = await unit.db.execute(sa.text(statement), values)
            return (
                found.scalar()
                if isinstance(found, sa.CursorResult) and found.returns_rows
                else None
            )

    async def person(self, slug: str, username: str = "alice") -> None:
        """A person of a tenant who can sign in."""
        house, tenant = self.house, self.house.tenants.by_slug(slug)
        assert tenant is not None
        accounts = Accounts(
            house.people, house.sessions, house.services.audit, house.sessions.passwords
        )
        async with committing(house.database.unit(Scope(tenant.id))) as unit:
            await accounts.create(unit, username, "앨리스", password="alice's own password")


@pytest.fixture(scope="module")
async def world(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        name = await stack.enter_async_context(copy_of(engines, template))
        data = tmp_path_factory.mktemp("data")
        settings = settings_for(engines, name, base_domain=BASE, instance="operators", data=data)
        house = await stack.enter_async_context(open_house(settings))
        house.sessions.passwords.hasher = QUICK
        system = await stack.enter_async_context(
            await Database.open(settings.database_system_url, pool_size=3)
        )
        await OperatorAccounts(system, house.sessions.passwords).create("root", "운영자", PASSWORD)
        edge = await stack.enter_async_context(serving(house, Journal("web", "INFO")))
        tasks = Tasks(house, system)
        tasks.start()
        stack.push_async_callback(tasks.stop)
        meter = Meter(house.database, system)
        yield World(house, system, tasks, meter, httpx.ASGITransport(edge))


@pytest.fixture
async def operator(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """An operator's program."""
    async with world.client() as client:
        body = {"username": "root", "password": PASSWORD}
        answer = await client.post("/api/v1/operator/login", json=body)
        assert answer.status_code == 200, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        yield client


@pytest.fixture
async def tenant(world: World, operator: httpx.AsyncClient) -> dict[str, Any]:
    """A tenant of this test alone."""
    slug = f"t{uuid7().hex[-12:]}"
    body = {"slug": slug, "name": "가온상사"}
    answer = await operator.post("/api/v1/operator/tenants", json=body)
    assert answer.status_code == 201, answer.text
    await world.house.signals.poll()
    return dict(answer.json()["data"])


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, json.loads(answer.text)["error"]["code"]


def files(world: World) -> list[Path]:
    """The archives that there are."""
    return sorted((world.house.settings.data / "exports").glob("*.zip"))
