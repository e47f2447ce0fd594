"""What an admin sees of the tenant's jobs, and what becomes of one repaired or cancelled."""

from typing import Any
from uuid import UUID

import pytest
from tests.core.jobs import shop
from tests.core.jobs.house import House
from tests.core.jobs.test_queue import put, run_all
from tests.engines import Tenants

from maru.db import Scope
from maru.jobs import desk as desk_module
from maru.jobs.desk import Desk, JobDetail, listing
from maru.jobs.errors import JobNotFound, JobOver, JobUnderWay, PayloadRefused
from maru_sdk import CursorParams
from maru_sdk.db import uuid7


def desk_of(house: House) -> Desk:
    return Desk(house.signals, house.catalog.find)


async def one(house: House, scope: Scope, job_id: UUID) -> JobDetail:
    async with house.database.unit(scope) as unit:
        (found,) = await unit.read(desk_module.JOB, job=job_id)
    return found


async def retry(house: House, scope: Scope, job_id: UUID, payload: Any = None) -> None:
    async with house.database.unit(scope) as unit:
        await desk_of(house).retry(unit, job_id, payload)
        await unit.commit()


async def cancel(house: House, scope: Scope, job_id: UUID) -> None:
    async with house.database.unit(scope) as unit:
        await desk_of(house).cancel(unit, job_id)
        await unit.commit()


class TestReading:
    async def test_lists_by_state_kind_and_plugin_hold_only_the_tenants_own(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        bad = await put(house, scope, shop.fail, shop.Fail(how="fault"))
        await run_all(house, scope)
        good = await put(house, scope, shop.write, shop.Write(target="a"))
        await put(house, tenants.saebom, shop.write, shop.Write(target="b"))
        wanted: list[tuple[dict[str, str], list[UUID]]] = [
            ({}, [good, bad]),
            ({"state": "dead"}, [bad]),
            ({"kind": "core.write"}, [good]),
            ({"kind": "core.write", "state": "dead"}, []),
            ({"plugin": "core"}, [good, bad]),
            ({"plugin": "core", "state": "waiting"}, [good]),
        ]
        for given, ids in wanted:
            query, args = listing(**given)
            async with house.database.unit(scope) as unit:
                page = await unit.page(query, CursorParams(limit=10), **args)
            assert [line.id for line in page] == ids, given

    async def test_a_dead_one_is_shown_with_payload_and_error(
        self, house: House, tenants: Tenants
    ) -> None:
        bad = await put(house, tenants.hanbit, shop.fail, shop.Fail(how="fault"))
        await run_all(house, tenants.hanbit)
        found = await one(house, tenants.hanbit, bad)
        assert (found.state, found.payload, found.wakes_when) == ("dead", {"how": "fault"}, "")
        assert found.error is not None
        assert found.error.startswith("INTERNAL")


class TestRepair:
    async def test_a_dead_letter_is_repaired_and_sent_again(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        bad = await put(house, scope, shop.fail, shop.Fail(how="fault"))
        await run_all(house, scope)
        await retry(house, scope, bad, {"how": "fine"})
        found = await one(house, scope, bad)
        assert (found.state, found.tries, found.error) == ("waiting", 0, None)
        await run_all(house, scope)
        assert (await one(house, scope, bad)).state == "done"
        assert await house.effects(scope) == ["fine"]

    @pytest.mark.parametrize(
        ("payload", "path"),
        [({}, "how"), ({"how": 7}, "how"), ({"how": "x\x00"}, "how"), ({"how": "a", "b": 1}, "b")],
    )
    async def test_what_its_model_does_not_take_is_refused(
        self, house: House, tenants: Tenants, payload: Any, path: str
    ) -> None:
        bad = await put(house, tenants.hanbit, shop.fail, shop.Fail(how="fault"))
        await run_all(house, tenants.hanbit)
        with pytest.raises(PayloadRefused) as refused:
            await retry(house, tenants.hanbit, bad, payload)
        assert refused.value.details["fields"][0]["path"] == path
        assert (await one(house, tenants.hanbit, bad)).state == "dead"

    async def test_only_what_is_over_without_success_goes_again(
        self, house: House, tenants: Tenants
    ) -> None:
        good = await put(house, tenants.hanbit, shop.write, shop.Write(target="a"))
        with pytest.raises(JobUnderWay):
            await retry(house, tenants.hanbit, good)
        await run_all(house, tenants.hanbit)
        with pytest.raises(JobUnderWay):
            await retry(house, tenants.hanbit, good)
        with pytest.raises(JobNotFound):
            await retry(house, tenants.saebom, good)


class TestCancel:
    async def test_a_waiting_one_never_runs(self, house: House, tenants: Tenants) -> None:
        scope = tenants.hanbit
        job_id = await put(house, scope, shop.write, shop.Write(target="a"))
        await cancel(house, scope, job_id)
        assert scope.tenant is not None
        await house.runner().run(scope.tenant, job_id)
        found = await one(house, scope, job_id)
        assert (found.state, await house.effects(scope)) == ("cancelled", [])
        assert found.finished_at is not None
        with pytest.raises(JobOver):
            await cancel(house, scope, job_id)
        with pytest.raises(JobNotFound):
            await cancel(house, scope, uuid7())
