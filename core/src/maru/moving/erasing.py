"""Erases a tenant's rows: piece by piece, each in a transaction of its own, so that it may be
killed at any moment and go on. What the runtime role may not delete, such as the audit trail, the
system role does, which names the tenant in every statement."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.roles import quoted
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.files.store import Store
from maru.moving.archive import told
from maru.moving.contents import erase
from maru.moving.exporting import Told
from maru.moving.tables import Table, tables
from maru.redis import Redises

BATCH: Final = 5_000
TIMEOUT: Final = 600.0
_tenant = sa.bindparam("tenant", type_=sa.Uuid)


class Eraser:
    """Erases tenants of one installation."""

    def __init__(
        self, database: Database, system: Database, redises: Redises, store: Store
    ) -> None:
        self._database, self._system = database, system
        self._redises, self._store = redises, store

    async def erase(self, tenant: UUID, told: Told = told) -> int:
        """Every row of every table, and what Redis and the store of files keep; how many rows
        there were."""
        scope = Scope(tenant)
        async with self._database.unit(scope, readonly=True) as unit:
            by_app = list(reversed(await tables(unit)))
        async with self._system.unit(scope, readonly=True) as unit:
            by_system = {table.full for table in await tables(unit) if table.deletable}
        await self._loosen(scope, by_app)
        rows = 0
        for number, table in enumerate(by_app):
            told(number, len(by_app))
            if table.deletable:
                rows += await _empty(self._database, scope, table)
            elif table.full in by_system:
                rows += await _empty(self._system, scope, table)
        await self._forget(tenant)
        await erase(self._store, tenant)
        return rows

    async def _loosen(self, scope: Scope, found: Sequence[Table]) -> None:
        """Empties the columns that make circles of rows."""
        for table in found:
            columns = [one for one in table.circular if one in table.optional]
            if not (columns and table.deletable):
                continue
            empty = ", ".join(f"{quoted(one)} = NULL" for one in columns)
            held = " OR ".join(f"{quoted(one)} IS NOT NULL" for one in columns)
            sql = f"UPDATE {table.sql} SET {empty} WHERE {held}"  # noqa: S608 (quoted)
            async with committing(self._database.unit(scope, timeout=TIMEOUT)) as unit:
                await unit.db.execute(sa.text(sql))

    async def _forget(self, tenant: UUID) -> None:
        """What stands in Redis under the tenant's id."""
        for link in self._redises.all:
            async for key in link.client.scan_iter(match=f"*{tenant}*", count=1_000):
                await link.client.unlink(key)


async def _empty(database: Database, scope: Scope, table: Table) -> int:
    rows = 0
    while True:
        async with committing(database.unit(scope, timeout=TIMEOUT)) as unit:
            found = await unit.db.execute(_statement(table), {"tenant": scope.tenant})
            gone = int(found.rowcount)  # type: ignore[attr-defined]
        rows += gone
        if gone < BATCH:
            return rows


def _statement(table: Table) -> sa.TextClause:
    """Whose rows refer to one another and can't let go of it leave together."""
    together = any(one not in table.optional for one in table.own)
    limit = "" if together else f" LIMIT {BATCH}"
    sql = (
        f"DELETE FROM {table.sql} WHERE (tenant_id, id) IN (SELECT tenant_id, id"  # noqa: S608
        f" FROM {table.sql} WHERE tenant_id = :tenant{limit})"
    )
    return sa.text(sql).bindparams(_tenant)
