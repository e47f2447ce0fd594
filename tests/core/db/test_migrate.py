"""Migrations: each plugin by itself, behind the wall, up and down and up again."""

from tests.core.db.forest import FOREST
from tests.core.db.garden import GARDEN

from maru.db.migrate import drift, migrator
from maru.db.scripts import CORE_MIGRATIONS, migration_state
from maru.settings import Settings
from maru_sdk.db import tables_of


async def test_models_and_migrations_agree(settings: Settings) -> None:
    async with migrator(settings) as work, work.engine.begin() as connection:
        for plugin, package in (
            (CORE_MIGRATIONS, "maru"),
            (GARDEN, "maru_garden"),
            (FOREST, "maru_forest"),
        ):
            found = await connection.run_sync(drift, plugin, tables_of(package))
            assert found == []


async def test_up_down_up(settings: Settings) -> None:
    async with migrator(settings) as work:
        await work.downgrade(GARDEN)
        async with work.engine.connect() as connection:
            state = await connection.run_sync(migration_state, GARDEN)
            assert (state.current, state.done) == (None, False)
        report = await work.migrate([GARDEN, FOREST])
        assert report.failed == {}
        async with work.engine.connect() as connection:
            assert (await connection.run_sync(migration_state, GARDEN)).done
