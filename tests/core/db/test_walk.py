"""The walk of the catalogue finds each way around the wall that we know."""

import pytest
from sqlalchemy import Connection
from tests.engines import SUPERUSER, Engines

from maru.db.migrate import migrator
from maru.db.roles import Roles
from maru.db.walk import walk
from maru.settings import Settings

OPEN = "CREATE POLICY wide ON plugin_garden.plant TO maru_app USING (true)"
HELPER = """CREATE FUNCTION plugin_garden.mine() RETURNS uuid LANGUAGE sql {}
    RETURN NULLIF(current_setting('maru.tenant', true), '')::uuid"""
BY_HELPER = "ALTER POLICY app ON plugin_garden.plant USING (tenant_id = plugin_garden.mine())"

ACROSS = """ALTER TABLE plugin_forest.leaf ADD CONSTRAINT across
    FOREIGN KEY (tenant_id, id) REFERENCES plugin_garden.bed (tenant_id, id)"""
STRICT = """ALTER POLICY app ON maru.role
    USING (tenant_id = current_setting('maru.tenant')::uuid)"""


async def findings(engines: Engines, settings: Settings, *statements: str) -> list[str]:
    name = settings.database_url.rpartition("/")[2]
    as_superuser = settings.model_copy(
        update={"database_owner_url": engines.postgres(SUPERUSER, name)}
    )

    def work(connection: Connection) -> list[str]:
        for statement in statements:
            connection.exec_driver_sql(statement)
        return [str(found) for found in walk(connection, Roles.of(settings))]

    async with migrator(as_superuser) as owner, owner.engine.connect() as connection:
        return await connection.run_sync(work)


async def test_what_is_migrated_is_whole(engines: Engines, settings: Settings) -> None:
    assert await findings(engines, settings) == []


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["ALTER TABLE maru.role DISABLE ROW LEVEL SECURITY"], "maru.role: row-level security"),
        (["ALTER TABLE maru.role NO FORCE ROW LEVEL SECURITY"], "must be on and forced"),
        ([OPEN], "2 permissive policies for maru_app widen each other"),
        ([OPEN], "wide does not compare tenant_id with the scope"),
        ([OPEN.replace("TO maru_app", "")], "the policy wide is for everyone"),
        ([OPEN.replace("TO", "FOR SELECT TO")], "the policy wide holds for SELECT alone"),
        (["DROP POLICY app ON maru.role"], "maru.role: has no policy for maru_app"),
        (
            [STRICT],
            "does not compare tenant_id",
        ),
        (["ALTER POLICY app ON maru.role WITH CHECK (true)"], "does not compare tenant_id"),
        ([HELPER.format("IMMUTABLE"), BY_HELPER], "calls mine, which is IMMUTABLE or LEAKPROOF"),
        ([HELPER.format("STABLE LEAKPROOF"), BY_HELPER], "IMMUTABLE or LEAKPROOF"),
        (["CREATE POLICY system ON maru.person TO maru_system USING (true)"], "maru.person: the"),
        (["CREATE UNIQUE INDEX u ON maru.role (key)"], "u must lead with tenant_id"),
        (["CREATE UNIQUE INDEX u ON maru.role (lower(key), tenant_id)"], "u must lead"),
        (
            [
                "CREATE UNIQUE INDEX u ON maru.role (id)",
                "ALTER TABLE maru.role_grant ADD FOREIGN KEY (role_id) REFERENCES maru.role (id)",
            ],
            "role_grant_role_id_fkey1 must refer to (tenant_id, id) of maru.role",
        ),
        (
            [ACROSS],
            "across refers to plugin_garden.bed, another plugin's table",
        ),
        (["CREATE VIEW maru.v AS SELECT 1 AS one"], "maru.v: a view must be"),
        (["CREATE MATERIALIZED VIEW maru.v AS SELECT 1 AS one"], "maru.v: a materialised view"),
        (["CREATE RULE r AS ON INSERT TO maru.role DO INSTEAD NOTHING"], "maru.role: a rule"),
        (
            ["CREATE FUNCTION maru.f() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1"],
            "maru.f: a SECURITY DEFINER function",
        ),
        (["GRANT TRUNCATE ON maru.role TO maru_app"], "maru.role: TRUNCATE is granted to maru_app"),
        (["GRANT TRIGGER ON maru.role TO maru_system"], "TRIGGER is granted to maru_system"),
        (["GRANT SELECT ON maru.role TO PUBLIC"], "SELECT is granted to everyone"),
        (["GRANT SELECT ON plugin_garden.bed TO maru_system"], "SELECT is granted to maru_system"),
        (
            ["ALTER TABLE maru.role OWNER TO maru_app"],
            "maru.role: maru_app serves and must not own",
        ),
        (["GRANT maru_plugin_garden TO maru_app"], "plugin_garden.bed: maru_app serves"),
        (["CREATE TABLE maru.stray (id int)"], "maru.stray: has no tenant_id"),
        (["ALTER TABLE maru.role ALTER tenant_id DROP DEFAULT"], "must be DEFAULT maru.tenant()"),
        (["ALTER TABLE maru.role DROP CONSTRAINT role_pkey CASCADE"], "has no primary key"),
    ],
)
async def test_each_hole_is_found(
    engines: Engines, settings: Settings, statements: list[str], said: str
) -> None:
    found = await findings(engines, settings, *statements)
    assert said in "\n".join(found)


async def test_partitions_granted_directly(engines: Engines, settings: Settings) -> None:
    make = """CREATE TABLE plugin_garden.p (tenant_id uuid NOT NULL DEFAULT maru.tenant(), id uuid,
        PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id)"""
    part = "CREATE TABLE plugin_garden.p1 PARTITION OF plugin_garden.p DEFAULT"
    grant = "GRANT SELECT ON plugin_garden.p1 TO maru_app"
    found = await findings(engines, settings, make, part, grant)
    assert "plugin_garden.p1: a partition is granted to maru_app; grant its parent alone" in found
