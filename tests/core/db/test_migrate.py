"""Migrations: each plugin by itself, behind the wall, up and down and up again."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from tests.core.db.conftest import Connect
from tests.core.db.forest import FOREST
from tests.core.db.garden import EVERY_PLANT, GARDEN, Bed, Plant
from tests.engines import OWNER, SUPERUSER, Engines, Tenants, run_as, settings_for

from maru.db import Database
from maru.db.migrate import drift, migrate, migrator
from maru.db.scripts import CORE_MIGRATIONS, PluginMigrations, migration_state, scripts_of
from maru.notifications import hook_queries
from maru.plugins.migrated import migrations
from maru.plugins.registry import PluginHost
from maru.settings import SettingFault, Settings
from maru_sdk.db import tables_of, uuid7

GOOD = """tenant_id uuid NOT NULL DEFAULT maru.tenant(), id uuid, {}PRIMARY KEY (tenant_id, id)"""


def plugin(folder: Path, *statements: str, key: str = "shed", number: int = 1) -> PluginMigrations:
    """Write one migration of a plugin, after those that the folder already has."""
    folder.mkdir(exist_ok=True)
    before = f'"{number - 1}"' if number > 1 else "None"
    body = "\n".join(f"    op.execute({statement!r})" for statement in statements) or "    pass"
    if statements and statements[0].startswith("#"):
        body = "\n".join(f"    {line.lstrip('#')}" for line in statements)
    (folder / f"2026_{number}.py").write_text(
        "from alembic import op\nfrom maru_sdk.db import all_tenants\n"
        f'revision = "{number}"\ndown_revision = {before}\n'
        f"def upgrade():\n{body}\n"
        "def downgrade():\n    pass\n"
    )
    return PluginMigrations(key, folder)


async def outcome(settings: Settings, found: PluginMigrations) -> str | None:
    async with migrator(settings) as work:
        report = await work.migrate([found, GARDEN])
    assert report.core.error is None
    assert set(report.failed) <= {found.key}
    return report.failed.get(found.key)


async def test_models_and_migrations_agree(settings: Settings) -> None:
    async with migrator(settings) as work, work.engine.begin() as connection:
        for found, package in (
            (CORE_MIGRATIONS, "maru"),
            (GARDEN, "maru_garden"),
            (FOREST, "maru_forest"),
        ):
            assert await connection.run_sync(drift, found, tables_of(package)) == []


async def test_drift_is_found(settings: Settings, connect: Connect) -> None:
    async with connect("maru_owner") as connection:
        await connection.execute("SET ROLE maru_plugin_garden")
        await connection.execute("ALTER TABLE plugin_garden.plant DROP COLUMN tags")
        await connection.execute("DROP INDEX plugin_garden.bed_name_key")
    async with migrator(settings) as work, work.engine.begin() as connection:
        found = await connection.run_sync(drift, GARDEN, tables_of("maru_garden"))
    assert sorted(str(change[0]) for change in found) == ["add_column", "add_index"]


async def test_up_down_up(settings: Settings, connect: Connect) -> None:
    async with migrator(settings) as work:
        await work.downgrade(GARDEN)
        async with work.engine.connect() as connection:
            state = await connection.run_sync(migration_state, GARDEN)
            assert (state.current, state.done) == (None, False)
        report = await work.migrate([GARDEN, FOREST])
        assert report.failed == {}
        async with work.engine.connect() as connection:
            assert (await connection.run_sync(migration_state, GARDEN)).done
    async with connect("maru_app") as bare:
        assert await bare.fetchval("SELECT count(*) FROM plugin_garden.plant") == 0


INSTALLED = {found.key: found for found in migrations(PluginHost.load({}, strict=True))}
SHAPE = """
SELECT 'column',
       format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relnamespace = to_regnamespace('plugin_{key}') AND c.relkind IN ('r', 'p')
UNION ALL
SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'plugin_{key}'
UNION ALL
SELECT 'constraint', format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
  FROM pg_constraint WHERE connamespace = to_regnamespace('plugin_{key}')
UNION ALL
SELECT 'policy', format('%s %s %s', tablename, policyname, qual)
  FROM pg_policies WHERE schemaname = 'plugin_{key}'
"""


@pytest.mark.parametrize("key", INSTALLED)
async def test_every_installed_plugin_goes_down_step_by_step_and_up_again(
    settings: Settings, key: str
) -> None:
    """And stands then as it stood before."""
    found = INSTALLED[key]
    steps = [one.revision for one in scripts_of(found).walk_revisions()]
    async with migrator(settings) as work:
        assert (await work.migrate([found])).failed == {}
        async with work.engine.connect() as connection:
            before = sorted(map(tuple, await connection.exec_driver_sql(SHAPE.format(key=key))))
        for revision in [*steps[1:], "base"]:
            await work.downgrade(found, revision)
        async with work.engine.connect() as connection:
            left = await connection.exec_driver_sql(SHAPE.format(key=key))
            assert [row for row in left if "alembic_version" not in str(row)] == []
        assert (await work.migrate([found])).failed == {}
        async with work.engine.connect() as connection:
            after = sorted(map(tuple, await connection.exec_driver_sql(SHAPE.format(key=key))))
            assert await connection.run_sync(drift, found, tables_of(f"maru_{key}")) == []
    assert before
    assert after == before


async def test_core_up_down_up(settings: Settings) -> None:
    async with migrator(settings) as work:
        for found in (FOREST, GARDEN, CORE_MIGRATIONS):
            await work.downgrade(found)
        async with work.engine.connect() as connection:
            left = await connection.exec_driver_sql(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'maru'"
            )
            assert left.scalars().all() == ["alembic_version"]
        report = await work.migrate([GARDEN, FOREST])
        assert report.failed == {}


async def test_the_runtime_role_may_ask_for_the_state(settings: Settings) -> None:
    unknown = PluginMigrations("shed", GARDEN.location)
    database = await Database.open(settings.database_url)
    async with database, database.engine.connect() as connection:
        assert (await connection.run_sync(migration_state, GARDEN)).done
        state = await connection.run_sync(migration_state, unknown)
    assert (state.current, state.head) == (None, "2026_11_01_beds")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("CREATE TABLE t (id uuid PRIMARY KEY)", "has no tenant_id"),
        ("CREATE TABLE t (tenant_id uuid, id uuid)", "tenant_id must be uuid NOT NULL"),
        (
            "CREATE TABLE t (tenant_id uuid NOT NULL, id uuid, PRIMARY KEY (tenant_id, id))",
            "tenant_id must be DEFAULT maru.tenant()",
        ),
        (
            "CREATE TABLE t (tenant_id uuid NOT NULL DEFAULT maru.tenant(), id uuid)",
            "has no primary key",
        ),
        (
            f"CREATE TABLE t ({GOOD.replace('(tenant_id, id)', '(id, tenant_id)').format('')})",
            "t_pkey must lead with tenant_id",
        ),
        (f"CREATE TABLE t ({GOOD.format('code text UNIQUE, ')})", "must lead with tenant_id"),
        (
            f"CREATE TABLE t ({GOOD.format('a uuid UNIQUE, b uuid REFERENCES t (a), ')})",
            "must refer to (tenant_id, id)",
        ),
        (
            "CREATE TABLE t (" + GOOD.format("bed uuid, ") + ", FOREIGN KEY (tenant_id, bed)"
            " REFERENCES plugin_garden.bed (tenant_id, id))",
            "permission denied",
        ),
        ("CREATE VIEW v AS SELECT slug FROM maru.tenant", "security_invoker"),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1 AS one", "materialised view"),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1",
            "SECURITY DEFINER",
        ),
        (f"CREATE TABLE maru.t ({GOOD.format('')})", "permission denied"),
        ("DELETE FROM maru.tenant", "permission denied"),
    ],
)
async def test_what_breaks_the_wall_is_refused(
    settings: Settings, connect: Connect, tmp_path: Path, statement: str, reason: str
) -> None:
    assert reason in (await outcome(settings, plugin(tmp_path / "m", statement)) or "nothing")
    async with connect("maru_owner") as connection:
        assert await connection.fetchval("SELECT to_regnamespace('plugin_shed')") is None


async def test_grants_and_policies_of_an_author_do_not_stay(
    settings: Settings, connect: Connect, tmp_path: Path
) -> None:
    found = plugin(
        tmp_path / "m",
        f"CREATE TABLE t ({GOOD.format('')})",
        "GRANT ALL ON t TO PUBLIC",
        "GRANT TRUNCATE ON t TO maru_app",
        "CREATE POLICY wide ON t USING (true)",
        "ALTER TABLE t DISABLE ROW LEVEL SECURITY",
    )
    assert await outcome(settings, found) is None
    async with connect("maru_app") as connection:
        rights = """SELECT has_table_privilege('plugin_shed.t', right_)
            FROM unnest(ARRAY['SELECT', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) right_"""
        found_rights = [row[0] for row in await connection.fetch(rights)]
        assert found_rights == [True, True, False, False, False]
        names = await connection.fetch(
            "SELECT policyname FROM pg_policies WHERE schemaname = 'plugin_shed' ORDER BY 1"
        )
        assert [row[0] for row in names] == ["app", "owner"]


async def test_partitions_are_behind_the_wall_and_not_granted(
    settings: Settings, connect: Connect, tmp_path: Path, tenants: Tenants
) -> None:
    found = plugin(
        tmp_path / "m",
        f"CREATE TABLE t ({GOOD.format('')}) PARTITION BY RANGE (id)",
        "CREATE TABLE t_one PARTITION OF t DEFAULT",
    )
    assert await outcome(settings, found) is None
    async with connect("maru_app", tenants.hanbit) as connection:
        await connection.execute("INSERT INTO plugin_shed.t (id) VALUES (gen_random_uuid())")
        assert await connection.fetchval("SELECT count(*) FROM plugin_shed.t") == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("SELECT count(*) FROM plugin_shed.t_one")


async def test_a_failing_migration_leaves_its_plugin_as_it_was(
    settings: Settings, connect: Connect, tmp_path: Path
) -> None:
    folder = tmp_path / "m"
    assert await outcome(settings, plugin(folder, f"CREATE TABLE t ({GOOD.format('')})")) is None
    broken = plugin(folder, "ALTER TABLE t ADD a int", "SELECT 1/0", number=2)
    assert "division by zero" in str(await outcome(settings, broken))
    async with connect("maru_owner") as connection:
        columns = await connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'plugin_shed.t'::regclass"
            " AND attnum > 0 ORDER BY attnum"
        )
        assert [row[0] for row in columns] == ["tenant_id", "id"]
        assert (
            await connection.fetchval("SELECT version_num FROM plugin_shed.alembic_version") == "1"
        )


@pytest.mark.parametrize(
    "content", ["import nothing_like_it", "def upgrade(: pass", "raise SystemExit"]
)
async def test_a_migration_that_can_not_be_read_sets_its_plugin_aside(
    settings: Settings, tmp_path: Path, content: str
) -> None:
    (tmp_path / "2026_1.py").write_text(content)
    assert await outcome(settings, PluginMigrations("shed", tmp_path)) is not None


async def test_a_data_migration_over_all_tenants(
    settings: Settings, connect: Connect, database: Database, tenants: Tenants, tmp_path: Path
) -> None:
    folder = tmp_path / "m"
    table = f"CREATE TABLE t ({GOOD.format('n int, ')})"
    assert await outcome(settings, plugin(folder, table)) is None
    for scope in (tenants.hanbit, tenants.saebom):
        async with connect("maru_app", scope) as connection:
            await connection.execute(
                "INSERT INTO plugin_shed.t (id, n)"
                " SELECT gen_random_uuid(), 1 FROM generate_series(1, 3)"
            )
    plain = plugin(folder, "#op.execute('UPDATE t SET n = n + 1')", number=2)
    assert await outcome(settings, plain) is None
    all_ = plugin(folder, "#assert all_tenants(op, 'UPDATE t SET n = n + 10') == 6", number=3)
    assert await outcome(settings, all_) is None
    for scope in (tenants.hanbit, tenants.saebom):
        async with connect("maru_app", scope) as connection:
            values = await connection.fetch("SELECT DISTINCT n FROM plugin_shed.t")
            assert [row[0] for row in values] == [11]  # the plain UPDATE changed 0 rows


async def test_a_table_in_use_is_waited_for(
    settings: Settings, engines: Engines, tmp_path: Path
) -> None:
    name = settings.database_url.rpartition("/")[2]
    folder = tmp_path / "m"
    assert await outcome(settings, plugin(folder, f"CREATE TABLE t ({GOOD.format('')})")) is None
    reader = await asyncpg.connect(engines.postgres("maru_app", name))
    said: asyncio.Queue[str] = asyncio.Queue()
    try:
        await reader.execute("BEGIN; SELECT * FROM plugin_shed.t")
        async with migrator(settings, said.put_nowait) as work:
            later = plugin(folder, "ALTER TABLE t ADD a int", number=2)
            migrating = asyncio.create_task(work.migrate([later]))
            while "in use" not in await asyncio.wait_for(said.get(), 20):
                pass
            await reader.execute("COMMIT")
            assert (await migrating).failed == {}
    finally:
        await reader.close()


async def test_two_at_once_take_turns(settings: Settings, tmp_path: Path) -> None:
    table = f"CREATE TABLE t ({GOOD.format('')})"
    shed = plugin(tmp_path / "m", table, "SELECT pg_sleep(0.3)")

    async def once() -> dict[str, str]:
        async with migrator(settings) as work:
            return (await work.migrate([shed])).failed

    assert tuple(await asyncio.gather(once(), once(), once())) == ({}, {}, {})


async def test_what_is_migrated_stays_readable_while_it_serves(
    settings: Settings, database: Database, tenants: Tenants
) -> None:
    """A second `maru migrate` with nothing to do takes no lock that a reader waits for."""
    async with database.unit(tenants.hanbit) as unit:
        bed = Bed(name="bed")
        session = await unit.session()
        session.add_all([bed, Plant(bed_id=bed.id, name="a")])
        await session.flush()
        async with migrator(settings) as work:
            report = await asyncio.wait_for(work.migrate([GARDEN, FOREST]), 10)
        assert report.failed == {}
        assert [row.name for row in await unit.read(EVERY_PLANT)] == ["a"]


async def test_the_blocking_form_makes_everything_in_an_empty_database(engines: Engines) -> None:
    await run_as(engines, SUPERUSER, f"CREATE DATABASE empty OWNER {OWNER}")
    try:
        settings = settings_for(engines, "empty")
        report = await asyncio.to_thread(migrate, settings, lambda _: None, lambda: [GARDEN])
        assert report.failed == {}
        async with await Database.open(settings.database_url) as database:
            await database.check()
            async with database.engine.connect() as connection:
                shown = await connection.exec_driver_sql("SHOW statement_timeout")
                assert shown.scalar_one() == "5s"
    finally:
        await run_as(engines, SUPERUSER, "DROP DATABASE empty WITH (FORCE)")


@pytest.mark.parametrize(
    ("given", "setting", "problem"),
    [
        ({"database_owner_url": ""}, "MARU_DATABASE_OWNER_URL", "is not set"),
        ({"database_url": "OWNER"}, "MARU_DATABASE_URL", "is the owner"),
        (
            {"database_owner_url": "postgresql://maru_owner:no@H/d"},
            "MARU_DATABASE_OWNER_URL",
            "refuses",
        ),
        (
            {"database_owner_url": "postgresql://o:x@127.0.0.1:1/d"},
            "MARU_DATABASE_OWNER_URL",
            "reached",
        ),
        (
            {"database_owner_url": "APP", "database_url": "postgresql://other:x@H/d"},
            "MARU_DATABASE_OWNER_URL",
            "may not make roles",
        ),
    ],
)
async def test_a_wrong_owner_is_one_clear_line(
    engines: Engines, settings: Settings, given: dict[str, str], setting: str, problem: str
) -> None:
    name = settings.database_url.rpartition("/")[2]
    urls = {
        word: engines.postgres(role, name)
        for word, role in (("OWNER", OWNER), ("APP", "maru_app"), ("SYSTEM", "maru_system"))
    }
    address = f"127.0.0.1:{engines.server.port}"
    changed = {key: urls.get(url, url).replace("@H/", f"@{address}/") for key, url in given.items()}
    with pytest.raises(SettingFault, match=problem) as caught:
        async with migrator(settings.model_copy(update=changed)) as work:
            await work.migrate([])
    assert caught.value.setting == setting


LINES = """
INSERT INTO maru.audit (id, action, target, created_at)
SELECT gen_random_uuid(), action, 'x', CAST(moment AS timestamptz)
  FROM (VALUES ('auth.login', '2025-03-01'), ('rights.granted', '2025-11-01'),
               ('person.viewed', '2026-10-30')) AS line (action, moment)"""
KINDS = "SELECT action, kind FROM maru.audit ORDER BY created_at"


async def test_lines_of_before_find_their_partition(
    settings: Settings, connect: Connect, tenants: Tenants
) -> None:
    async with migrator(settings) as work:
        await work.downgrade(CORE_MIGRATIONS, "0010_isolated_jobs")
    async with connect("maru_app", tenants.hanbit) as connection:
        await connection.execute(LINES)
    async with migrator(settings) as work:
        report = await work.migrate([GARDEN, FOREST])
        assert (report.core.error, report.failed) == (None, {})
    async with connect("maru_app", tenants.hanbit) as connection:
        assert [tuple(row) for row in await connection.fetch(KINDS)] == [
            ("auth.login", "general"),
            ("rights.granted", "rights"),
            ("person.viewed", "personal"),
        ]


HOOK = """INSERT INTO maru.notification_hook (id, name, style, url, secret, host, kinds)
VALUES ($1, 'chat', 'slack', '', '', 'chat.example', '[]')"""
NOTICE = (
    "INSERT INTO maru.notice (id, kind, key, value) VALUES ($1, 'a.b', gen_random_uuid(), '{}')"
)
DELIVERY = """INSERT INTO maru.notification_delivery (id, hook_id, notice_id, error)
VALUES ($1, $1, $1, 'OUTSIDE_UNREACHABLE: away')"""


async def _before(connection: asyncpg.Connection) -> None:
    """What a process of the version before the channels writes."""
    made = uuid7()
    for statement in (HOOK, NOTICE, DELIVERY):
        await connection.execute(statement, made)


async def test_processes_of_before_go_on_beside_channels(
    settings: Settings, connect: Connect, database: Database, tenants: Tenants
) -> None:
    async with migrator(settings) as work:
        await work.downgrade(CORE_MIGRATIONS, "0038_isolated_notices")
    async with connect("maru_app", tenants.hanbit) as connection:
        await _before(connection)
    async with migrator(settings) as work:
        report = await work.migrate([GARDEN, FOREST])
        assert (report.core.error, report.failed) == (None, {})
    async with connect("maru_app", tenants.hanbit) as connection:
        await _before(connection)
    async with database.unit(tenants.hanbit) as unit:
        for channel in ("core.slack", "a.way"):
            row = {"name": "new", "channel": channel, "url": "", "secret": "", "host": ""}
            await unit.db.execute(hook_queries.ADD, row | {"id": uuid7(), "kinds": []})
        hooks = await unit.read(hook_queries.HOOKS)
        assert [one.channel for one in hooks] == ["core.slack"] * 3 + ["a.way"]
        for one in await unit.read(hook_queries.DELIVERIES):
            assert (one.channel, one.to) == ("core.slack", "chat")
            assert one.error is not None
            assert one.error.text == "OUTSIDE_UNREACHABLE: away"
        styles = await unit.db.scalars(
            sa.text("SELECT style FROM maru.notification_hook ORDER BY id")
        )
        assert list(styles) == ["slack"] * 3 + ["webhook"]
