"""What happens to a job while it runs: cancelled, too late, in steps, with progress."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.core.jobs import shop
from tests.core.jobs.house import House, until
from tests.core.jobs.test_desk import cancel, one
from tests.core.jobs.test_queue import _state, put, run_all
from tests.core.jobs.test_window import execute_as_system
from tests.engines import Tenants

from maru.db import Scope
from maru.jobs import desk
from maru.jobs.doing import Doing, RowLost
from maru.jobs.rows import Asked, Rows
from maru.jobs.runner import Runner
from maru.jobs.signs import CANCELLED


class Heard:
    """A live sink that keeps what it was sent."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, dict[str, Any]]] = []

    async def send_now(
        self, tenant_id: UUID, room: str, event: str, data: Mapping[str, Any]
    ) -> None:
        self.said.append((room, event, dict(data)))


class TestCancel:
    async def test_a_running_one_is_stopped_and_leaves_nothing(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        assert scope.tenant is not None
        job_id = await put(house, scope, shop.write, shop.Write(target="x", seconds=60))
        runner = house.runner(lease=60)
        house.signals.on(CANCELLED, runner.cancelled)
        running = asyncio.create_task(runner.run(scope.tenant, job_id))
        await until(lambda: _state(house, scope, job_id, "running"))
        began = time.monotonic()
        await cancel(house, scope, job_id)
        await running
        assert time.monotonic() - began < 10
        found = await one(house, scope, job_id)
        assert (found.state, await house.effects(scope)) == ("cancelled", [])
        assert runner.active == 0

    async def test_without_the_signal_its_lease_tells(self, house: House, tenants: Tenants) -> None:
        scope = tenants.hanbit
        assert scope.tenant is not None
        job_id = await put(house, scope, shop.write, shop.Write(target="x", seconds=60))
        running = asyncio.create_task(house.runner(lease=0.9).run(scope.tenant, job_id))
        await until(lambda: _state(house, scope, job_id, "running"))
        await cancel(house, scope, job_id)
        await asyncio.wait_for(running, 15)
        assert await house.effects(scope) == []

    async def test_one_cancelled_at_its_very_end_is_rolled_back(
        self, house: House, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scope = tenants.hanbit
        assert scope.tenant is not None
        job_id = await put(house, scope, shop.write, shop.Write(target="x"))
        runner = house.runner(lease=60)
        finish = runner._finish_in

        async def late(*given: Any) -> None:
            await cancel(house, scope, job_id)
            await finish(*given)

        monkeypatch.setattr(runner, "_finish_in", late)
        await runner.run(scope.tenant, job_id)
        assert (await one(house, scope, job_id)).state == "cancelled"
        assert await house.effects(scope) == []


class TestDeadlines:
    async def test_nobody_wants_it_any_more(self, house: House, tenants: Tenants) -> None:
        scope = tenants.hanbit
        soon = datetime.now(UTC) + timedelta(seconds=0.3)
        ids = [
            await put(house, scope, shop.write, shop.Write(target=name), deadline=soon)
            for name in ("run", "swept")
        ]
        await asyncio.sleep(0.35)
        assert scope.tenant is not None
        await house.runner().run(scope.tenant, ids[0])
        await house.relay().care()
        for job_id in ids:
            found = await one(house, scope, job_id)
            assert found.state == "dead"
            assert (found.error or "").startswith("EXPIRED")
        assert await house.effects(scope) == []

    async def test_it_ends_a_run_and_is_not_tried_again(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        soon = datetime.now(UTC) + timedelta(seconds=1)
        ask = shop.Write(target="x", seconds=60)
        job_id = await put(house, scope, shop.write, ask, deadline=soon)
        assert scope.tenant is not None
        await asyncio.wait_for(house.runner().run(scope.tenant, job_id), 20)
        found = await one(house, scope, job_id)
        assert (found.state, found.tries) == ("dead", 1)
        assert (found.error or "").startswith("EXPIRED")
        assert "TimeoutError" in (found.error or "")


class TestSteps:
    async def test_a_second_run_skips_what_is_done(
        self, house: House, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shop, "runs", [])
        scope = tenants.hanbit
        ask = shop.Parts(number=6, fails_after=3, fails=2)
        job_id = await put(house, scope, shop.parts, ask)
        await run_all(house, scope)
        assert await house.effects(scope) == ["part 0", "part 1", "part 2"]
        await run_all(house, scope)
        await run_all(house, scope)
        assert await house.effects(scope) == [f"part {number}" for number in range(6)]
        assert (await one(house, scope, job_id)).state == "done"
        async with house.database.unit(scope) as unit:
            steps = [step.name for step in await unit.read(desk.STEPS, job=job_id)]
        assert steps == [f"part:{number}" for number in range(6)]

    async def test_a_run_that_lost_its_row_commits_no_step(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        assert scope.tenant is not None
        job_id = await put(house, scope, shop.parts, shop.Parts(number=1))
        (run,) = await Rows(house.database, 0.0).start([Asked(scope.tenant, job_id)])
        lost = Doing(run, house.database, Heard())
        await house.relay().care()  # the lease is over: somebody else takes it
        await house.runner().run(scope.tenant, job_id)
        assert await house.effects(scope) == ["part 0"]
        with pytest.raises(RowLost):
            async with _step(house, scope, lost, "part:1") as fresh:
                await shop.effect(fresh, "stolen")
        with pytest.raises(RowLost):
            await lost.progress(1, 2, "")
        assert await house.effects(scope) == ["part 0"]


def _step(house: House, scope: Scope, doing: Doing, name: str) -> Any:
    call: Any = type("Call", (), {"house": house, "job": doing})()
    return shop.Shop(house.database.unit(scope), None, call).step(name)  # type: ignore[arg-type]


class TestProgress:
    async def test_seen_at_once_throttled_and_the_last_always(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        assert scope.tenant is not None
        heard = Heard()
        job_id = await put(house, scope, shop.parts, shop.Parts(number=1))
        (run,) = await Rows(house.database, 60).start([Asked(scope.tenant, job_id)])
        doing = Doing(run, house.database, heard)
        began = time.monotonic()
        for number in range(1_000):
            await doing.progress(number, 1_000, "half \x00 way")
            if number == 0:
                assert (await one(house, scope, job_id)).progress == {
                    "done": 0,
                    "total": 1_000,
                    "note": "half � way",
                }
            await asyncio.sleep(0)
        await until(lambda: heard.said[-1][2]["done"] == 999)  # by itself, nothing follows
        assert len(heard.said) <= 3 + (time.monotonic() - began) * 4
        assert heard.said[0][:2] == (f"job:{job_id}", "progress")
        found = (await one(house, scope, job_id)).progress
        assert found is not None
        assert found["done"] == 999

    async def test_it_outlives_a_failure_and_the_end_is_told(
        self, house: House, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shop, "runs", [])
        heard = Heard()
        scope = tenants.hanbit
        assert scope.tenant is not None
        ask = shop.Parts(number=5, fails_after=2, fails=1)
        job_id = await put(house, scope, shop.parts, ask)
        runner = house.runner(live=heard)
        await runner.run(scope.tenant, job_id)
        found = await one(house, scope, job_id)
        assert (found.state, found.progress) == (
            "waiting",
            {"done": 2, "total": 5, "note": "part 1"},
        )
        await until(lambda: _again(runner, scope, job_id, house))
        found = await one(house, scope, job_id)
        assert found.progress == {"done": 5, "total": 5, "note": "part 4"}
        assert heard.said[-1] == (f"job:{job_id}", "state", {"state": "done"})


async def _again(runner: Runner, scope: Scope, job_id: UUID, house: House) -> bool:
    assert scope.tenant is not None
    await runner.run(scope.tenant, job_id)
    return await _state(house, scope, job_id, "done")


class TestBatches:
    async def test_what_opened_no_transaction_is_finished_together(
        self, house: House, tenants: Tenants
    ) -> None:
        asked = []
        for scope in (tenants.hanbit, tenants.saebom):
            assert scope.tenant is not None
            async with house.database.unit(scope) as unit:
                ids = await house.queue.enqueue_many(unit, scope.tenant, shop.idle, [None] * 30)
                await unit.commit()
            asked += [Asked(scope.tenant, job_id) for job_id in ids]
        sent: list[str] = []
        engine = house.database.engine.sync_engine

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        await house.runner(slots=60).run_all(asked)
        sa.event.remove(engine, "before_cursor_execute", note)
        for scope in (tenants.hanbit, tenants.saebom):
            assert await house.states(scope) == {"done": 30}
        assert len([one for one in sent if "start_jobs" in one]) == 1
        assert len([one for one in sent if "finish_jobs" in one]) <= 5

    async def test_the_functions_refuse_where_a_tenant_is_at_work(
        self, house: House, tenants: Tenants
    ) -> None:
        """A plugin's SQL runs in a scope, so it reaches no other tenant through them."""
        none = "'{}', '{}', '{}', '{}'"
        for call in (f"maru.start_jobs({none}, 1)", f"maru.finish_jobs({none})"):
            async with house.database.unit(tenants.hanbit) as unit:
                with pytest.raises(sa.exc.DBAPIError, match="a tenant is at work"):
                    await (await unit.session()).execute(sa.text(f"SELECT * FROM {call}"))

    async def test_a_message_that_was_replaced_starts_nothing(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        await house.enqueue(scope, "x")
        relay = house.relay()
        (old,) = await relay._claim("old")
        await execute_as_system(house, "UPDATE maru.job SET lease_until = NULL")
        (new,) = await relay._claim("new")
        rows = Rows(house.database, 60)
        assert await rows.start([Asked(old.tenant_id, old.job_id, old.message)]) == []
        assert len(await rows.start([Asked(new.tenant_id, new.job_id, new.message)])) == 1

    async def test_what_finds_no_slot_soon_is_handed_back(
        self, house: House, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("maru.jobs.runner.PATIENCE", 0.1)
        scope = tenants.hanbit
        assert scope.tenant is not None
        ids = await house.enqueue(scope, "long", "short", seconds=60)
        runner = house.runner(slots=1)
        asked = [Asked(scope.tenant, job_id) for job_id in ids]
        running = asyncio.create_task(runner.run_all(asked))
        await until(lambda: _both(house, scope))
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        rows = await house.jobs(scope)
        assert [(row.state, row.tries, row.deaths) for row in rows] == [("waiting", 0, 0)] * 2


async def _both(house: House, scope: Scope) -> bool:
    return await house.states(scope) == {"running": 1, "waiting": 1}
