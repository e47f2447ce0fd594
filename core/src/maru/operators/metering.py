"""Measures what tenants use, one at a time in its own scope, so that operators see it without any
role that reads everybody's rows."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.scope import NOBODY, Scope
from maru.db.unit import committing
from maru.moving.tables import tables
from maru.signals import Loop
from maru_sdk.db import uuid7

PAUSE: Final = 20.0
EVERY: Final = 300.0
TIMEOUT: Final = 120.0
# A tenant's turn is claimed by noting it as measured: two schedulers share the work.
_NEXT: Final = sa.text(
    """
    SELECT t.id FROM maru.tenant t LEFT JOIN maru.tenant_usage u ON u.tenant = t.id
     WHERE t.state <> 'erasing'
       AND (u.id IS NULL OR u.measured_at < now() - make_interval(secs => :every))
     ORDER BY u.measured_at NULLS FIRST LIMIT 1
    """
)
_KEEP: Final = sa.text(
    """
    INSERT INTO maru.tenant_usage (id, tenant, people, storage, files, jobs, measured_at)
    SELECT :id, t.id, :people, :storage, :files, :jobs, now()
      FROM maru.tenant t WHERE t.id = :tenant
    ON CONFLICT (tenant) DO UPDATE
       SET people = excluded.people, storage = excluded.storage,
           files = excluded.files, jobs = excluded.jobs,
           measured_at = now(), updated_at = now()
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("tenant", type_=sa.Uuid))
_COUNTS: Final = sa.text(
    """
    SELECT (SELECT count(*) FROM maru.person WHERE state = 'active') AS people,
           (SELECT count(*) FROM maru.job
             WHERE state IN ('waiting', 'held', 'running', 'parked')) AS jobs,
           coalesce((SELECT sum(bytes) FROM maru.file_usage), 0)::bigint AS files
    """
)


class Meter:
    """The loop that measures; any number may run."""

    def __init__(self, database: Database, system: Database) -> None:
        self._database, self._system = database, system
        self._loop = Loop("usage", self.step, PAUSE)

    def start(self) -> None:
        """Begin to measure."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop measuring."""
        await self._loop.stop()

    async def step(self) -> bool:
        """Measures the tenant whose turn it is; True where there was one."""
        async with self._system.unit(NOBODY, readonly=True) as unit:
            tenant = await unit.db.scalar(_NEXT, {"every": EVERY})
        if tenant is None:
            return False
        await self.measure(tenant)
        return True

    async def measure(self, tenant: UUID) -> None:
        """Counts this tenant's people, jobs and bytes anew."""
        unit = self._database.unit(Scope(tenant), readonly=True, timeout=TIMEOUT)
        async with unit:
            counts = (await unit.db.execute(_COUNTS)).one()
            storage = 0
            for table in await tables(unit):
                if table.readable:
                    sql = f"SELECT coalesce(sum(pg_column_size(t.*)), 0) FROM {table.sql} t"  # noqa: S608
                    storage += int(await unit.db.scalar(sa.text(sql)) or 0)
        storage += counts.files
        used = {
            "people": counts.people,
            "jobs": counts.jobs,
            "storage": storage,
            "files": counts.files,
        }
        async with committing(self._system.unit(NOBODY)) as unit:
            await unit.db.execute(_KEEP, {"id": uuid7(), "tenant": tenant, **used})
