"""Two thousand jobs that each write a row, while what carries them is killed: two thousand rows.

Jobs are handed in a few at a time between the kills, so that there is always work under way.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable

import pytest
from tests.chaos.crew import Crew, crews, finished, hand_in, spared
from tests.chaos.figures import Report
from tests.core.jobs.house import House, opened, until
from tests.engines import Engines, Tenants

from maru.db import Scope
from maru.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

JOBS = 2_000
LASTS = 0.05
SEED = 20261120
Fault = Callable[[int], Awaitable[None]]


async def suffer(
    house: House, scope: Scope, fault: Fault, times: int, rng: random.Random
) -> dict[str, object]:
    """Hand in all jobs over `times` faults; come back when every one of them is done."""
    began, share = time.monotonic(), JOBS // times
    for number in range(times):
        names = [f"job-{number * share + at:04}" for at in range(share)]
        await hand_in(house, scope, names, LASTS)
        await asyncio.sleep(rng.uniform(0, 0.3))  # the moment is what is random here
        await fault(number)
    over = time.monotonic()

    async def all_done() -> bool:
        return await finished(house, scope) == JOBS

    await until(all_done, 240)
    written = await house.effects(scope)
    assert len(written) == JOBS
    assert len(set(written)) == JOBS
    assert await house.states(scope) == {"done": JOBS}
    now = time.monotonic()
    return {"rows": len(written), "seconds": now - began, "drained after": now - over}


async def test_fifty_kills_of_workers(settings: Settings, tenants: Tenants, report: Report) -> None:
    rng = random.Random(SEED)
    async with (
        opened(settings) as house,
        crews(settings, rng, workers=4, relays=1) as (workers, _),
    ):

        async def fault(number: int) -> None:
            # Whoever is killed with three workers is taken for the killer and parked.
            await until(lambda: spared(house, tenants.hanbit), 60)
            await workers.kill_one()

        told = await suffer(house, tenants.hanbit, fault, 50, rng)
    report.add("50 kills of workers under 2,000 jobs", {"kills": workers.kills, **told})
    assert workers.kills == 50


async def test_twenty_restarts_of_redis(
    settings: Settings, tenants: Tenants, own: Engines, report: Report
) -> None:
    """The seventh time it comes back empty."""
    rng = random.Random(SEED)
    async with (
        opened(settings) as house,
        crews(settings, rng, workers=3, relays=2),
    ):

        async def fault(number: int) -> None:
            assert own.queue.pid is not None
            os.kill(own.queue.pid, signal.SIGKILL)
            await asyncio.to_thread(own.queue.stop)
            if number == 6:
                for path in own.queue.store.rglob("*"):
                    if path.is_file():
                        path.unlink()
            await asyncio.to_thread(own.queue.start)

        told = await suffer(house, tenants.hanbit, fault, 20, rng)
    report.add("20 kills of Redis, once emptied, under 2,000 jobs", told)


async def test_twenty_restarts_of_postgres(
    settings: Settings, tenants: Tenants, own: Engines, report: Report
) -> None:
    rng = random.Random(SEED)
    async with (
        opened(settings) as house,
        crews(settings, rng, workers=3, relays=2),
    ):

        async def fault(number: int) -> None:
            await asyncio.to_thread(own.server.stop)
            await asyncio.to_thread(own.server.start)

        told = await suffer(house, tenants.hanbit, fault, 20, rng)
    report.add("20 restarts of PostgreSQL under 2,000 jobs", told)


async def test_the_relay_killed_at_each_of_its_steps(
    settings: Settings, tenants: Tenants, report: Report
) -> None:
    rng = random.Random(SEED)
    async with (
        opened(settings) as house,
        crews(settings, rng, workers=3, relays=0) as (_, relays),
    ):
        told = await suffer(house, tenants.hanbit, _at_each_step(relays, 20), 20, rng)
    report.add("20 deaths of relays, at named and random moments", {"kills": relays.kills, **told})
    assert relays.kills == 20


def _at_each_step(relays: Crew, times: int) -> Fault:
    """One relay at a time, so that it is the one to die; the last of them leaves a live one."""

    async def fault(number: int) -> None:
        point = ("claimed", "sent", "")[number % 3]
        if point:
            await relays.die_at(point)
        else:
            await relays.begin(1)
            await relays.kill_one(replaced=False)
        if number == times - 1:
            await relays.begin(1)

    return fault
