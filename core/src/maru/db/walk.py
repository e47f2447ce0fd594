"""A walk of the catalogue that fails on any way around the tenant's wall.

What it looks for was measured: owners without FORCE, second permissive policies, IMMUTABLE helpers
that freeze one tenant into a plan, views with their owner's rights, keys and indexes that tell one
tenant what another has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from maru.db.harden import (
    EVERY_ROW,
    TENANT_ROWS_FOUND,
    TICKET_ROWS_FOUND,
    TICKET_ROWS_IN_CORE,
)
from maru.db.named import (
    DEFINERS,
    ISOLATED_GRANTS,
    SCHEMA,
    SEARCHED,
    SHARED,
    SYSTEM_GRANTS,
    VERSIONS,
)
from maru.db.roles import ISOLATED, SEARCH, Roles, isolated_role

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and where."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


_RELATIONS = """
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       c.relrowsecurity AS secured, c.relforcerowsecurity AS forced, c.relispartition AS partition,
       c.relhasrules AS rules, pg_get_userbyid(c.relowner) AS owner,
       coalesce('security_invoker=true' = ANY (c.reloptions)
             OR 'security_invoker=on' = ANY (c.reloptions), false) AS invoker,
       a.attnotnull AS tenant_not_null, format_type(a.atttypid, NULL) AS tenant_type,
       pg_get_expr(d.adbin, d.adrelid) AS tenant_default
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum > 0
       AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE n.nspname = ANY (:schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
 ORDER BY 1, 2"""

_POLICIES = """
SELECT schemaname AS schema, tablename AS name, policyname AS policy, permissive, cmd,
       roles::text[] AS roles, qual, with_check
  FROM pg_policies WHERE schemaname = ANY (:schemas) ORDER BY 1, 2, 3"""

_HELPERS = """
SELECT n.nspname AS schema, c.relname AS name, p.proname AS helper
  FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = y.oid
       AND d.refclassid = 'pg_proc'::regclass
  JOIN pg_proc p ON p.oid = d.refobjid
 WHERE n.nspname = ANY (:schemas) AND (p.provolatile = 'i' OR p.proleakproof)"""

_INDEXES = """
SELECT n.nspname AS schema, c.relname AS name, i.relname AS index, x.indisprimary AS key,
       (SELECT attname FROM pg_attribute
         WHERE attrelid = c.oid AND attnum = x.indkey[0] AND x.indkey[0] > 0) AS lead
  FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY (:schemas) AND (x.indisunique OR x.indisexclusion) ORDER BY 1, 2, 3"""

_REFERENCES = """
SELECT n.nspname AS schema, c.relname AS name, k.conname AS constraint,
       tn.nspname AS to_schema, t.relname AS to_name,
       EXISTS (SELECT FROM unnest(k.conkey, k.confkey) AS pair (own, other)
                 JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own
                 JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other
                WHERE a.attname = 'tenant_id' AND b.attname = 'tenant_id') AS composite
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
 WHERE k.contype = 'f' AND n.nspname = ANY (:schemas) ORDER BY 1, 2, 3"""

_FUNCTIONS = """
SELECT n.nspname AS schema, p.proname AS name, p.prosecdef AS definer,
       pg_get_userbyid(p.proowner) AS owner
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = ANY (:schemas) ORDER BY 1, 2"""

_GRANTS = """
SELECT n.nspname AS schema, c.relname AS name, c.relispartition AS partition, c.relkind AS kind,
       CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END AS grantee,
       g.privilege_type AS privilege
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) g
 WHERE n.nspname = ANY (:schemas) AND g.grantee <> c.relowner ORDER BY 1, 2, 5, 6"""

_OWNED = """
SELECT n.nspname AS schema, coalesce(c.relname, '*') AS name, r.rolname AS role
  FROM pg_roles r, pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
 WHERE n.nspname = ANY (:schemas) AND r.rolname = ANY (:serving)
   AND (pg_has_role(r.oid, n.nspowner, 'MEMBER') OR pg_has_role(r.oid, c.relowner, 'MEMBER'))"""

_SCHEMAS = """
SELECT nspname FROM pg_namespace WHERE nspname = 'maru' OR nspname LIKE 'plugin\\_%' ORDER BY 1"""


def walk(
    connection: Connection, roles: Roles, schemas: Sequence[str] | None = None
) -> list[Finding]:
    """List everything in these schemas (all of Maru's) that lets one tenant see another."""
    if schemas is None:
        schemas = list(connection.exec_driver_sql(_SCHEMAS).scalars())
    given = {"schemas": list(schemas), "serving": [roles.app, roles.system]}

    def rows(sql: str) -> list[Row]:
        clause = sa.text(sql)
        used = {name: given[name] for name in clause._bindparams}
        return [dict(row) for row in connection.execute(clause, used).mappings()]

    relations = rows(_RELATIONS)
    bound = [row for row in relations if row["kind"] in "rp" and not _shared(row)]
    steps: list[Iterator[Finding]] = [
        _relations(relations),
        _columns(bound),
        _policies(bound, rows(_POLICIES), roles),
        _helpers(rows(_HELPERS)),
        _indexes(bound, rows(_INDEXES)),
        _references(rows(_REFERENCES)),
        _functions(rows(_FUNCTIONS)),
        _grants(rows(_GRANTS), roles),
        _owned(rows(_OWNED)),
    ]
    return [finding for step in steps for finding in step]


def _place(row: Row) -> str:
    return f"{row['schema']}.{row['name']}"


def _shared(row: Row) -> bool:
    return row["name"] == VERSIONS or (row["schema"] == SCHEMA and row["name"] in SHARED)


def _relations(found: list[Row]) -> Iterator[Finding]:
    for row in found:
        if row["kind"] == "m":
            yield Finding(_place(row), "a materialised view keeps rows of all tenants")
        elif row["kind"] == "f":
            yield Finding(_place(row), "a foreign table knows no tenant")
        elif row["kind"] == "v" and not row["invoker"]:
            yield Finding(_place(row), "a view must be WITH (security_invoker = true)")
        elif row["kind"] in "rp" and row["rules"]:
            yield Finding(_place(row), "a rule may rewrite what row-level security sees")


def _columns(bound: list[Row]) -> Iterator[Finding]:
    for row in bound:
        if row["tenant_type"] is None:
            yield Finding(_place(row), "has no tenant_id")
            continue
        if row["tenant_type"] != "uuid" or not row["tenant_not_null"]:
            yield Finding(_place(row), "tenant_id must be uuid NOT NULL")
        if row["tenant_default"] not in ("maru.tenant()", "tenant()"):
            yield Finding(_place(row), "tenant_id must be DEFAULT maru.tenant()")
        if not (row["secured"] and row["forced"]):
            yield Finding(_place(row), "row-level security must be on and forced")


def _policies(bound: list[Row], found: list[Row], roles: Roles) -> Iterator[Finding]:
    held: dict[tuple[str, str], int] = {}
    for row in found:
        yield from _policy(row, roles)
        for role in row["roles"]:
            if row["permissive"] == "PERMISSIVE":
                held[_place(row), role] = held.get((_place(row), role), 0) + 1
    for (place, role), count in held.items():
        if count > 1:
            yield Finding(place, f"{count} permissive policies for {role} widen each other")
    for row in bound:
        if (_place(row), roles.app) not in held:
            yield Finding(_place(row), f"has no policy for {roles.app}")


def _policy(row: Row, roles: Roles) -> Iterator[Finding]:
    place, policy = _place(row), row["policy"]
    rows = {row["qual"], row["with_check"]}
    wide = rows == {EVERY_ROW} and row["roles"] == [roles.system]
    searched = rows == {EVERY_ROW} and row["roles"] == [SEARCH]
    if "public" in row["roles"]:
        yield Finding(place, f"the policy {policy} is for everyone")
    if row["cmd"] != "ALL":
        yield Finding(place, f"the policy {policy} holds for {row['cmd']} alone")
    if wide and row["schema"] == SCHEMA and row["name"] in SYSTEM_GRANTS:
        return
    if searched and row["schema"] == SCHEMA and row["name"] in SEARCHED:
        return
    if row["roles"] == [_isolated(row)] and _by_ticket(row["schema"], rows):
        return
    if rows != {TENANT_ROWS_FOUND}:
        yield Finding(place, f"the policy {policy} does not compare tenant_id with the scope")


def _by_ticket(schema: str, rows: set[str]) -> bool:
    return rows == {TICKET_ROWS_FOUND} or (schema == SCHEMA and rows == {TICKET_ROWS_IN_CORE})


def _isolated(row: Row) -> str | None:
    """The only role that may see this table's rows by ticket."""
    if row["schema"] == SCHEMA:
        return ISOLATED if row["name"] in ISOLATED_GRANTS else None
    return isolated_role(row["schema"].removeprefix("plugin_"))


def _helpers(found: list[Row]) -> Iterator[Finding]:
    for row in found:
        problem = f"its policy calls {row['helper']}, which is IMMUTABLE or LEAKPROOF"
        yield Finding(_place(row), problem)


def _indexes(bound: list[Row], found: list[Row]) -> Iterator[Finding]:
    places = {_place(row) for row in bound}
    keyed = {_place(row) for row in found if row["key"]}
    for place in sorted(places - keyed):
        yield Finding(place, "has no primary key (tenant_id, id)")
    for row in found:
        if _place(row) in places and row["lead"] != "tenant_id":
            yield Finding(_place(row), f"the unique index {row['index']} must lead with tenant_id")


def _references(found: list[Row]) -> Iterator[Finding]:
    for row in found:
        place, to = _place(row), f"{row['to_schema']}.{row['to_name']}"
        if row["to_schema"] not in (row["schema"], SCHEMA):
            yield Finding(place, f"{row['constraint']} refers to {to}, another plugin's table")
        elif not row["composite"]:
            problem = f"{row['constraint']} must refer to (tenant_id, id) of {to}"
            yield Finding(place, problem)


def _functions(found: list[Row]) -> Iterator[Finding]:
    for row in found:
        if row["definer"] and _place(row) not in DEFINERS:
            yield Finding(_place(row), "a SECURITY DEFINER function has its owner's rights")


def _grants(found: list[Row], roles: Roles) -> Iterator[Finding]:
    forbidden = ("TRUNCATE", "REFERENCES", "TRIGGER")
    serving = (roles.app, roles.system)
    for row in found:
        place, grantee, right = _place(row), row["grantee"], row["privilege"]
        if grantee == "PUBLIC":
            yield Finding(place, f"{right} is granted to everyone")
        elif grantee in serving and right in forbidden:
            yield Finding(place, f"{right} is granted to {grantee}")
        elif grantee in serving and row["partition"]:
            yield Finding(place, f"a partition is granted to {grantee}; grant its parent alone")
        elif grantee == roles.system and row["schema"] != SCHEMA:
            yield Finding(place, f"{right} is granted to {grantee}")


def _owned(found: list[Row]) -> Iterator[Finding]:
    for row in found:
        yield Finding(_place(row), f"{row['role']} serves and must not own it")
