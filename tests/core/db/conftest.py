"""Every database of these tests has two plugins of the tests' own in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg
import pytest
from tests.core.db.forest import FOREST
from tests.core.db.garden import GARDEN
from tests.engines import Engines, copy_of, settings_for

from maru.db import NOBODY, Scope
from maru.db.migrate import migrate_async
from maru.settings import Settings


@pytest.fixture(scope="session")
async def template(engines: Engines, template: str) -> AsyncIterator[str]:
    """The migrated database with both plugins' tables."""
    async with copy_of(engines, template) as name:
        report = await migrate_async(settings_for(engines, name), plugins=[GARDEN, FOREST])
        assert report.failed == {}
        yield name


Connect = Callable[..., AbstractAsyncContextManager[asyncpg.Connection]]


@pytest.fixture
def connect(engines: Engines, settings: Settings) -> Connect:
    """Open a bare connection to this test's database as a role, in the scope of a tenant."""
    name = settings.database_url.rpartition("/")[2]

    @asynccontextmanager
    async def opened(role: str, scope: Scope = NOBODY) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(engines.postgres(role, name))
        try:
            async with connection.transaction():
                await connection.execute(f"SELECT; {scope.sql()}")
                yield connection
        finally:
            await connection.close()

    return opened
