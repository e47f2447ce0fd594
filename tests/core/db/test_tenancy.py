"""The wall between tenants: it stands whatever a plugin's SQL forgets or tries."""

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import selectinload
from tests.core.db import forest
from tests.core.db.conftest import Connect
from tests.core.db.garden import EVERY_PLANT, Bed, Plant
from tests.engines import OWNER, Engines, Tenants

from maru.audit.models import AuditLine
from maru.db import Database, Scope
from maru.db.named import SHARED, VERSIONS
from maru.events.models import Event
from maru.jobs.models import Job
from maru_sdk.db import select, uuid7

APP, SYSTEM = "maru_app", "maru_system"


async def plant(database: Database, scope: Scope, *names: str) -> Bed:
    async with database.unit(scope) as unit:
        bed = Bed(name="bed")
        session = await unit.session()
        session.add_all([bed, *(Plant(bed_id=bed.id, name=name) for name in names)])
        await unit.commit()
    return bed


async def test_select_without_where_returns_the_tenants_rows_alone(
    database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.hanbit, "a", "b")
    await plant(database, tenants.saebom, "c")
    for scope, names in ((tenants.hanbit, ["a", "b"]), (tenants.saebom, ["c"])):
        async with database.unit(scope) as unit:
            session = await unit.session()
            found = (await session.execute(select(Plant.name).order_by(Plant.name))).scalars()
            assert list(found) == names
            raw = await session.execute(text("SELECT count(*) FROM plugin_garden.plant"))
            assert raw.scalar_one() == len(names)


async def test_update_and_delete_without_where_touch_the_tenants_rows_alone(
    database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.hanbit, "a", "b")
    await plant(database, tenants.saebom, "c")
    async with database.unit(tenants.saebom) as unit:
        session = await unit.session()
        changed = await session.execute(text("UPDATE plugin_garden.plant SET name = 'x'"))
        assert changed.rowcount == 1  # type: ignore[attr-defined]
        await session.execute(text("DELETE FROM plugin_garden.plant"))
        await unit.commit()
    async with database.unit(tenants.hanbit) as unit:
        assert [row.name for row in await unit.read(EVERY_PLANT)] == ["a", "b"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO plugin_garden.bed (tenant_id, id, name) VALUES ('{other}', '{id}', 'x')",
        "UPDATE plugin_garden.bed SET tenant_id = '{other}'",
        "INSERT INTO plugin_garden.plant (id, bed_id, name, height) SELECT '{id}', '{bed}', 'x', 0",
        "UPDATE plugin_garden.plant SET bed_id = '{bed}'",
    ],
    ids=["insert", "update", "foreign key of an insert", "foreign key of an update"],
)
async def test_a_foreign_tenants_id_is_refused(
    database: Database, tenants: Tenants, statement: str
) -> None:
    await plant(database, tenants.hanbit, "mine")
    theirs = await plant(database, tenants.saebom, "theirs")
    sql = statement.format(other=tenants.saebom.tenant, id=uuid7(), bed=theirs.id)
    async with database.unit(tenants.hanbit) as unit:
        session = await unit.session()
        with pytest.raises(DBAPIError, match=r"row-level security|foreign key"):
            await session.execute(text(sql))


async def test_with_no_tenant_set_every_table_but_the_named_ones_gives_no_rows(
    connect: Connect, database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.hanbit, "a")
    async with database.unit(tenants.hanbit) as unit:
        session = await unit.session()
        session.add_all([Job(kind="k", plugin="garden"), Event(name="e"), _line()])
        await unit.commit()
    listed = """SELECT schemaname || '.' || tablename FROM pg_tables
        WHERE (schemaname = 'maru' OR schemaname LIKE 'plugin%') AND has_table_privilege(
            current_user, quote_ident(schemaname) || '.' || quote_ident(tablename), 'SELECT')"""
    async with connect(APP) as connection:
        tables = [row[0] for row in await connection.fetch(listed)]
        counts = {
            name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in tables
        }
    named = {f"maru.{name}" for name in SHARED}
    named |= {f"{schema}.{VERSIONS}" for schema in ("maru", "plugin_garden", "plugin_forest")}
    assert len(tables) > len(named) + 15
    assert {name for name, count in counts.items() if count} <= named


async def test_with_no_tenant_set_nothing_can_be_written(connect: Connect) -> None:
    async with connect(APP) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO plugin_garden.bed (id, name) VALUES ($1, 'x')", uuid7()
            )


async def test_an_unset_tenant_after_a_set_one_is_no_error(
    connect: Connect, database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.hanbit, "a")
    async with connect(APP) as connection:
        async with connection.transaction():
            await connection.execute(tenants.hanbit.sql())
        await connection.execute("SET LOCAL maru.tenant = ''")
        assert await connection.fetchval("SELECT count(*) FROM plugin_garden.plant") == 0


async def test_two_plugins_with_a_model_plant(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        session = await unit.session()
        bed = Bed(name="bed")
        bed.plants.append(Plant(name="mint", bed_id=bed.id))
        oak = forest.Plant(name="oak")
        oak.leaves.append(forest.Leaf(plant_id=oak.id))
        session.add_all([bed, oak])
        await session.flush()
        assert (await session.execute(select(Plant.name))).scalars().all() == ["mint"]
        assert (await session.execute(select(forest.Plant.name))).scalars().all() == ["oak"]
        eagerly = selectinload(Bed.plants)  # type: ignore[arg-type]
        loaded = select(Bed).options(eagerly).execution_options(populate_existing=True)
        (found,) = (await session.execute(loaded)).scalars()
        assert [one.name for one in found.plants] == ["mint"]
        joined = select(forest.Plant.name).join(forest.Leaf)
        assert (await session.execute(joined)).scalars().all() == ["oak"]


async def test_500_adds_are_one_insert(database: Database, tenants: Tenants) -> None:
    bed = await plant(database, tenants.hanbit)
    sent: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.unit(tenants.hanbit) as unit:
        session = await unit.session()
        plants = [Plant(bed_id=bed.id, name=str(number)) for number in range(500)]
        session.add_all(plants)
        await session.flush()
        assert len(sent) == 1
        assert sent[0].startswith("INSERT INTO plugin_garden.plant")
        assert all(one.created_at is not None for one in plants)  # no refresh, no greenlet
        assert {one.tenant_id for one in plants} == {tenants.hanbit.tenant}


async def test_a_flush_gives_what_the_database_filled(database: Database, tenants: Tenants) -> None:
    async with database.unit(tenants.hanbit) as unit:
        session = await unit.session()
        bed = Bed(name="one")
        session.add(bed)
        await session.flush()
        made = bed.updated_at
        assert bed.created_at == made
        bed.name = "two"
        await session.flush()
        assert bed.updated_at == made  # the transaction's time
        assert bed.model_dump().keys() == {"id", "created_at", "updated_at", "name"}
        assert (await unit.get(Bed, bed.id)) is bed
        assert (await unit.get(Bed, uuid7())) is None


async def test_queue_and_log_can_not_be_read_across_tenants_nor_without_one(
    connect: Connect, database: Database, tenants: Tenants
) -> None:
    async with database.unit(tenants.hanbit) as unit:
        (await unit.session()).add_all([Job(kind="k", plugin="garden"), Event(name="e")])
        await unit.commit()
    for scope, seen in ((tenants.hanbit, 1), (tenants.saebom, 0), (Scope(None), 0)):
        async with connect(APP, scope) as connection:
            for table in ("job", "event"):
                assert await connection.fetchval(f"SELECT count(*) FROM maru.{table}") == seen
    async with connect(SYSTEM) as connection:
        for table in ("job", "event"):
            assert await connection.fetchval(f"SELECT count(*) FROM maru.{table}") == 1


def _line() -> AuditLine:
    return AuditLine(action="board.created", target="board:1", after={"name": "공지"})


@pytest.mark.parametrize("verb", ["UPDATE maru.audit SET action = 'x'", "DELETE FROM maru.audit"])
async def test_audit_lines_can_not_be_changed(
    connect: Connect, database: Database, tenants: Tenants, verb: str
) -> None:
    async with database.unit(tenants.hanbit) as unit:
        (await unit.session()).add(_line())
        await unit.commit()
    async with connect(APP, tenants.hanbit) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(verb)


async def test_the_sealer_may_number_audit_lines_and_no_more(
    connect: Connect, database: Database, tenants: Tenants
) -> None:
    async with database.unit(tenants.hanbit) as unit:
        (await unit.session()).add(_line())
        await unit.commit()
    async with connect(SYSTEM) as connection:
        assert (
            await connection.execute("UPDATE maru.audit SET number = 1, seal = 's'") == "UPDATE 1"
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("UPDATE maru.audit SET action = 'x'")


@pytest.mark.parametrize(
    "table", ["plugin_garden.plant", "maru.person", "maru.session", "maru.setting"]
)
async def test_the_system_role_reads_the_named_tables_alone(connect: Connect, table: str) -> None:
    async with connect(SYSTEM) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval(f"SELECT count(*) FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE plugin_garden.plant",
        "CREATE TABLE plugin_garden.mine (id int)",
        "CREATE TABLE maru.mine (id int)",
        "ALTER TABLE plugin_garden.plant NO FORCE ROW LEVEL SECURITY",
        "DROP TABLE plugin_garden.plant",
        "INSERT INTO maru.tenant (id, slug, name) VALUES (gen_random_uuid(), 'x', 'x')",
        "SET ROLE maru_owner",
        "SET ROLE maru_plugin_garden",
        "SELECT set_config('maru.tenant', gen_random_uuid()::text, true)",
    ],
)
async def test_what_the_runtime_role_may_not_do(
    connect: Connect, tenants: Tenants, statement: str
) -> None:
    async with connect(APP, tenants.hanbit) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_the_runtime_role_leaves_nothing_on_its_connection(
    engines: Engines, template: str
) -> None:
    """A temporary table would show the next tenant on that connection what this one left."""
    connection = await asyncpg.connect(engines.postgres(APP, template))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TEMPORARY TABLE mine AS SELECT 1")
    finally:
        await connection.close()


async def test_read_refuses_another_tenants_scope(
    connect: Connect, database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.saebom, "theirs")
    read = "SELECT maru.read($1, 'SELECT name FROM plugin_garden.plant', '{}')"
    async with connect(APP, tenants.saebom) as connection:
        assert await connection.fetchval(read, tenants.saebom.tenant) == '[{"name":"theirs"}]'
        for other in (tenants.hanbit.tenant, None):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="another tenant"):
                async with connection.transaction():
                    await connection.fetchval(read, other)


async def test_read_inside_a_read_can_not_change_the_scope(
    connect: Connect, database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.saebom, "theirs")
    inner = f"SELECT maru.read(''{tenants.saebom.tenant}'', ''SELECT 1'', ''{{}}'')"
    async with connect(APP) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="another tenant"):
            await connection.fetchval(
                f"SELECT maru.read($1, '{inner}', '{{}}')", tenants.hanbit.tenant
            )


async def test_a_cached_plan_serves_the_next_tenant_its_own_rows(
    settings: object, connect: Connect, database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.hanbit, "a")
    await plant(database, tenants.saebom, "b")
    async with connect(APP) as connection:
        statement = await connection.prepare("SELECT name FROM plugin_garden.plant")
        for scope, name in [(tenants.hanbit, "a"), (tenants.saebom, "b")] * 10:
            await connection.execute(scope.sql())
            assert [row["name"] for row in await statement.fetch()] == [name]


async def test_one_connection_serves_tenants_in_turn(
    settings: object, database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.hanbit, "a")
    await plant(database, tenants.saebom, "b")
    for scope, name in [(tenants.hanbit, "a"), (tenants.saebom, "b")] * 10:
        async with database.unit(scope) as unit:
            session = await unit.session()
            assert (await session.execute(select(Plant.name))).scalars().all() == [name]
    assert database.status().in_use == 0


async def test_nobody_sees_nothing(database: Database, tenants: Tenants) -> None:
    await plant(database, tenants.hanbit, "a")
    async with database.unit(Scope(None)) as unit:
        assert list(await unit.read(EVERY_PLANT)) == []
        assert (await (await unit.session()).execute(select(Plant))).all() == []


async def test_a_unique_value_of_another_tenant_is_free(
    database: Database, tenants: Tenants
) -> None:
    await plant(database, tenants.hanbit)
    await plant(database, tenants.saebom)
    with pytest.raises(IntegrityError):
        await plant(database, tenants.saebom)


async def test_the_owner_too_sees_a_tenants_rows_alone(
    connect: Connect, database: Database, tenants: Tenants
) -> None:
    async with database.unit(tenants.hanbit) as unit:
        (await unit.session()).add(Job(kind="k", plugin="garden"))
        await unit.commit()
    for scope, seen in ((tenants.hanbit, 1), (tenants.saebom, 0), (Scope(None), 0)):
        async with connect(OWNER, scope) as connection:
            assert await connection.fetchval("SELECT count(*) FROM maru.job") == seen
