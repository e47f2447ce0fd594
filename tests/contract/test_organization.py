"""Plugins hear of who leaves and who is moved, from the log, once it is committed."""

import pytest
from maru_kinds.seen import CALLS
from tests.contract.world import World


@pytest.fixture(autouse=True)
async def _on(world: World) -> None:
    await world.ours.on()
    CALLS.clear()


async def test_listeners_hear_of_moves_and_leaving(world: World) -> None:
    admin, who = world.ours.admin, world.ours.company.member.id
    path = f"/api/v1/admin/users/{who}"
    before = (await admin.get(path)).json()["data"]["department"]
    made = await admin.post("/api/v1/admin/organizations", json={"name": "새 부서"})
    there = made.json()["data"]["id"]
    assert (await admin.put(path, json={"department_id": there})).status_code == 200
    await world.kit.work()
    assert ("moved", f"{who} {before and before['id']} {there}") in CALLS
    assert (await admin.delete(path)).status_code == 200
    await world.kit.work()
    assert CALLS.count(("left", str(who))) == 1
    assert (await admin.put(path, json={"state": "active"})).status_code == 200
