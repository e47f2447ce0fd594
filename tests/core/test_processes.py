"""`maru worker` and `maru scheduler` as an operator starts them."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from tests.core.jobs.house import until
from tests.engines import Engines, Tenants, run_as

from maru.settings import DATABASES, REDIS, Settings, env_name

NAMES = (*DATABASES, *REDIS, "secret_key", "data", "instance")


@asynccontextmanager
async def running(
    role: str, settings: Settings, **changed: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    values = {env_name(name): str(getattr(settings, name)) for name in NAMES}
    path = os.pathsep.join([str(Path.cwd()), *sys.path])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "maru",
        role,
        env={**os.environ, **values, **changed, "PYTHONPATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def told(settings: Settings) -> str:
    """What the processes have left for a scrape."""
    client = Redis.from_url(settings.redis_live_url)
    try:
        return str(await client.hgetall(f"{{maru:{settings.instance}}}:figures"))
    finally:
        await client.aclose()


async def state_of(engines: Engines, database: str) -> str:
    connection = await asyncpg.connect(engines.postgres("maru_system", database))
    try:
        return str(await connection.fetchval("SELECT error FROM maru.job"))
    finally:
        await connection.close()


async def test_a_job_goes_through_both_and_both_end_cleanly(
    settings: Settings, engines: Engines, tenants: Tenants
) -> None:
    settings = settings.model_copy(update={"instance": f"p{secrets.token_hex(4)}"})
    name = settings.database_url.rpartition("/")[2]
    columns = "(tenant_id, id, kind, plugin, seed)"
    tenant = tenants.hanbit.tenant
    seed = f'{{"tenant": "{tenant}", "plugin": "gone"}}'
    values = f"('{tenant}', gen_random_uuid(), 'gone.job', 'gone', '{seed}')"
    insert = f"INSERT INTO maru.job {columns} VALUES {values}"
    await run_as(engines, "maru_system", insert, database=name)
    async with running("worker", settings) as worker, running("scheduler", settings) as scheduler:
        try:
            await until(lambda: _parked(engines, name), 120)
            await until(lambda: _told(settings), 60)
        finally:
            for process in (worker, scheduler):
                process.send_signal(signal.SIGTERM)
        ended = [await asyncio.wait_for(one.communicate(), 60) for one in (worker, scheduler)]
        assert [one.returncode for one in (worker, scheduler)] == [0, 0], ended


async def _parked(engines: Engines, name: str) -> bool:
    return await state_of(engines, name) == "JOB_UNKNOWN: no installed plugin has the job gone.job"


async def _told(settings: Settings) -> bool:
    figures = await told(settings)
    return "worker-" in figures and "scheduler-" in figures and "maru_queue_pending" in figures


@pytest.mark.parametrize(
    ("role", "setting", "value"),
    [
        ("worker", "MARU_DATABASE_URL", "postgresql://maru_app:x@127.0.0.1:1/maru"),
        ("worker", "MARU_REDIS_QUEUE_URL", "redis://127.0.0.1:1/0"),
        ("scheduler", "MARU_DATABASE_SYSTEM_URL", "postgresql://maru_system:x@127.0.0.1:1/maru"),
        ("scheduler", "MARU_REDIS_CACHE_URL", "redis://127.0.0.1:1/0"),
    ],
)
async def test_an_unreachable_server_is_one_line(
    settings: Settings, role: str, setting: str, value: str
) -> None:
    async with running(role, settings, **{setting: value}) as process:
        said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert len(said.decode().splitlines()) == 1
    assert said.decode().startswith(f"maru: {setting}: ")
