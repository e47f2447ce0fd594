"""Three schedulers in processes of their own, killed at random moments: one run per point.

Their clock is fast, so that a minute passes in a quarter of a second; each reads it off the same
beginning, and one of them is always some seconds ahead of the others.
"""

import asyncio
import json
import os
import random
import sys
import time
from asyncio.subprocess import Process
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.core.jobs import shop
from tests.core.jobs.house import House, opened, until
from tests.engines import Tenants

from maru.db import Scope
from maru.jobs.schedule_queries import RUNS
from maru.jobs.schedules import Scheduler
from maru.settings import Settings
from maru_sdk import Tenant

FAST = 240
KILLS = 25
BEGIN = datetime(2026, 10, 24, 22, 0, 30, tzinfo=UTC)  # in Berlin the hour of 2 comes twice
URLS = ("database_url", "database_system_url", "redis_queue_url", "redis_cache_url", "instance")


MINUTELY = replace(shop.plugin, schedules=[replace(shop.tick, missed="all")])


async def start(settings: Settings, tenants: Tenants, begun: float, ahead: float) -> Process:
    given = {
        "urls": {name: getattr(settings, name) for name in URLS},
        "tenants": [str(scope.tenant) for scope in (tenants.hanbit, tenants.saebom)],
        "begun": begun,
        "ahead": ahead,
    }
    path = os.pathsep.join([str(Path.cwd()), *sys.path])
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        json.dumps(given),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.mark.slow
async def test_one_run_per_point_whoever_is_killed(house: House, tenants: Tenants) -> None:
    begun = time.time()
    children = [await start(house.settings, tenants, begun, ahead) for ahead in (0, 7, 0)]
    try:
        await until(lambda: _ran(house, tenants.saebom, 3), 40)
        for _ in range(KILLS):
            at = random.randrange(3)
            said = children[at].stdout
            assert said is not None
            assert await said.readline() == b"ready\n"
            await asyncio.sleep(random.uniform(0, 0.4))
            children[at].kill()
            await children[at].wait()
            children[at] = await start(house.settings, tenants, begun, 7 if at == 1 else 0)
        before = len(await points(house, tenants.hanbit))
        await until(lambda: _ran(house, tenants.hanbit, before + 10), 40)
    finally:
        for child in children:
            child.kill()
            await child.wait()
    for scope in (tenants.hanbit, tenants.saebom):
        found = await points(house, scope)
        minutes = [datetime.fromisoformat(key) for key in found]
        assert len(found) == len(set(found)) > KILLS
        assert minutes == [minutes[0] + timedelta(minutes=n) for n in range(len(minutes))]
        jobs = await house.jobs(scope)
        assert len(jobs) == len(found), "a job more or less than there are runs"


async def points(house: House, scope: Scope) -> list[str]:
    async with house.database.unit(scope) as unit:
        runs = await unit.read(RUNS, name=shop.tick.name, most=100_000)
    return sorted(run.run_key for run in runs)


async def _ran(house: House, scope: Scope, number: int) -> bool:
    return len(await points(house, scope)) >= number


async def serve(given: str) -> None:
    told = json.loads(given)
    known = [
        Tenant(id=one, slug="t", name="T", timezone="Europe/Berlin") for one in told["tenants"]
    ]

    def clock() -> datetime:
        return BEGIN + timedelta(seconds=(time.time() - told["begun"]) * FAST + told["ahead"])

    async with opened(Settings(**told["urls"]), MINUTELY) as house:
        one = Scheduler(
            house.system, house.signals, house.catalog, lambda: known, house.on, clock=clock
        )
        one._loop.pause = 0.02
        one.start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
