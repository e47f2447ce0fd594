"""The tables that hold a tenant's rows, as the catalogue has them, in the order in which rows can
be inserted; backwards they can be deleted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from maru.db.roles import quoted
from maru.db.unit import Unit
from maru.moving.errors import Unmovable

_TABLES: Final = sa.text(
    """
    SELECT c.oid::bigint AS oid, n.nspname::text AS schema, c.relname::text AS name,
           has_table_privilege(c.oid, 'SELECT') AS readable,
           has_table_privilege(c.oid, 'INSERT') AS insertable,
           has_table_privilege(c.oid, 'DELETE') AS deletable,
           (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND a.attgenerated = '') AS columns,
           (SELECT array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
              FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND a.attgenerated = '') AS types,
           (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND NOT a.attnotnull) AS optional,
           (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname)
                   IS NOT NULL) AS counted
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE (n.nspname = 'maru' OR starts_with(n.nspname, 'plugin_'))
       AND has_schema_privilege(n.oid, 'USAGE')
       AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relrowsecurity
       AND EXISTS (SELECT FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
     ORDER BY n.nspname <> 'maru', n.nspname, c.relname
    """
)
_REFERENCES: Final = sa.text(
    """
    SELECT k.conrelid::bigint AS own, k.confrelid::bigint AS other, k.condeferrable AS loose,
           (SELECT a.attname::text FROM unnest(k.conkey) AS part (number)
              JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.number
             WHERE a.attname <> 'tenant_id' LIMIT 1) AS column
      FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
    """
)

REBUILT: Final = frozenset({"maru.search_row", "maru.search_taken", "maru.file_upload"})
"""What is made of everything else, wherever that is; and uploads, whose pieces stay behind."""


@dataclass(frozen=True)
class Reference:
    """A column that names a row of a table; a `loose` one is looked at when all is done."""

    column: str
    to: int
    loose: bool


@dataclass(frozen=True)
class Table:
    """A table, what the role that asked may do with it, and what it refers to."""

    oid: int
    schema: str
    name: str
    readable: bool
    insertable: bool
    deletable: bool
    columns: tuple[str, ...]
    types: tuple[str, ...]
    optional: frozenset[str]
    counted: tuple[str, ...]
    references: list[Reference] = field(default_factory=list, compare=False)

    @property
    def full(self) -> str:
        """Its name with its schema's."""
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The same, quoted."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def plugin(self) -> str:
        """Whose it is: a plugin's key, or `core`."""
        return self.schema.removeprefix("plugin_") if self.schema != "maru" else "core"

    @property
    def own(self) -> list[str]:
        """Its columns that refer to rows of itself."""
        return [one.column for one in self.references if one.to == self.oid]

    @property
    def circular(self) -> list[str]:
        """Its columns that have to be emptied before rows can be deleted one after another."""
        return [one.column for one in self.references if one.loose or one.to == self.oid]


async def tables(unit: Unit) -> list[Table]:
    """All of them, in order; raises Unmovable."""
    rows = (await unit.db.execute(_TABLES)).all()
    found = {row.oid: _table(row) for row in rows}
    for row in (await unit.db.execute(_REFERENCES)).all():
        if row.own in found and row.other in found and row.column is not None:
            found[row.own].references.append(Reference(row.column, row.other, row.loose))
    return list(_ordered(found))


def _table(row: Any) -> Table:
    return Table(
        oid=row.oid,
        schema=row.schema,
        name=row.name,
        readable=row.readable,
        insertable=row.insertable,
        deletable=row.deletable,
        columns=tuple(row.columns),
        types=tuple(row.types),
        optional=frozenset(row.optional or ()),
        counted=tuple(row.counted or ()),
    )


def _ordered(found: dict[int, Table]) -> Iterable[Table]:
    """Each after those that it refers to; ties as they came."""
    waiting = dict(found)
    while waiting:
        free = [table for table in waiting.values() if not _needs(table, waiting)]
        if not free:
            names = ", ".join(table.full for table in waiting.values())
            raise Unmovable(tables=names)
        for table in free:
            yield waiting.pop(table.oid)


def _needs(table: Table, waiting: dict[int, Table]) -> bool:
    return any(
        one.to in waiting and one.to != table.oid and not one.loose for one in table.references
    )
