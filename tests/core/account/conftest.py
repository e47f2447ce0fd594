"""The whole web process over a small company, asked as clients and browsers ask."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.identity.company import PASSWORD, Company, found_company, settings

from maru.app import serving
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.observability.log import Journal
from maru.settings import Settings

__all__ = ["settings"]

BASE = "maru.test"


@pytest.fixture(scope="package")
async def house(settings: Settings) -> AsyncIterator[House]:
    """One process of the installation."""
    async with open_house(settings.model_copy(update={"base_domain": BASE})) as made:
        yield made


@pytest.fixture(scope="package")
async def web(house: House) -> AsyncIterator[httpx.ASGITransport]:
    """Its edge, as a transport for clients."""
    async with AsyncExitStack() as stack:
        edge = await stack.enter_async_context(serving(house, Journal("web", "INFO")))
        yield httpx.ASGITransport(edge)


@pytest.fixture
async def company(settings: Settings, house: House) -> Company:
    """A tenant of this test alone, everybody in it a member."""
    made = await found_company(settings, house)
    async with committing(house.database.unit(Scope(made.id))) as unit:
        await house.rights.roles.grant(unit, "member", "department", made.top)
    await house.tenants.load()
    return made


def slug_of(company: Company) -> str:
    return f"t{company.id.hex[:12]}"


@pytest.fixture
async def client(web: httpx.ASGITransport, company: Company) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who isn't signed in, at the company's own host."""
    base = f"http://{slug_of(company)}.{BASE}"
    async with httpx.AsyncClient(transport=web, base_url=base) as made:
        yield made


@pytest.fixture
async def alice(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Alice's program."""
    answer = await client.post(
        "/api/v1/auth/login", json={"username": "alice", "password": PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    client.headers["authorization"] = f"Bearer {answer.json()['data']['access_token']}"
    return client


async def audited(house: House, company: Company) -> list[str]:
    """The actions of the company's audit trail."""
    async with house.database.unit(Scope(company.id)) as unit:
        lines = await (await unit.session()).scalars(
            sa.text("SELECT action FROM maru.audit ORDER BY created_at, id")
        )
        return list(lines)
