"""Takes a tenant in from an archive: all its rows in one transaction as the runtime role in the
tenant's scope; then, in another, its row in the directory. Until that is there nobody can see the
tenant, and what a killed import has left is swept away by the next."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from maru.db.database import Database
from maru.db.roles import quoted
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.files.usage import recount
from maru.moving.archive import ArchiveReader, Manifest, Part, told
from maru.moving.carrying import DATA_KEYS, carried
from maru.moving.contents import take_out
from maru.moving.erasing import Eraser
from maru.moving.errors import ArchiveBroken, ArchiveForeign, OtherVersion, TenantThere
from maru.moving.exporting import TIMEOUT, Told
from maru.moving.sealing import ArchiveKey
from maru.moving.tables import Table, tables
from maru.moving.world import World, revisions

Carry = Callable[[str, bytes], bytes]

BATCH: Final = 500
BYTES: Final = 8 << 20
STEP: Final = 100_000
_TAKEN: Final = sa.text(
    "SELECT slug FROM maru.tenant WHERE id = :id OR slug = :slug OR domain = :domain LIMIT 1"
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("domain", type_=sa.Text))
_SEQUENCE: Final = sa.text("SELECT pg_get_serial_sequence(:table, :column)")
_COUNT_ON: Final = sa.text(
    "SELECT max(nextval(CAST(CAST(:sequence AS text) AS regclass))) FROM generate_series(1, :step)"
)
_IMPORTING: Final = sa.text("SET LOCAL maru.importing = 'on'")
_ALONE: Final = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('maru.import', 0))")


class Importer:
    """Imports into one installation; `system` is its database as the system role."""

    def __init__(self, world: World, system: Database) -> None:
        self._world, self._system = world, system

    async def read(self, path: Path, passphrase: str | None = None, told: Told = told) -> Manifest:
        """Imports the archive, whole or not at all; what stands against it is a MaruError."""
        archive = await asyncio.to_thread(ArchiveReader, path)
        try:
            key = await self._check(archive, passphrase)
            await self._take_in(archive, key, told)
        finally:
            archive.close()
        return archive.manifest

    async def _check(self, archive: ArchiveReader, passphrase: str | None) -> ArchiveKey:
        """Whose archive it is, before what is in it is believed."""
        salt = archive.manifest.salt
        if (salt is None) != (passphrase is None):
            raise ArchiveForeign
        key = await asyncio.to_thread(ArchiveKey.of, self._world.keys, passphrase, salt)
        key.check(archive.content, archive.signature)
        await asyncio.to_thread(archive.verify)
        unit = self._world.database.unit(Scope(None), readonly=True)
        async with unit:
            await _check_versions(unit, archive.manifest)
            await _check_free(unit, archive.manifest)
        return key

    async def _take_in(self, archive: ArchiveReader, key: ArchiveKey, told: Told) -> None:
        manifest = archive.manifest
        scope = Scope(manifest.tenant_id)
        async with committing(self._system.unit(scope, timeout=TIMEOUT)) as alone:
            await alone.db.execute(_ALONE)  # a second import waits, and then finds the slug taken
            await _check_free(alone, manifest)
            await self._sweep(manifest)
            carry = self._carry(manifest, key)
            await take_out(archive, self._world.store, manifest.tenant_id)
            late = await self._insert_all(archive, scope, carry, told)
            for table, part in late:
                await _insert(alone, archive, table, part, carry)
            await _register(alone, manifest)
            await self._world.signals.send(
                alone, "tenant", str(manifest.tenant_id), manifest.tenant_id
            )

    def _carry(self, manifest: Manifest, key: ArchiveKey) -> Carry:
        """What makes a line of a table fit this installation."""

        def carry(table: str, line: bytes) -> bytes:
            if table != DATA_KEYS or key.salt is None:
                return line
            return carried(manifest.tenant_id, line, key.keys, self._world.keys).encode()

        return carry

    async def _sweep(self, manifest: Manifest) -> None:
        eraser = Eraser(self._world.database, self._system, self._world.redises, self._world.store)
        await eraser.erase(manifest.tenant_id)

    async def _insert_all(
        self, archive: ArchiveReader, scope: Scope, carry: Carry, told: Told
    ) -> list[tuple[Table, Part]]:
        """All rows that the runtime role may insert; the tables that it may not."""
        late = []
        unit = self._world.database.unit(scope, timeout=TIMEOUT)
        try:
            async with committing(unit):
                await unit.db.execute(_IMPORTING)
                found = {table.full: table for table in await tables(unit)}
                parts = archive.manifest.parts
                for number, part in enumerate(parts):
                    told(number, len(parts))
                    table = _fitting(found, part)
                    if table.insertable:
                        await _insert(unit, archive, table, part, carry)
                    else:
                        late.append((table, part))
                await recount(unit)
        except DBAPIError as error:
            raise ArchiveBroken(problem=str(error.orig)) from error
        return late


async def _check_versions(unit: Unit, manifest: Manifest) -> None:
    present = await unit.db.scalars(
        sa.text("SELECT nspname::text FROM pg_namespace WHERE has_schema_privilege(oid, 'USAGE')")
    )
    schemas = set(present)
    here = await revisions(unit, schemas & manifest.revisions.keys())
    for schema, revision in manifest.revisions.items():
        if here.get(schema) != revision:
            has = here.get(schema, "nothing")
            raise OtherVersion(problem=f"{schema} is at {revision} there and at {has} here")


async def _check_free(unit: Unit, manifest: Manifest) -> None:
    asked = {
        "id": manifest.tenant_id,
        "slug": manifest.slug,
        "domain": manifest.tenant.get("domain"),
    }
    taken = await unit.db.scalar(_TAKEN, asked)
    if taken is not None:
        raise TenantThere(slug=taken)


def _fitting(found: dict[str, Table], part: Part) -> Table:
    table = found.get(part.table)
    if table is None or list(table.columns) != part.columns:
        raise OtherVersion(problem=f"the table {part.table} has other columns here")
    return table


async def _insert(
    unit: Unit, archive: ArchiveReader, table: Table, part: Part, carry: Carry
) -> None:
    statement, rows = sa.text(_statement(table)), 0
    batches = archive.batches(part, BATCH, BYTES)
    while batch := await asyncio.to_thread(next, batches, None):
        lines = [carry(part.table, line) for line in batch]
        content = (b"[" + b",".join(lines) + b"]").decode()
        await unit.db.execute(statement, {"rows": content})
        rows += len(batch)
    if rows != part.rows:
        raise ArchiveBroken(problem=f"{part.file} has {rows} rows, not {part.rows}")
    for column in table.counted:
        await _advance(unit, table, column)


def _statement(table: Table) -> str:
    columns = ", ".join(map(quoted, table.columns))
    values = ", ".join(
        f"CAST(r.row ->> '{name.replace(chr(39), chr(39) * 2)}' AS {kind})"
        for name, kind in zip(table.columns, table.types, strict=True)
    )
    return (
        f"INSERT INTO {table.sql} ({columns}) OVERRIDING SYSTEM VALUE"  # noqa: S608 (quoted)
        f" SELECT {values} FROM jsonb_array_elements(CAST(:rows AS jsonb)) WITH ORDINALITY"
        f" AS r (row, number) ORDER BY r.number"
    )


async def _advance(unit: Unit, table: Table, column: str) -> None:
    """Counts on past what came with the archive: what is new here must have a higher number."""
    sequence = await unit.db.scalar(_SEQUENCE, {"table": table.sql, "column": column})
    most = await unit.db.scalar(sa.text(f"SELECT max({quoted(column)}) FROM {table.sql}"))  # noqa: S608
    while most is not None:
        last = int(await unit.db.scalar(sa.text(f"SELECT last_value FROM {sequence}")) or 0)  # noqa: S608
        if last >= most:
            return
        step = min(STEP, most - last)
        values = {"sequence": sequence, "step": step}
        await unit.db.execute(_COUNT_ON, values)


async def _register(unit: Unit, manifest: Manifest) -> None:
    """The tenant's row in the directory: with it the tenant is there."""
    names = list(manifest.tenant)
    columns = ", ".join(map(quoted, names))
    chosen = ", ".join(f"r.{quoted(name)}" for name in names)
    sql = (
        f"INSERT INTO maru.tenant ({columns}) SELECT {chosen}"  # noqa: S608 (quoted)
        " FROM jsonb_populate_record(NULL::maru.tenant, CAST(:row AS jsonb)) r"
    )
    try:
        await unit.db.execute(sa.text(sql), {"row": orjson.dumps(manifest.tenant).decode()})
    except DBAPIError as error:
        raise ArchiveBroken(problem=str(error.orig)) from error
