"""Tables of an isolated plugin bring no code along that would run in our name."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection
from tests.engines import Engines, copy_of, settings_for

from maru.db.migrate import WalkFailed, migrator
from maru.db.roles import plugin_role, run
from maru.db.strangers import brought_along
from maru.settings import Settings

TABLE = """CREATE TABLE plugin_tramp.note (
    tenant_id uuid NOT NULL DEFAULT maru.tenant(), id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    text text NOT NULL, day date, {} PRIMARY KEY (tenant_id, id))"""
FUNCTION = """CREATE FUNCTION plugin_tramp.f() RETURNS {} LANGUAGE plpgsql {} AS
    $$ BEGIN RETURN NULL; END $$"""
TRIGGER = """CREATE TRIGGER sly BEFORE DELETE ON plugin_tramp.note FOR EACH ROW
    EXECUTE FUNCTION {}()"""
INDEX = "CREATE INDEX i ON plugin_tramp.note (tenant_id, plugin_tramp.f())"
CHECKED = "ALTER TABLE plugin_tramp.note ADD CHECK ({})"
DEFAULT = "ALTER TABLE plugin_tramp.note ALTER text SET DEFAULT {}"
DOMAIN = "CREATE DOMAIN plugin_tramp.sly AS text CHECK (pg_notify('a', VALUE) IS NULL)"


@pytest.fixture(scope="module")
async def there(engines: Engines, template: str) -> AsyncIterator[Settings]:
    """A database in which the tramp has its schema."""
    async with copy_of(engines, template) as name:
        settings = settings_for(engines, name)
        async with migrator(settings) as work:
            await work.isolate("tramp", "x", None)
        yield settings


def made(connection: Connection, *statements: str) -> None:
    """Run a migration's statements as who runs them."""
    run(connection, f"SET LOCAL ROLE {plugin_role('tramp')}")
    for statement in statements:
        run(connection, statement)
    run(connection, "SET LOCAL ROLE NONE")


async def found(settings: Settings, *statements: str) -> list[str]:
    """What is found wrong after these, which are undone."""

    def work(connection: Connection) -> list[str]:
        made(connection, *statements)
        return [str(one) for one in brought_along(connection, "plugin_tramp")]

    async with migrator(settings) as owner, owner.engine.connect() as connection:
        return await connection.run_sync(work)


@pytest.mark.parametrize(
    "more",
    [
        "",
        "CHECK (length(text) < 100 AND text ~ '^x'),",
        "CHECK (day > created_at AND day <= now()),",
        "made timestamptz DEFAULT clock_timestamp() + interval '1 day',",
        "key uuid DEFAULT gen_random_uuid(), number bigserial,",
        "lower text GENERATED ALWAYS AS (lower(text)) STORED,",
        "year int DEFAULT extract(year FROM CURRENT_TIMESTAMP),",
    ],
)
async def test_what_tables_may_say(there: Settings, more: str) -> None:
    assert await found(there, TABLE.format(more)) == []


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([FUNCTION.format("int", "")], "plugin_tramp.f: an isolated plugin has no functions"),
        ([FUNCTION.format("trigger", ""), TRIGGER.format("plugin_tramp.f")], "the trigger sly"),
        ([TRIGGER.format("suppress_redundant_updates_trigger")], "the trigger sly"),
        ([FUNCTION.format("bool", "IMMUTABLE"), INDEX], "it calls plugin_tramp.f"),
        (
            [CHECKED.format("query_to_xml('SELECT 1', true, true, '') IS NOT NULL")],
            "pg_catalog.query_to_xml",
        ),
        (
            [DEFAULT.format("table_to_xml('maru.person', true, true, '')::text")],
            "pg_catalog.table_to_xml",
        ),
        ([DEFAULT.format("current_setting('maru.tenant')")], "pg_catalog.current_setting"),
        ([DOMAIN], "pg_catalog.pg_notify"),
    ],
)
async def test_what_runs_in_our_name(there: Settings, statements: list[str], said: str) -> None:
    assert said in "; ".join(await found(there, TABLE.format(""), *statements))


async def test_whoever_brings_it_is_not_let_in(settings: Settings) -> None:
    async with migrator(settings) as work:
        await work.isolate("tramp", "x", None)
        async with work.engine.begin() as connection:
            await connection.run_sync(
                lambda own: made(own, TABLE.format(""), FUNCTION.format("int", ""))
            )
        with pytest.raises(WalkFailed, match="no functions in the database"):
            await work.isolate("tramp", "x", None)
