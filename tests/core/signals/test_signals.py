"""What one process commits every process hears, whatever happens to Redis in between."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.jobs.house import until
from tests.engines import OWNER, Engines, Tenants, run_as

from maru.db import Database, Scope
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals
from maru.signals import signals as module
from maru.signals.loop import Loop

Heard = list[tuple[UUID | None, str]]


@asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[tuple[Signals, Heard, Database]]:
    """A process that listens, with what it has heard."""
    async with await Database.open(settings.database_url, pool_size=4) as database:
        redises = Redises(settings)
        signals, heard = Signals(database, redises), Heard()

        async def hear(tenant_id: UUID | None, key: str) -> None:
            heard.append((tenant_id, key))

        signals.on("plugin", hear)
        await signals.start()
        try:
            yield signals, heard, database
        finally:
            await signals.stop()
            await redises.close()


async def say(signals: Signals, database: Database, scope: Scope, key: str) -> None:
    async with database.unit(scope) as unit:
        await signals.send(unit, "plugin", key, scope.tenant)
        await unit.commit()


class TestSignals:
    async def test_another_process_hears_at_once(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        async with (
            listening(settings) as (here, mine, database),
            listening(settings) as (_, heard, _),
        ):
            began = time.monotonic()
            await say(here, database, tenants.hanbit, "board")
            await until(lambda: heard and mine, 2)
            assert time.monotonic() - began < 2
            assert heard == mine == [(tenants.hanbit.tenant, "board")]

    async def test_without_redis_within_two_seconds(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        nowhere = settings.model_copy(update={"redis_live_url": "redis://127.0.0.1:1/0"})
        async with listening(nowhere) as (here, _, database), listening(nowhere) as (_, heard, _):
            await say(here, database, tenants.hanbit, "board")
            await until(lambda: heard, 2)

    async def test_a_rolled_back_unit_says_nothing(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        async with listening(settings) as (here, heard, database):
            async with database.unit(tenants.hanbit) as unit:
                await here.send(unit, "plugin", "lost")
                await (await unit.session()).flush()
            await say(here, database, tenants.hanbit, "kept")
            await until(lambda: heard, 2)
            assert heard == [(tenants.hanbit.tenant, "kept")]

    async def test_a_number_that_commits_late_is_heard_once(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        """A lower number that appears after higher ones were read must not be stepped over."""
        async with listening(settings) as (here, heard, database):
            async with database.unit(tenants.hanbit) as late:
                await here.send(late, "plugin", "late")
                for n in range(3):
                    await say(here, database, tenants.hanbit, str(n))
                    await here.poll()
                assert [key for _, key in heard] == ["0", "1", "2"]
                await late.commit()
            for _ in range(3):
                await here.poll()
            assert [key for _, key in heard] == ["0", "1", "2", "late"]

    async def test_a_callback_that_fails_is_called_again(
        self, settings: Settings, tenants: Tenants
    ) -> None:
        async with listening(settings) as (here, heard, database):
            calls: list[str] = []

            async def fails_once(tenant_id: UUID | None, key: str) -> None:
                calls.append(key)
                if len(calls) == 1:
                    raise ConnectionError

            here.on("plugin", fails_once)
            await say(here, database, tenants.hanbit, "board")
            await until(lambda: len(calls) == 2, 3)
            assert len(heard) == 1

    async def test_after_a_gap_everything_is_forgotten(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with listening(settings) as (here, _, _):
            forgotten: list[bool] = []
            here.on_gap(lambda: forgotten.append(True))
            await here.poll()
            assert forgotten == []
            monkeypatch.setattr(module, "GAP", -1.0)
            await here.poll()
            assert forgotten

    async def test_the_database_restarts_and_nothing_is_missed(
        self, settings: Settings, tenants: Tenants, engines: Engines
    ) -> None:
        async with listening(settings) as (_, heard, database):
            name = settings.database_url.rpartition("/")[2]
            cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            await run_as(engines, "postgres", cut)
            insert = (
                "INSERT INTO maru.signal (id, kind, key) VALUES (gen_random_uuid(), 'plugin', 'x')"
            )
            await run_as(engines, OWNER, insert, database=name)
            await until(lambda: heard == [(None, "x")], 10)
            assert database.status().in_use <= 1


class TestPrune:
    async def test_only_what_is_old_goes(
        self, settings: Settings, tenants: Tenants, engines: Engines
    ) -> None:
        from maru.jobs.housekeeping import Housekeeping

        name = settings.database_url.rpartition("/")[2]
        insert = (
            "INSERT INTO maru.signal (id, kind, key, created_at)"
            " VALUES (gen_random_uuid(), 'plugin', 'old', now() - interval '2 h'),"
            " (gen_random_uuid(), 'plugin', 'new', now())"
        )
        await run_as(engines, OWNER, insert, database=name)
        async with await Database.open(settings.database_system_url, pool_size=2) as system:
            await Housekeeping(system).tidy()
            async with system.unit(Scope(None)) as unit:
                found: Any = await (await unit.session()).execute(
                    sa.text("SELECT key FROM maru.signal WHERE key <> ''")
                )
                assert found.scalars().all() == ["new"]


class TestLoop:
    async def test_it_survives_a_fault_and_can_be_woken(self) -> None:
        steps: list[int] = []

        async def step() -> None:
            steps.append(1)
            if len(steps) == 1:
                raise ValueError("once")

        loop = Loop("test", step, 60)
        loop.start()
        await until(lambda: len(steps) == 1)
        assert loop.faults == 1
        loop.wake()
        await until(lambda: len(steps) == 2)
        await loop.stop()
        assert loop.faults == 0
