"""What the tables of an isolated plugin may not bring along: code that would run in our name.

Whoever writes to a table runs its triggers, checks and defaults, with the rights of whoever writes.
Our own roles do write there when a tenant moves, is erased or has its texts sealed anew, and they
reach more than the plugin may.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection

from maru.db.walk import Finding

# Beside what is IMMUTABLE, and what stands behind PostgreSQL's own operators.
HARMLESS = (
    *("now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timezone"),
    *("date", "date_part", "date_trunc", "extract", "to_char", "age"),
    *("gen_random_uuid", "uuidv4", "uuidv7", "random", "nextval"),
    *("concat", "concat_ws", "to_jsonb", "jsonb_build_array", "jsonb_build_object"),
)

_FUNCTIONS = sa.text("""
SELECT n.nspname || '.' || p.proname AS place
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = :schema
    OR p.proowner = (SELECT nspowner FROM pg_namespace WHERE nspname = :schema) ORDER BY 1""")

_TRIGGERS = sa.text("""
SELECT n.nspname || '.' || c.relname AS place, t.tgname AS name
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = :schema AND NOT t.tgisinternal ORDER BY 1, 2""")

# The functions that are called in a kept expression are found in its text: `pg_depend` does not
# know those of PostgreSQL's own.
_EXPRESSIONS = sa.text(r"""
WITH kept AS (
  SELECT c.relname AS name, d.adbin::text AS tree
    FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema
  UNION ALL
  SELECT k.conname, k.conbin::text FROM pg_constraint k
    JOIN pg_namespace n ON n.oid = k.connamespace WHERE n.nspname = :schema AND k.conbin IS NOT NULL
  UNION ALL
  SELECT i.relname, coalesce(x.indexprs::text, '') || coalesce(x.indpred::text, '')
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_namespace n ON n.oid = i.relnamespace WHERE n.nspname = :schema
), called AS (
  SELECT DISTINCT k.name, f.number[1]::oid AS id
    FROM kept k, regexp_matches(k.tree, 'funcid (\d+)', 'g') AS f (number)
)
SELECT :schema || '.' || c.name AS place, n.nspname || '.' || p.proname AS function
  FROM called c JOIN pg_proc p ON p.oid = c.id JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE NOT (n.nspname = 'maru' AND p.proname = 'tenant')
   AND NOT (n.nspname = 'pg_catalog' AND (p.provolatile = 'i' OR p.proname = ANY (:harmless)
            OR EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = p.oid)))
 ORDER BY 1, 2""").bindparams(
    sa.bindparam("harmless", list(HARMLESS), type_=sa.ARRAY(sa.Text)),
    sa.bindparam("schema", type_=sa.Text),
)


def brought_along(connection: Connection, schema: str) -> list[Finding]:
    """Everything in this schema that would run in our name."""
    given = {"schema": schema}
    return [
        finding
        for step in (_functions, _triggers, _expressions)
        for finding in step(connection, given)
    ]


def _functions(connection: Connection, given: dict[str, str]) -> Iterator[Finding]:
    for row in connection.execute(_FUNCTIONS, given):
        yield Finding(row.place, "an isolated plugin has no functions in the database")


def _triggers(connection: Connection, given: dict[str, str]) -> Iterator[Finding]:
    for row in connection.execute(_TRIGGERS, given):
        yield Finding(row.place, f"the trigger {row.name} would run in the name of whoever writes")


def _expressions(connection: Connection, given: dict[str, str]) -> Iterator[Finding]:
    for row in connection.execute(_EXPRESSIONS, given):
        yield Finding(row.place, f"it calls {row.function} in the name of whoever writes")
