"""A database per module, tenants of each test's own, and hands that reach past every rule."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.engines import OWNER, SUPERUSER, Engines, copy_of, run_as, settings_for

from maru.audit import statements
from maru.audit.checkpoints import Signer
from maru.audit.sealer import Sealer
from maru.audit.trail import AuditTrail
from maru.audit.verify import Report, verify
from maru.crypto.keys import Keys
from maru.db import NOBODY, Database, Scope
from maru.db.unit import committing
from maru.settings import Settings
from maru_sdk.db import uuid7

KEYS = Keys(b"a secret for tests that is long enough")


@pytest.fixture(scope="module")
async def settings(engines: Engines, template: str) -> AsyncIterator[Settings]:
    async with copy_of(engines, template) as name:
        yield settings_for(engines, name)


@pytest.fixture(scope="module")
async def database(settings: Settings) -> AsyncIterator[Database]:
    async with await Database.open(settings.database_url, pool_size=4) as found:
        yield found


@pytest.fixture(scope="module")
async def system(settings: Settings) -> AsyncIterator[Database]:
    async with await Database.open(settings.database_system_url, pool_size=4) as found:
        yield found


@pytest.fixture
async def tenant(engines: Engines, settings: Settings) -> UUID:
    """A tenant of this test alone."""
    made = uuid7()
    insert = f"INSERT INTO maru.tenant (id, slug, name) VALUES ('{made}', 't-{made}', 'T')"
    await run_as(engines, OWNER, insert, database=settings.database_url.rpartition("/")[2])
    return made


class Clock:
    """The present time, which a test may push forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Trail:
    """One tenant's trail: written, sealed, checked."""

    tenant: UUID
    database: Database
    system: Database
    clock: Clock
    signer: Signer
    sealer: Sealer
    trail: AuditTrail

    async def write(self, *actions: str, **given: Any) -> None:
        """A line for each action, in one transaction."""
        async with committing(self.database.unit(Scope(self.tenant))) as unit:
            for number, action in enumerate(actions):
                await self.trail.write(unit, action, f"thing:{number}", **given)

    async def sealed(self, *actions: str) -> None:
        """Lines, each committed and then sealed by itself, so that their numbers are known."""
        for action in actions:
            await self.write(action)
            await self.sealer.seal(self.tenant)

    async def verified(self, *more: str) -> Report:
        async with self.system.unit(NOBODY) as unit:
            session = await unit.session()
            await session.execute(statements.SNAPSHOT)
            keys = {self.signer.key, *more}
            return await verify(session, self.tenant, keys, self.clock())

    async def problems(self) -> list[tuple[str, int | None]]:
        """What verification finds: which problem, at which number."""
        return [(fault.problem, fault.number) for fault in (await self.verified()).faults]


@pytest.fixture
def trail(tenant: UUID, database: Database, system: Database) -> Trail:
    clock, signer = Clock(), Signer(KEYS)
    sealer = Sealer(system, signer, clock)
    return Trail(tenant, database, system, clock, signer, sealer, AuditTrail())


Force = Callable[..., Awaitable[list[asyncpg.Record]]]


@pytest.fixture
def force(engines: Engines, settings: Settings, tenant: UUID) -> Force:
    """Runs SQL as the superuser, `$1` being the tenant: somebody who got hold of the server."""

    async def run(sql: str, *given: object) -> list[asyncpg.Record]:
        name = settings.database_url.rpartition("/")[2]
        connection = await asyncpg.connect(engines.postgres(SUPERUSER, name))
        try:
            found: list[asyncpg.Record] = await connection.fetch(sql, tenant, *given)
            return found
        finally:
            await connection.close()

    return run
