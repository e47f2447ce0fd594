"""Two installations with board: one with the demo's companies, the other empty."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from argon2 import PasswordHasher
from tests.engines import SUPERUSER, Engines, copy_of, settings_for

from maru.cli.seeding import seed
from maru.db.database import Database
from maru.db.migrate import migrate_async
from maru.house import House, open_house
from maru.plugins.isolated.remote import nowhere
from maru.plugins.isolated.trust import Isolation, trust_of
from maru.plugins.migrated import migrations
from maru.plugins.registry import PluginHost
from maru.settings import Settings

PASSWORD = "the demo's password"
QUICK = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1)
Row = str


@dataclass(frozen=True)
class Installation:
    """An open house on a database of its own."""

    settings: Settings
    house: House
    system: Database
    superuser: str

    async def rows(self, tenant: object) -> dict[str, list[Row]]:
        """Every row of a tenant in every table, as a superuser sees them."""
        connection = await asyncpg.connect(self.superuser)
        try:
            names = [record[0] for record in await connection.fetch(_TENANT_TABLES)]
            sql = "SELECT t::text AS row FROM {} t WHERE tenant_id = $1 ORDER BY id"
            return {
                name: [one["row"] for one in await connection.fetch(sql.format(name), tenant)]
                for name in names
            }
        finally:
            await connection.close()

    async def run(self, sql: str, *args: object) -> Any:
        """One statement as a superuser; its first value."""
        connection = await asyncpg.connect(self.superuser)
        try:
            return await connection.fetchval(sql, *args)
        finally:
            await connection.close()


_TENANT_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE (n.nspname = 'maru' OR n.nspname LIKE 'plugin\\_%') AND c.relkind IN ('r', 'p')
   AND NOT c.relispartition AND EXISTS (SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
 ORDER BY 1"""


@asynccontextmanager
async def installation(
    engines: Engines, template: str, **given: Any
) -> AsyncIterator[Installation]:
    async with copy_of(engines, template) as name:
        folder = engines.folder / name  # its files are not the other's
        folder.mkdir()
        own = {"instance": name.replace("_", "-"), "data": folder, **given}
        settings = settings_for(engines, name, **own)
        host = PluginHost.load({}, strict=True, isolation=Isolation(trust_of(settings), nowhere))
        await migrate_async(settings, plugins=migrations(host))
        async with (
            open_house(settings) as house,
            await Database.open(settings.database_system_url, pool_size=3) as system,
        ):
            house.sessions.passwords.hasher = QUICK
            url = engines.postgres(SUPERUSER, name)
            yield Installation(settings, house, system, url)


@pytest.fixture(scope="module")
async def here(engines: Engines, template: str) -> AsyncIterator[Installation]:
    """Where the companies are."""
    async with installation(engines, template) as made:
        await seed(made.house, made.system, 40, PASSWORD)
        yield made


@pytest.fixture
async def there(engines: Engines, template: str) -> AsyncIterator[Installation]:
    """An empty installation with the same secret."""
    async with installation(engines, template) as made:
        yield made
