"""Writes a tenant into an archive: as the runtime role in the tenant's scope, so nobody else's row
can get in, and in one snapshot, so what is written meanwhile is in it whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.api.errors import TenantNotFound
from maru.db.roles import quoted
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.moving.archive import ArchiveWriter, Manifest, Part, told
from maru.moving.carrying import DATA_KEYS, carried
from maru.moving.contents import Lying, lying, put_in
from maru.moving.sealing import ArchiveKey
from maru.moving.tables import REBUILT, Table, tables
from maru.moving.world import World, revisions

Told = Callable[[int, int], object]

BATCH: Final = 500
TIMEOUT: Final = 3_600.0
_SNAPSHOT: Final = sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
_PATIENT: Final = sa.text("SET LOCAL idle_in_transaction_session_timeout = '10min'")
_TENANT: Final = sa.text(
    "SELECT j.key, j.value FROM maru.tenant t, jsonb_each_text(to_jsonb(t)) j WHERE t.id = :id"
).bindparams(sa.bindparam("id", type_=sa.Uuid))


class Exporter:
    """Exports tenants of one installation."""

    def __init__(self, world: World, key: ArchiveKey) -> None:
        self._world, self._key = world, key

    async def write(self, tenant: UUID, path: Path, told: Told = told) -> Manifest:
        """Everything that the tenant has, at this moment, into a new file; raises
        TenantNotFound."""
        with await asyncio.to_thread(ArchiveWriter, path) as archive:
            manifest, held = await self._rows_of(tenant, archive, told)
            if held:
                written = await put_in(archive, self._world.store, tenant, held)
                listed = await asyncio.to_thread(archive.list_contents, written)
                manifest = manifest.model_copy(update={"contents": listed})
            await asyncio.to_thread(archive.finish, manifest, self._key)
        return manifest

    async def _rows_of(
        self, tenant: UUID, archive: ArchiveWriter, told: Told
    ) -> tuple[Manifest, list[Lying]]:
        """Writes all rows; what they are, and what of files lies in the store."""
        unit = self._world.database.unit(Scope(tenant), readonly=True, timeout=TIMEOUT)
        async with unit:
            await unit.db.execute(_SNAPSHOT)
            await unit.db.execute(_PATIENT)
            row = {one.key: one.value for one in await unit.db.execute(_TENANT, {"id": tenant})}
            if not row:
                raise TenantNotFound
            parts = await self._parts(unit, archive, told)
            return await self._manifest(unit, tenant, row, parts), await lying(unit)

    async def _parts(self, unit: Unit, archive: ArchiveWriter, told: Told) -> list[Part]:
        found = [one for one in await tables(unit) if one.readable and one.full not in REBUILT]
        parts = []
        for number, table in enumerate(found):
            told(number, len(found))
            parts.append(await self._part(unit, archive, table))
        return parts

    async def _part(self, unit: Unit, archive: ArchiveWriter, table: Table) -> Part:
        writer = await asyncio.to_thread(archive.begin, table.full)
        async for lines in _rows(unit, table):
            if table.full == DATA_KEYS:
                lines = self._carried(unit, lines)
            await asyncio.to_thread(writer.write, lines)
        hashed = await asyncio.to_thread(writer.finish)
        columns = list(table.columns)
        return Part(table=table.full, columns=columns, rows=writer.rows, sha256=hashed)

    def _carried(self, unit: Unit, lines: list[str]) -> list[str]:
        tenant = unit.scope.tenant
        if tenant is None or self._key.salt is None:
            return lines
        ours = self._world.keys
        return [carried(tenant, line, ours, self._key.keys) for line in lines]

    async def _manifest(
        self, unit: Unit, tenant: UUID, row: dict[str, str | None], parts: list[Part]
    ) -> Manifest:
        installed = self._world.host.installed.values()
        return Manifest(
            maru=version("maru-core"),
            revisions=await revisions(unit, {part.table.partition(".")[0] for part in parts}),
            versions={each.key: each.version for each in installed if not each.core},
            exported_at=datetime.now(UTC),
            salt=self._key.salt,
            tenant_id=tenant,
            slug=str(row["slug"]),
            tenant=row,
            parts=parts,
        )


async def _rows(unit: Unit, table: Table) -> AsyncIterator[list[str]]:
    connection = await unit.db.connection()
    async with connection.stream(sa.text(_select(table))) as found:
        async for rows in found.scalars().partitions(BATCH):
            yield list(rows)


def _select(table: Table) -> str:
    """Every column as text. Rows come after those of the same table that they refer to."""
    columns = ", ".join(f"CAST(t.{quoted(one)} AS text) AS {quoted(one)}" for one in table.columns)
    source, order = f"{table.sql} t", "t.id"
    if table.own:
        source = f"{source} LEFT JOIN deep ON deep.id = t.id"
        order = "coalesce(deep.depth, 0), t.id"
    select = (
        f"SELECT CAST(row_to_json(r) AS text) FROM (SELECT {columns} FROM {source}"  # noqa: S608
        f" ORDER BY {order}) r"
    )
    return f"{_depths(table)} {select}" if table.own else select


def _depths(table: Table) -> str:
    """How deep each row stands below those that refer to none; one in a circle has no depth."""
    above = " AND ".join(f"t.{quoted(one)} IS NULL" for one in table.own)
    below = " OR ".join(f"t.{quoted(one)} = line.id" for one in table.own)
    return (
        f"WITH RECURSIVE line (id, depth) AS (SELECT t.id, 0 FROM {table.sql} t"  # noqa: S608
        f" WHERE {above} UNION ALL SELECT t.id, line.depth + 1 FROM {table.sql} t JOIN line"
        f" ON {below}) CYCLE id SET round USING path,"
        f" deep AS (SELECT id, max(depth) AS depth FROM line GROUP BY id)"
    )
