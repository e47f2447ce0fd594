"""Start-up: a role that row-level security does not bind is refused, in one line."""

import pytest
from tests.engines import OWNER, SUPERUSER, Engines, run_as, settings_for

from maru.db import Database, check
from maru.settings import SettingFault, Settings

MAKE = (
    "DROP ROLE IF EXISTS odd",
    "CREATE ROLE odd LOGIN PASSWORD 'odd'",
    "GRANT maru_app TO odd",
)


async def fault(url: str) -> str:
    with pytest.raises(SettingFault) as caught:
        async with await Database.open(url, wait=5) as database:
            await database.check()
    assert caught.value.setting == "MARU_DATABASE_URL"
    assert "\n" not in str(caught.value)
    return caught.value.problem


async def test_the_roles_that_serve_are_accepted(settings: Settings) -> None:
    for url in (settings.database_url, settings.database_system_url):
        async with await Database.open(url) as database:
            await database.check()


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["ALTER ROLE odd SUPERUSER"], "is a superuser"),
        (["ALTER ROLE odd BYPASSRLS"], "bypasses row-level security"),
        (["GRANT postgres TO odd"], r"is a superuser \(through postgres\)"),
        (["GRANT maru_owner TO odd"], "owns tables in maru"),
        (["GRANT maru_plugin_garden TO odd"], "owns tables in plugin_garden"),
        (["ALTER TABLE maru.role OWNER TO odd"], "owns tables in maru"),
    ],
)
async def test_a_role_that_could_bypass_is_refused(
    engines: Engines, settings: Settings, statements: list[str], said: str
) -> None:
    name = settings.database_url.rpartition("/")[2]
    await run_as(engines, SUPERUSER, *MAKE, *statements, database=name)
    try:
        url = f"postgresql://odd:odd@127.0.0.1:{engines.server.port}/{name}"
        with pytest.raises(AssertionError, match=said):
            raise AssertionError(await fault(url))
    finally:
        await run_as(
            engines, SUPERUSER, "REASSIGN OWNED BY odd TO postgres", "DROP ROLE odd", database=name
        )


async def test_owner_and_superuser_are_refused(engines: Engines, settings: Settings) -> None:
    name = settings.database_url.rpartition("/")[2]
    assert "owns tables" in await fault(engines.postgres(OWNER, name))
    assert "is a superuser" in await fault(engines.postgres(SUPERUSER, name))


async def test_what_can_not_be_reached_or_signed_in_to(
    engines: Engines, settings: Settings
) -> None:
    good = settings.database_url
    password = engines.server.password("maru_app")
    assert "refuses" in await fault(good.replace(password, "wrong"))
    assert "can't be reached" in await fault("postgresql://a:b@127.0.0.1:1/maru")
    assert "can't be reached" in await fault("postgresql://a:b@no-such-host.invalid/maru")
    assert 'database "nowhere" does not exist' in await fault(
        engines.postgres("maru_app", "nowhere")
    )


async def test_a_server_that_is_no_postgresql(engines: Engines) -> None:
    assert "can't be" in await fault(f"postgresql://a:b@127.0.0.1:{engines.queue.port}/maru")


async def test_a_database_that_is_not_migrated(engines: Engines, settings: Settings) -> None:
    await run_as(engines, SUPERUSER, f"CREATE DATABASE bare OWNER {OWNER}")
    try:
        assert "run maru migrate" in await fault(settings_for(engines, "bare").database_url)
    finally:
        await run_as(engines, SUPERUSER, "DROP DATABASE bare WITH (FORCE)")
    name = settings.database_url.rpartition("/")[2]
    old = "UPDATE maru.alembic_version SET version_num = '0000_older'"
    await run_as(engines, OWNER, old, database=name)
    assert "at 0000_older, not 0" in await fault(settings.database_url)


async def test_an_old_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "MINIMUM", (99,))
    assert "PostgreSQL 99 or later is needed" in await fault(settings.database_url)
