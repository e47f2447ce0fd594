"""Jobs leave with the transaction, run in it, and are settled by the kind of their error."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.core.jobs import shop
from tests.core.jobs.house import House, until
from tests.engines import Tenants

from maru.db import Scope
from maru.identity.models import Person
from maru.jobs.plugin import OWN
from maru_sdk import InvalidInput, Plugin
from maru_sdk.db import uuid7


async def put(house: House, scope: Scope, job: Any, ask: Any = None, **given: Any) -> UUID:
    async with house.database.unit(scope) as unit:
        assert scope.tenant is not None
        text = None if ask is None else ask.model_dump_json()
        found = await house.queue.enqueue(unit, scope.tenant, job, text, **given)
        await unit.commit()
    return found


async def run_all(house: House, scope: Scope) -> None:
    """Run each waiting job once, due or not."""
    runner = house.runner()
    assert scope.tenant is not None
    for row in await house.jobs(scope):
        if row.state == "waiting":
            await asyncio.sleep(max(0.0, (row.due_at - datetime.now(UTC)).total_seconds() + 0.005))
            await runner.run(scope.tenant, row.id)


class TestEnqueue:
    async def test_a_rolled_back_unit_enqueues_nothing(
        self, house: House, tenants: Tenants
    ) -> None:
        async with house.database.unit(tenants.hanbit) as unit:
            assert tenants.hanbit.tenant is not None
            await house.queue.enqueue(unit, tenants.hanbit.tenant, shop.write, None)
        assert await house.jobs(tenants.hanbit) == []

    async def test_it_leaves_with_the_commit(self, house: House, tenants: Tenants) -> None:
        job_id = await put(house, tenants.hanbit, shop.write, shop.Write(target="a"))
        (row,) = await house.jobs(tenants.hanbit)
        assert (row.id, row.kind, row.state) == (job_id, "core.write", "waiting")
        assert row.payload == {"target": "a", "seconds": 0.0}
        assert await house.jobs(tenants.saebom) == []

    async def test_a_thousand_are_one_statement(self, house: House, tenants: Tenants) -> None:
        ids = await house.enqueue(tenants.hanbit, *map(str, range(1_000)))
        assert len(set(ids)) == 1_000
        assert await house.states(tenants.hanbit) == {"waiting": 1_000}

    async def test_unique_is_one_while_it_waits(self, house: House, tenants: Tenants) -> None:
        ask = shop.Write(target="u")
        first = await put(house, tenants.hanbit, shop.write, ask, unique="u")
        assert await put(house, tenants.hanbit, shop.write, ask, unique="u") == first
        assert await put(house, tenants.saebom, shop.write, ask, unique="u") != first
        assert await put(house, tenants.hanbit, shop.urgent, ask, unique="u") != first
        await run_all(house, tenants.hanbit)
        assert await put(house, tenants.hanbit, shop.write, ask, unique="u") != first

    async def test_unique_while_it_runs_is_another(self, house: House, tenants: Tenants) -> None:
        """The one that runs may have read already what the second is enqueued for."""
        scope = tenants.hanbit
        slow = shop.Write(target="slow", seconds=0.3)
        first = await put(house, scope, shop.write, slow, unique="u")
        assert scope.tenant is not None
        running = asyncio.create_task(house.runner().run(scope.tenant, first))
        await until(lambda: _state(house, scope, first, "running"))
        assert await put(house, scope, shop.write, slow, unique="u") != first
        await running

    async def test_what_cannot_be_stored_is_refused(self, house: House, tenants: Tenants) -> None:
        for ask in (shop.Write(target="\x00"), shop.Write(target="x" * 1_000_001)):
            with pytest.raises(InvalidInput):
                await put(house, tenants.hanbit, shop.write, ask)
        await put(house, tenants.hanbit, shop.write, shop.Write(target="\\u0000 in words"))
        assert len(await house.jobs(tenants.hanbit)) == 1


class TestRun:
    async def test_effect_and_done_are_one(self, house: House, tenants: Tenants) -> None:
        await put(house, tenants.hanbit, shop.write, shop.Write(target="one"))
        await run_all(house, tenants.hanbit)
        (row,) = await house.jobs(tenants.hanbit)
        assert (row.state, row.result["target"], row.tries) == ("done", "one", 1)
        assert await house.effects(tenants.hanbit) == ["one"]

    async def test_the_same_message_ten_times_at_once(self, house: House, tenants: Tenants) -> None:
        scope = tenants.hanbit
        job_id = await put(house, scope, shop.write, shop.Write(target="x", seconds=0.05))
        assert scope.tenant is not None
        runners = [house.runner() for _ in range(10)]
        await asyncio.gather(*(one.run(scope.tenant, job_id) for one in runners))
        await runners[0].run(scope.tenant, job_id)
        assert await house.effects(scope) == ["x"]

    async def test_who_lost_the_row_leaves_nothing(
        self, house: House, tenants: Tenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A run that hung past its lease comes to its end beside the one that replaced it."""
        scope = tenants.hanbit
        job_id = await put(house, scope, shop.write, shop.Write(target="x", seconds=0.6))
        assert scope.tenant is not None
        runner = house.runner(lease=0.1)
        monkeypatch.setattr(runner, "_renew", _never)
        hung = asyncio.create_task(runner.run(scope.tenant, job_id))
        await until(lambda: _state(house, scope, job_id, "running"))
        await asyncio.sleep(0.15)
        await house.relay().care()
        await house.runner().run(scope.tenant, job_id)
        await hung
        assert await house.effects(scope) == ["x"]

    async def test_a_job_longer_than_its_lease_is_left_alone(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        job_id = await put(house, scope, shop.write, shop.Write(target="x", seconds=0.7))
        assert scope.tenant is not None
        running = asyncio.create_task(house.runner(lease=0.3).run(scope.tenant, job_id))
        relay = house.relay()
        while not running.done():
            await relay.care()
            await asyncio.sleep(0.05)
        (row,) = await house.jobs(scope)
        assert (row.state, row.tries) == ("done", 1)

    @pytest.mark.parametrize(
        ("how", "tries", "words"),
        [
            ("temporary", 4, "UNAVAILABLE"),
            ("lost", 4, "ConnectionResetError: reset"),
            ("late", 4, "TimeoutError"),
            ("unknown", 3, "KeyError: 'unknown'"),
            ("input", 1, "VALIDATION_FAILED: no � such ? thing"),
            ("fault", 1, "INTERNAL"),
        ],
    )
    async def test_errors_by_kind(
        self, house: House, tenants: Tenants, how: str, tries: int, words: str
    ) -> None:
        await put(house, tenants.hanbit, shop.fail, shop.Fail(how=how))
        for _ in range(6):
            await run_all(house, tenants.hanbit)
        (row,) = await house.jobs(tenants.hanbit)
        assert (row.state, row.tries) == ("dead", tries)
        assert row.error.startswith(words)
        assert await house.effects(tenants.hanbit) == []

    async def test_a_limit_costs_no_try(self, house: House, tenants: Tenants) -> None:
        await put(house, tenants.hanbit, shop.fail, shop.Fail(how="limited"))
        for _ in range(6):
            await run_all(house, tenants.hanbit)
        (row,) = await house.jobs(tenants.hanbit)
        assert (row.state, row.tries) == ("waiting", 0)

    async def test_a_cancelled_run_hands_back(self, house: House, tenants: Tenants) -> None:
        scope = tenants.hanbit
        job_id = await put(house, scope, shop.write, shop.Write(target="x", seconds=30))
        assert scope.tenant is not None
        running = asyncio.create_task(house.runner().run(scope.tenant, job_id))
        await until(lambda: _state(house, scope, job_id, "running"))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        (row,) = await house.jobs(scope)
        assert (row.state, row.tries, row.deaths) == ("waiting", 0, 0)
        assert await house.effects(scope) == []


class TestParking:
    async def test_off_parks_and_on_resumes(self, house: House, tenants: Tenants) -> None:
        scope = tenants.hanbit
        assert scope.tenant is not None
        house.off.add(scope.tenant)
        await put(house, scope, shop.write, shop.Write(target="x"))
        await run_all(house, scope)
        (row,) = await house.jobs(scope)
        assert (row.state, row.error) == ("parked", "PLUGIN_OFF: the plugin shop is off")
        relay = house.relay()
        await relay.care()
        assert await house.states(scope) == {"parked": 1}
        house.off.clear()
        await relay.care()
        await run_all(house, scope)
        assert await house.effects(scope) == ["x"]

    async def test_a_kind_that_is_gone_waits_for_its_return(
        self, house: House, tenants: Tenants
    ) -> None:
        catalog = house.catalog
        await put(house, tenants.hanbit, shop.write, shop.Write(target="x"))
        house.catalog = type(catalog)([("shop", Plugin(title="Empty"))])
        await run_all(house, tenants.hanbit)
        assert await house.states(tenants.hanbit) == {"parked": 1}
        house.catalog = catalog
        await house.relay().care()
        await run_all(house, tenants.hanbit)
        assert await house.effects(tenants.hanbit) == ["x"]

    async def test_delays(self, house: House, tenants: Tenants) -> None:
        later = datetime.now(UTC) + timedelta(hours=1)
        job_id = await put(house, tenants.hanbit, shop.write, shop.Write(target="x"), at=later)
        assert tenants.hanbit.tenant is not None
        await house.runner().run(tenants.hanbit.tenant, job_id)
        assert await house.states(tenants.hanbit) == {"waiting": 1}


async def _state(house: House, scope: Scope, job_id: UUID, state: str) -> bool:
    return any(row.id == job_id and row.state == state for row in await house.jobs(scope))


async def _never(*_: Any) -> None:
    return None


class TestOwn:
    async def test_only_who_asked_sees_it_and_only_the_code(
        self, house: House, tenants: Tenants
    ) -> None:
        scope, ask = tenants.hanbit, shop.Fail(how="fault")
        me = uuid7()
        async with house.database.unit(scope) as unit:
            session = await unit.session()
            session.add(Person(id=me, username="me", username_key="me", name="Me"))
            await unit.commit()
        mine = await put(house, scope, shop.fail, ask, actor=me)
        theirs = await put(house, scope, shop.fail, ask)
        await run_all(house, scope)
        async with house.database.unit(scope) as unit:
            (found,) = await unit.read(OWN, job=mine, person=me)
            assert (found.kind, found.state, found.error) == ("core.fail", "dead", "INTERNAL")
            assert list(await unit.read(OWN, job=theirs, person=me)) == []
