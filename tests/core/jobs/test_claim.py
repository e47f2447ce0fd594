"""That no tenant waits behind another. What a claim costs: `test_plans.py`."""

import time

import pytest
from tests.core.jobs.conftest import add_tenants, name_of
from tests.core.jobs.house import House, until
from tests.core.jobs.test_window import all_done, targets, working
from tests.engines import SUPERUSER, Engines, Tenants, run_as

from maru.db import Scope
from maru.jobs.pace import BATCH, SHARE, Pace
from maru.settings import Settings

FILL = """
INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed)
SELECT t.id, gen_random_uuid(), 'core.idle', 'core', '{}', '{}'
  FROM maru.tenant t, generate_series(1, 3)"""


class TestTurns:
    async def test_claims_take_turns_until_all_are_served(
        self, engines: Engines, house: House, settings: Settings
    ) -> None:
        scopes = await add_tenants(engines, settings, 800)
        await run_as(engines, SUPERUSER, FILL, database=name_of(settings))
        relay = house.relay()
        served = {place.tenant_id for place in await relay._claim("first")}
        assert len(served) == BATCH  # one each
        await run_as(
            engines,
            SUPERUSER,
            "UPDATE maru.job SET state = 'done', lease_until = NULL WHERE lease_until IS NOT NULL",
            database=name_of(settings),
        )
        served |= {place.tenant_id for place in await relay._claim("second")}
        assert len(served) >= len(scopes) * 3 // 4


class TestFairness:
    @pytest.mark.slow
    async def test_a_deep_queue_of_quick_jobs_then_slow_ones(
        self, engines: Engines, house: House, settings: Settings, tenants: Tenants
    ) -> None:
        """The window is deep for quick jobs; when they turn slow it becomes shallow again, so
        another tenant's single job waits for seconds, not for all that stood in the window."""
        async with working(house):
            await house.enqueue(tenants.hanbit, *targets(3_000))
            await house.enqueue(tenants.hanbit, *targets(3_000), seconds=1)
            await until(lambda: _running_slow(house, tenants.hanbit), 120)
            began = time.monotonic()
            await house.enqueue(tenants.saebom, "mine")
            await until(lambda: all_done(house, tenants.saebom, 1), 60)
            assert time.monotonic() - began < 20
            assert (await house.states(tenants.hanbit))["waiting"] > 1_000


async def _running_slow(house: House, scope: Scope) -> bool:
    done = (await house.states(scope)).get("done", 0)
    return done > 3_000


class TestPace:
    def test_it_grows_while_it_is_found_empty_and_shrinks_again(self) -> None:
        pace, now = Pace(), 0.0
        for _ in range(10):
            pace.claimed(pace.depth()["share"], 0, now)
            now += 0.05
        assert pace.depth()["share"] == BATCH
        assert pace.depth()["bundle"] > 10
        assert pace.pause(now) <= 0.05
        held = BATCH
        for _ in range(60):  # now ten jobs a second leave it
            pace.claimed(1, held - 1, now)
            now += 0.1
        assert pace.depth() == {"share": SHARE, "window": BATCH, "bundle": 1}

    def test_what_was_recalled_makes_it_shallow_at_once(self) -> None:
        pace = Pace(share=400, rate=2_000)
        pace.slow()
        assert pace.depth() == {"share": SHARE, "window": BATCH, "bundle": 1}
