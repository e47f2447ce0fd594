"""Looks for texts under old keys wherever a tenant's rows may hold one, whoever put them there.

What is sealed anew is found by what tables declare; whether a key may go must not hang on that. So
before one is destroyed every text of the tenant is looked at, also those of plugins that are set
aside and of columns that nobody has marked.
"""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from maru.crypto.sealing import FORM
from maru.db.roles import quoted
from maru.db.unit import Unit

_TABLES = sa.text("""
    SELECT n.nspname AS schema, c.relname AS name, array_agg(a.attname::text) AS columns
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE (n.nspname = 'maru' OR starts_with(n.nspname, 'plugin_'))
       AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped
       AND a.atttypid = ANY (ARRAY['text', 'varchar', 'jsonb', 'json']::regtype[])
       AND has_schema_privilege(n.oid, 'USAGE')
       AND has_column_privilege(c.oid, a.attnum, 'SELECT')
       AND EXISTS (SELECT FROM pg_attribute t
                    WHERE t.attrelid = c.oid AND t.attname = 'tenant_id')
     GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname""")


async def keys_in_use(unit: Unit, keys: Collection[UUID]) -> set[UUID]:
    """Which of these keys some text of the unit's tenant still names."""
    found: set[UUID] = set()
    for table in (await unit.db.execute(_TABLES)).all():
        texts = ", ".join(f"{quoted(column)}::text" for column in table.columns)
        where = f"strpos(concat_ws(' ', {texts}), :begins) > 0"
        sql = f"SELECT 1 FROM {quoted(table.schema)}.{quoted(table.name)} WHERE {where} LIMIT 1"  # noqa: S608
        for key in set(keys) - found:
            if await unit.db.scalar(sa.text(sql), {"begins": f"{FORM}.{key.hex}."}):
                found.add(key)
    return found
