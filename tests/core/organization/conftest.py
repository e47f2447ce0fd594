"""A small company whose administrator is at work: `root`, beside `alice`, a member."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.account.conftest import BASE, company, house, settings, slug_of, web
from tests.core.identity.company import HASHED, PASSWORD, Company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.identity.models import Person
from maru.identity.names import sought
from maru_sdk.db import uuid7

__all__ = ["company", "house", "settings", "web"]


async def hire(house: House, company: Company, *names: str, **more: Any) -> list[Any]:
    """People of the company who may sign in; their user names are their names."""
    rows = [
        {
            "id": uuid7(),
            "username": name,
            "username_key": name.casefold(),
            "name": name,
            **sought(name),
            "password_hash": HASHED,
            **more,
        }
        for name in names
    ]
    async with committing(house.database.unit(Scope(company.id))) as unit:
        await (await unit.session()).execute(sa.insert(Person), rows)
    return [row["id"] for row in rows]


@asynccontextmanager
async def entered(
    web: httpx.ASGITransport, company: Company, username: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's program, signed in."""
    base = f"http://{slug_of(company)}.{BASE}"
    async with httpx.AsyncClient(transport=web, base_url=base) as client:
        login = {"username": username, "password": PASSWORD}
        answer = await client.post("/api/v1/auth/login", json=login)
        assert answer.status_code == 200, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['data']['access_token']}"
        yield client


@pytest.fixture
async def root(
    web: httpx.ASGITransport, house: House, company: Company
) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator's program."""
    (who,) = await hire(house, company, "root", department_id=company.top, locale="en")
    async with committing(house.database.unit(Scope(company.id))) as unit:
        await house.rights.roles.grant(unit, "admin", "person", who)
    async with entered(web, company, "root") as client:
        yield client


@pytest.fixture
async def alice(web: httpx.ASGITransport, company: Company) -> AsyncIterator[httpx.AsyncClient]:
    """A member's program."""
    async with entered(web, company, "alice") as client:
        yield client


def data(answer: httpx.Response, status: int = 200) -> Any:
    """What an answer holds, once its status is right."""
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]


async def rows(house: House, company: Company, statement: str, **args: Any) -> list[Any]:
    """What stands in the company's tables."""
    async with house.database.unit(Scope(company.id)) as unit:
        return list(await (await unit.session()).execute(sa.text(statement), args))
