"""Puts row-level security, policies and grants on a schema's tables, in their migration's own
transaction, so that no author can forget them and no moment is without them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy import Connection

from maru.db.named import (
    APP_GRANTS,
    ISOLATED_GRANTS,
    PARTITIONER,
    PLUGIN_GRANTS,
    SCHEMA,
    SEARCHED,
    SEARCHER,
    SHARED,
    SYSTEM_GRANTS,
    VERSIONS,
)
from maru.db.roles import ISOLATED, SEARCH, Roles, has_role, isolated_role, quoted, run

TENANT_ROWS = "tenant_id = NULLIF(current_setting('maru.tenant', true), '')::uuid"
# The same, as PostgreSQL writes it in pg_policies.
TENANT_ROWS_FOUND = (
    "(tenant_id = (NULLIF(current_setting('maru.tenant'::text, true), ''::text))::uuid)"
)
EVERY_ROW = "true"
# An isolated plugin chooses no tenant: the row's must be that of the ticket it was handed.
TICKET_ROWS = "tenant_id = (SELECT maru.isolated_tenant())"
TICKET_ROWS_FOUND = "(tenant_id = ( SELECT maru.isolated_tenant() AS isolated_tenant))"
# The same within core's own migration, whose search path names the schema; nowhere else, since
# there a plugin's own function could bear that name.
TICKET_ROWS_IN_CORE = TICKET_ROWS_FOUND.replace("maru.", "")
_WRITTEN = {
    TENANT_ROWS_FOUND: TENANT_ROWS,
    TICKET_ROWS_FOUND: TICKET_ROWS,
    EVERY_ROW: EVERY_ROW,
}
_ALL = "SELECT, INSERT, UPDATE, DELETE"
_NO_GRANTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Table:
    """A table or view as the catalogue has it."""

    schema: str
    name: str
    kind: str
    owner: str
    partition: bool
    secured: bool
    bound: bool

    @property
    def sql(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def shared(self) -> bool:
        """Whether no tenant owns its rows."""
        return self.name == VERSIONS or (self.schema == SCHEMA and self.name in SHARED)


_TABLES = sa.text("""
    SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
           pg_get_userbyid(c.relowner) AS owner, c.relispartition AS partition,
           c.relrowsecurity AND c.relforcerowsecurity AS secured,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                    AND a.attname = 'tenant_id' AND NOT a.attisdropped) AS bound
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = :schema AND c.relkind IN ('r', 'p', 'v') ORDER BY c.relname""")
_DOORS = sa.text("""
    SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = 'maru' AND starts_with(p.proname, 'isolated_') ORDER BY 1""")
_FUNCTION = sa.text("SELECT to_regproc(:name)::oid::regprocedure::text")
_POLICIES = sa.text("""
    SELECT policyname, roles::text[] AS roles, qual FROM pg_policies
     WHERE schemaname = :schema AND tablename = :name""")


def harden(connection: Connection, schema: str, roles: Roles) -> None:
    """Put everything on that the walk of the catalogue asks for; changes only what differs."""
    run(connection, f"REVOKE ALL ON SCHEMA {quoted(schema)} FROM PUBLIC")
    run(connection, f"REVOKE ALL ON ALL TABLES IN SCHEMA {quoted(schema)} FROM PUBLIC")
    _use(connection, schema, roles.app)
    if schema == SCHEMA:
        _use(connection, schema, roles.system)
        _let_partition(connection, roles.system)
        _let_search(connection, roles.app)
    isolated = _isolated(connection, schema)
    for table in tables(connection, schema):
        if table.kind != "v" and table.bound and not table.shared:
            _secure(connection, table)
            _set_policies(connection, table, roles, isolated)
        _grant(connection, table, roles)
        if isolated is not None:
            _grant_isolated(connection, table, isolated)


def _let_partition(connection: Connection, role: str) -> None:
    found = connection.execute(_FUNCTION, {"name": PARTITIONER}).scalar()
    if found is not None:
        run(connection, f"GRANT EXECUTE ON FUNCTION {found} TO {quoted(role)}")


def _let_search(connection: Connection, role: str) -> None:
    """Hand the search function to a role that may read the index alone, and let `role` call it."""
    found = connection.execute(_FUNCTION, {"name": SEARCHER}).scalar()
    if found is None:
        return
    searcher = quoted(SEARCH)
    run(connection, f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {searcher}")
    run(connection, f"ALTER FUNCTION {found} OWNER TO {searcher}")
    run(connection, f"REVOKE CREATE ON SCHEMA {SCHEMA} FROM {searcher}")
    run(connection, f"REVOKE ALL ON FUNCTION {found} FROM PUBLIC")
    run(connection, f"GRANT EXECUTE ON FUNCTION {found} TO {quoted(role)}")


def _isolated(connection: Connection, schema: str) -> str | None:
    """The role of an isolated plugin's process, where this schema has one, set up to use it."""
    role = ISOLATED if schema == SCHEMA else isolated_role(schema.removeprefix("plugin_"))
    if not has_role(connection, role):
        return None
    run(connection, f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {quoted(role)}")
    if schema == SCHEMA:
        doors = connection.execute(_DOORS).scalars().all()
        if doors:
            run(connection, f"GRANT EXECUTE ON FUNCTION {', '.join(doors)} TO {quoted(role)}")
    else:
        granted = f"USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {quoted(schema)}"
        run(connection, f"GRANT {granted} TO {quoted(role)}")
    return role


def tables(connection: Connection, schema: str) -> list[Table]:
    """List the tables and views of a schema."""
    return [Table(**row) for row in connection.execute(_TABLES, {"schema": schema}).mappings()]


def _use(connection: Connection, schema: str, role: str) -> None:
    run(connection, f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {quoted(role)}")
    granted = f"USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {quoted(schema)}"
    run(connection, f"GRANT {granted} TO {quoted(role)}")


def _secure(connection: Connection, table: Table) -> None:
    if not table.secured:
        run(connection, f"ALTER TABLE {table.sql} ENABLE ROW LEVEL SECURITY")
        run(connection, f"ALTER TABLE {table.sql} FORCE ROW LEVEL SECURITY")


def _set_policies(connection: Connection, table: Table, roles: Roles, isolated: str | None) -> None:
    wanted = dict(_wanted(table, roles, isolated))
    given = {"schema": table.schema, "name": table.name}
    for name, granted, found in connection.execute(_POLICIES, given):
        in_core = table.schema == SCHEMA and found == TICKET_ROWS_IN_CORE
        rows = TICKET_ROWS_FOUND if in_core else found
        if wanted.get(name) == (granted[0], rows) and len(granted) == 1:
            del wanted[name]
        else:
            run(connection, f"DROP POLICY {quoted(name)} ON {table.sql}")
    for name, (role, rows) in wanted.items():
        own = _WRITTEN[rows]
        run(
            connection,
            f"CREATE POLICY {quoted(name)} ON {table.sql} TO {quoted(role)}"
            f" USING ({own}) WITH CHECK ({own})",
        )


def _wanted(
    table: Table, roles: Roles, isolated: str | None
) -> Iterator[tuple[str, tuple[str, str]]]:
    yield "app", (roles.app, TENANT_ROWS_FOUND)
    yield "owner", (table.owner, TENANT_ROWS_FOUND)  # for data migrations, tenant by tenant
    if table.schema == SCHEMA and table.name in SYSTEM_GRANTS:
        yield "system", (roles.system, EVERY_ROW)
    if table.schema == SCHEMA and table.name in SEARCHED:
        yield "search", (SEARCH, EVERY_ROW)
    if isolated is not None and (table.schema != SCHEMA or table.name in ISOLATED_GRANTS):
        yield "isolated", (isolated, TICKET_ROWS_FOUND)


def _grant(connection: Connection, table: Table, roles: Roles) -> None:
    core = table.schema == SCHEMA
    app = "" if table.partition else _app_rights(table, core=core)
    system = SYSTEM_GRANTS.get(table.name, "") if core else ""
    for role, rights in ((roles.app, app), (roles.system, system)):
        run(connection, f"REVOKE ALL ON {table.sql} FROM {quoted(role)}")
        if rights:
            run(connection, f"GRANT {rights} ON {table.sql} TO {quoted(role)}")
    if core and table.name in SEARCHED:
        run(connection, f"GRANT SELECT ON {table.sql} TO {quoted(SEARCH)}")


def _grant_isolated(connection: Connection, table: Table, role: str) -> None:
    core = table.schema == SCHEMA
    rights = ISOLATED_GRANTS.get(table.name, "") if core else _ALL
    if table.name == VERSIONS or table.partition:
        rights = ""
    elif table.kind == "v" and rights:
        rights = "SELECT"
    run(connection, f"REVOKE ALL ON {table.sql} FROM {quoted(role)}")
    if rights:
        run(connection, f"GRANT {rights} ON {table.sql} TO {quoted(role)}")


def _app_rights(table: Table, *, core: bool) -> str:
    if table.name == VERSIONS or table.kind == "v":
        return "SELECT"
    return APP_GRANTS.get(table.name, _ALL) if core else _ALL


def open_core_to(connection: Connection, role: str) -> None:
    """Let a plugin's migration role list tenants, and refer to people and departments."""
    for table, rights in PLUGIN_GRANTS.items():
        run(connection, f"GRANT {rights} ON {SCHEMA}.{table} TO {quoted(role)}")
