"""Jobs that wait for others: what is done frees the next, once, whoever ends when."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.core.jobs import shop
from tests.core.jobs.house import Child, House, until
from tests.core.jobs.test_desk import cancel, one, retry
from tests.core.jobs.test_queue import run_all
from tests.core.jobs.test_window import working
from tests.engines import Tenants

from maru.db import Scope
from maru.jobs import desk
from maru.jobs.queue import Asker, Terms
from maru.jobs.rows import Asked


def write(target: str, seconds: float = 0) -> tuple[Any, Any]:
    return shop.write, shop.Write(target=target, seconds=seconds)


async def chain(house: House, scope: Scope, *links: Any) -> list[UUID]:
    async with house.database.unit(scope) as unit:
        assert scope.tenant is not None
        ids = await house.queue.chain(unit, Asker(tenant=scope.tenant), links, Terms())
        await unit.commit()
    return ids


async def group(house: House, scope: Scope, *members: Any, then: Any) -> list[UUID]:
    async with house.database.unit(scope) as unit:
        assert scope.tenant is not None
        ids = await house.queue.group(unit, Asker(tenant=scope.tenant), members, then, Terms())
        await unit.commit()
    return ids


async def states(house: House, scope: Scope, ids: list[UUID]) -> list[str]:
    found = {row.id: row.state for row in await house.jobs(scope)}
    return [found[job_id] for job_id in ids]


class TestChains:
    async def test_one_after_another(self, house: House, tenants: Tenants) -> None:
        ids = await chain(house, tenants.hanbit, write("a"), (shop.idle, None), write("b"))
        assert await states(house, tenants.hanbit, ids) == ["waiting", "held", "held"]
        await run_all(house, tenants.hanbit)
        assert await states(house, tenants.hanbit, ids) == ["done", "waiting", "held"]
        await run_all(house, tenants.hanbit)
        await run_all(house, tenants.hanbit)
        assert await states(house, tenants.hanbit, ids) == ["done", "done", "done"]
        assert await house.effects(tenants.hanbit) == ["a", "b"]

    async def test_a_dead_link_holds_the_rest_until_it_is_mended(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        ids = await chain(house, scope, (shop.fail, shop.Fail(how="fault")), write("b"))
        await run_all(house, scope)
        assert await states(house, scope, ids) == ["dead", "held"]
        shown = await one(house, scope, ids[1])
        assert shown.wakes_when == "It goes on when all jobs before it are done"
        async with house.database.unit(scope) as unit:
            members = await unit.read(desk.MEMBERS, job=ids[1])
            assert [(member.id, member.state) for member in members] == [(ids[0], "dead")]
        await retry(house, scope, ids[0], {"how": "fine"})
        await run_all(house, scope)
        await run_all(house, scope)
        assert await states(house, scope, ids) == ["done", "done"]

    async def test_cancelled_cancels_what_follows(self, house: House, tenants: Tenants) -> None:
        scope = tenants.hanbit
        ids = await chain(house, scope, write("a"), write("b"), write("c"))
        await cancel(house, scope, ids[0])
        assert await states(house, scope, ids) == ["cancelled"] * 3
        assert (await one(house, scope, ids[2])).error == (
            f"BEFORE_CANCELLED: the job before it, {ids[0]}, was cancelled"
        )


class TestGroups:
    async def test_the_last_two_end_at_the_same_moment(
        self, house: House, tenants: Tenants
    ) -> None:
        """Ten times, transactions and batches mixed: the completion is freed once."""
        scope = tenants.hanbit
        assert scope.tenant is not None
        for number in range(10):
            then = f"then {number}"
            ids = await group(
                house, scope, write("m"), write("n"), (shop.idle, None), then=write(then)
            )
            runners = [house.runner() for _ in ids[:3]]
            await asyncio.gather(
                *(
                    runner.run_all([Asked(scope.tenant, job_id)])
                    for runner, job_id in zip(runners, ids[:3], strict=True)
                )
            )
            assert await states(house, scope, ids) == ["done"] * 3 + ["waiting"]
            await asyncio.gather(*(runner.run(scope.tenant, ids[3]) for runner in runners))
            assert await house.effects(scope, then) == [then]

    async def test_many_members_finished_in_one_batch(self, house: House, tenants: Tenants) -> None:
        scope = tenants.hanbit
        members = [(shop.idle, None)] * 200
        ids = await group(house, scope, *members, then=write("all"))
        async with working(house):
            await until(lambda: _done(house, scope, 201))
        assert await house.effects(scope) == ["all"]
        assert (await one(house, scope, ids[-1])).awaits == 0

    @pytest.mark.parametrize("point", ["started", "effect", "done"])
    async def test_a_worker_killed_at_the_last_member(
        self, house: House, tenants: Tenants, point: str
    ) -> None:
        scope = tenants.hanbit
        await group(house, scope, write("a"), write("b"), then=write("then"))
        relay = house.relay()
        relay.start()
        child = await Child("worker", house.settings, point).start()
        assert await child.died() == -9
        async with working(house):
            await until(lambda: _done(house, scope, 3))
        await relay.stop()
        assert sorted(await house.effects(scope)) == ["a", "b", "then"]

    async def test_a_cancelled_member_cancels_the_completion_alone(
        self, house: House, tenants: Tenants
    ) -> None:
        scope = tenants.hanbit
        ids = await group(house, scope, write("a"), write("b"), then=write("then"))
        await cancel(house, scope, ids[0])
        await run_all(house, scope)
        assert await states(house, scope, ids) == ["cancelled", "done", "cancelled"]


async def _done(house: House, scope: Scope, number: int) -> bool:
    return await house.states(scope) == {"done": number}
