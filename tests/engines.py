"""The servers that tests run against: one PostgreSQL and two Redis for a whole session.

A test that asks for `settings` or `database` has a migrated database to itself, copied from one
that the session migrates once, as an owner who is no superuser.
"""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

# Models refer to one another by table name, so all are imported wherever one is used.
import maru.access.models
import maru.admin.statistics.models
import maru.alerts.models
import maru.api.models
import maru.audit.models
import maru.crypto.models
import maru.events.models
import maru.federation.models
import maru.files.models
import maru.identity.factors.models
import maru.identity.models
import maru.jobs.models
import maru.mail.models
import maru.notifications.models
import maru.operators.factors.models
import maru.operators.models
import maru.plugins.isolated.models
import maru.portal.models
import maru.push.models
import maru.search.models
import maru.signals.models
import maru.tenancy.models  # noqa: F401
from maru.db import Database, Scope
from maru.db.migrate import migrate_async
from maru.embedded import EmbeddedPostgres, EmbeddedRedis
from maru.settings import Settings
from maru_sdk.db import uuid7

OWNER, SUPERUSER = "maru_owner", "postgres"


@dataclass(frozen=True)
class Engines:
    """The session's servers."""

    server: EmbeddedPostgres
    queue: EmbeddedRedis
    cache: EmbeddedRedis
    folder: Path

    def postgres(self, role: str, database: str) -> str:
        """Give the URL of a database for one of the roles that the server knows."""
        password = self.server.password(role)
        return f"postgresql://{role}:{password}@127.0.0.1:{self.server.port}/{database}"


@contextmanager
def running() -> Iterator[Engines]:
    """Start the servers, stop them afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="maru-test-"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            server = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=False))
            queue = stack.enter_context(EmbeddedRedis(folder / "queue", "queue"))
            cache = stack.enter_context(EmbeddedRedis(folder / "cache", "cache"))
            yield Engines(server, queue, cache, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """Servers for the whole session."""
    with running() as found:
        yield found


def settings_for(engines: Engines, database: str, **given: Any) -> Settings:
    """Make settings that point at one database of the session's server."""
    urls = {
        "database_url": engines.postgres("maru_app", database),
        "database_owner_url": engines.postgres(OWNER, database),
        "database_system_url": engines.postgres("maru_system", database),
        "redis_url": engines.queue.url,
        "redis_cache_url": engines.cache.url,
        "data": engines.folder,
        "secret_key": "a secret for tests that is long enough",
        "trusted_plugins": ["*"],
    }
    return Settings(**{**urls, **given})


async def run_as(engines: Engines, role: str, *statements: str, database: str = "postgres") -> None:
    """Execute statements as a role, one after the other."""
    connection = await asyncpg.connect(engines.postgres(role, database))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def template(engines: Engines) -> str:
    """A migrated database that others are copied from; nobody connects to it."""
    name = "maru"  # the server's own
    await migrate_async(settings_for(engines, name))
    return name


@asynccontextmanager
async def copy_of(engines: Engines, template: str) -> AsyncIterator[str]:
    """Copy a database for one test or module, and drop it afterwards."""
    name = f"t_{secrets.token_hex(6)}"
    how = f"OWNER {OWNER} TEMPLATE {template} STRATEGY file_copy"
    await run_as(engines, SUPERUSER, f"CREATE DATABASE {name} {how}", *_limits(name))
    try:
        yield name
    finally:
        await run_as(engines, SUPERUSER, f"DROP DATABASE {name} WITH (FORCE)")


def _limits(name: str) -> list[str]:
    """Settings of a role in a database are not copied with it."""
    limits = {"statement_timeout": "5s", "idle_in_transaction_session_timeout": "30s"}
    return [
        f"ALTER ROLE {role} IN DATABASE {name} SET {limit} = '{value}'"
        for role in ("maru_app", "maru_system")
        for limit, value in limits.items()
    ]


@pytest.fixture
async def settings(engines: Engines, template: str) -> AsyncIterator[Settings]:
    """Settings of a migrated database that this test has to itself."""
    async with copy_of(engines, template) as name:
        yield settings_for(engines, name)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """That database, as the runtime role."""
    async with await Database.open(settings.database_url, pool_size=4, overflow=0) as found:
        yield found


@dataclass(frozen=True)
class Tenants:
    """Two tenants of a test's database."""

    hanbit: Scope
    saebom: Scope


@pytest.fixture
async def tenants(engines: Engines, settings: Settings) -> Tenants:
    """Two tenants, made as the owner."""
    scopes = [Scope(uuid7()), Scope(uuid7())]
    rows = [
        f"INSERT INTO maru.tenant (id, slug, name) VALUES ('{scope.tenant}', '{slug}', '{name}')"
        for scope, slug, name in zip(scopes, ("hanbit", "saebom"), ("한빛", "새봄"), strict=True)
    ]
    await run_as(engines, OWNER, *rows, database=settings.database_url.rpartition("/")[2])
    return Tenants(*scopes)
