"""Lines are linked once they are committed, in the order in which that was seen."""

import asyncio
from datetime import timedelta

from tests.core.audit.conftest import Force, Trail

from maru.audit.sealer import RENEWED, Sealer
from maru.db import Scope
from maru.db.unit import committing

ORDER = "SELECT action FROM maru.audit WHERE tenant_id = $1 ORDER BY number"


async def actions(force: Force) -> list[str]:
    return [row["action"] for row in await force(ORDER)]


async def test_a_transaction_that_commits_late_leaves_no_hole(trail: Trail, force: Force) -> None:
    async with committing(trail.database.unit(Scope(trail.tenant))) as unit:
        await trail.trail.write(unit, "late", "thing")
        await trail.write("early")
        await trail.sealer.step()
        assert await trail.problems() == []
    await trail.sealer.step()
    assert await actions(force) == ["early", "late"]
    assert await trail.problems() == []


async def test_sealers_side_by_side_link_each_line_once(trail: Trail, force: Force) -> None:
    sealers = [Sealer(trail.system, trail.signer) for _ in range(4)]
    for _ in range(5):
        await asyncio.gather(
            *(trail.write(f"{number}") for number in range(6)), *(one.step() for one in sealers)
        )
    while (await trail.verified()).tail:
        await trail.sealer.step()
    found = await force("SELECT number FROM maru.audit WHERE tenant_id = $1 ORDER BY number")
    assert [row["number"] for row in found] == list(range(1, 31))
    assert await trail.problems() == []


async def test_nobody_waits_for_a_sealer(trail: Trail) -> None:
    """A sign-in isn't held up by a long job of its tenant, nor by the sealer."""
    await trail.write("one")
    async with trail.database.unit(Scope(trail.tenant)) as unit:
        await trail.trail.write(unit, "long", "job")
        async with asyncio.timeout(30):
            await trail.sealed("sign-in", "another")


async def test_a_checkpoint_is_renewed_though_nothing_happens(trail: Trail, force: Force) -> None:
    await trail.sealed("one")
    before = (await trail.verified()).signed_at
    trail.clock.ahead = RENEWED + timedelta(seconds=10)
    await trail.sealer.step()
    after = (await trail.verified()).signed_at
    assert before is not None
    assert after is not None
    assert after - before > RENEWED


async def test_the_loop_seals_by_itself(trail: Trail) -> None:
    trail.sealer.start()
    try:
        await trail.write("one")
        async with asyncio.timeout(30):
            while (await trail.verified()).tail:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await trail.sealer.stop()
    assert await trail.problems() == []
