"""A house of the queue for each test, in a corner of Redis of its own and a database per module."""

import secrets
from collections.abc import AsyncIterator

import pytest
from tests.core.jobs.house import House, opened
from tests.engines import OWNER, Engines, Tenants, copy_of, run_as, settings_for

from maru.db import Scope
from maru.settings import Settings
from maru_sdk.db import uuid7

TABLES = "maru.job, maru.job_step, maru.schedule_run, maru.event, maru.event_position, maru.signal"


@pytest.fixture(scope="module")
async def module_settings(engines: Engines, template: str) -> AsyncIterator[Settings]:
    """Copying a database for each test would take longer than the tests."""
    async with copy_of(engines, template) as name:
        yield settings_for(engines, name)


@pytest.fixture
async def settings(engines: Engines, module_settings: Settings) -> AsyncIterator[Settings]:
    """Settings of the module's database, emptied afterwards."""
    yield module_settings.model_copy(update={"instance": f"t{secrets.token_hex(4)}"})
    tidy = (f"TRUNCATE {TABLES}", "DELETE FROM maru.tenant")
    await run_as(engines, OWNER, *tidy, database=name_of(module_settings))


@pytest.fixture
async def tenants(engines: Engines, settings: Settings) -> Tenants:
    """Two tenants of this test."""
    first, second = await add_tenants(engines, settings, 2)
    return Tenants(first, second)


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with opened(settings) as found:
        yield found


async def add_tenants(engines: Engines, settings: Settings, number: int) -> list[Scope]:
    """Make tenants as the owner."""
    scopes = [Scope(uuid7()) for _ in range(number)]
    rows = ", ".join(f"('{one.tenant}', 't-{one.tenant}', 'T')" for one in scopes)
    insert = f"INSERT INTO maru.tenant (id, slug, name) VALUES {rows}"
    await run_as(engines, OWNER, insert, database=name_of(settings))
    return scopes


def name_of(settings: Settings) -> str:
    return settings.database_url.rpartition("/")[2]
