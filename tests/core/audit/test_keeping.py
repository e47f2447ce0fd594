"""Lines stay as long as their kind asks, and what is left is still a whole chain."""

from datetime import date

import pytest
import sqlalchemy as sa
from tests.core.audit.conftest import Force, Trail

from maru.audit.keeping import YEARS, Keeper, after, quarter_of
from maru.audit.models import Kind
from maru.db import NOBODY, Database

OLD = """
INSERT INTO maru.audit (tenant_id, id, kind, action, target, created_at)
VALUES ($1, CAST(left(maru.first_id(CAST($3::text AS timestamptz))::text, 13)
                 || right(gen_random_uuid()::text, 23) AS uuid),
        $2, $4, 'x', CAST($3::text AS timestamptz))"""
PARTITIONS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'maru.audit'::regclass AND $1::uuid IS NOT NULL"""
COUNT = "SELECT count(*) AS lines FROM maru.audit WHERE tenant_id = $1"


@pytest.fixture
def keeper(system: Database, trail: Trail) -> Keeper:
    return Keeper(system, trail.signer, trail.clock)


async def old_line(trail: Trail, force: Force, kind: Kind, moment: str, action: str = "x") -> None:
    """A line of long ago, sealed now."""
    made = date.fromisoformat(moment[:10])
    call = "SELECT maru.audit_partition('make', $2, $3) WHERE $1::uuid IS NOT NULL"
    await force(call, kind, made)
    await force(OLD, kind, moment, action)
    await trail.sealer.seal(trail.tenant)


async def partitions(force: Force) -> set[str]:
    return {row["relname"] for row in await force(PARTITIONS)}


async def test_partitions_are_dropped_by_the_age_of_their_kind(
    trail: Trail, force: Force, keeper: Keeper
) -> None:
    today = trail.clock().date()
    for kind, years in YEARS.items():
        gone, stays = today.replace(year=today.year - years - 1), today.replace(day=1)
        await old_line(trail, force, kind, f"{gone}T12:00:00Z")
        await old_line(trail, force, kind, f"{stays}T12:00:00Z")
    before = len(await partitions(force))
    await keeper.step()
    assert len(await partitions(force)) == before - 3
    assert (await force(COUNT))[0]["lines"] == 3
    report = await trail.verified()
    assert report.faults == []
    assert report.sealed_to == {"general": 2, "personal": 2, "rights": 2}
    await trail.sealed("next")
    assert await trail.problems() == []


async def test_a_line_sealed_late_leaves_no_hole_when_it_goes(
    trail: Trail, force: Force, keeper: Keeper
) -> None:
    await old_line(trail, force, "general", "2024-03-31T23:00:00Z", "first")
    await trail.sealed("young")
    await old_line(trail, force, "general", "2024-03-31T23:59:59Z", "late")
    await trail.sealed("younger")
    await keeper.step()
    report = await trail.verified()
    assert (report.faults, report.lines) == ([], 2)
    await force("DELETE FROM maru.audit WHERE tenant_id = $1 AND number = 4")
    assert await trail.problems() == [("cut off", 4)]


async def test_lines_without_a_partition_go_too(trail: Trail, force: Force, keeper: Keeper) -> None:
    await force(
        "INSERT INTO maru.audit (tenant_id, id, action, target, created_at)"
        " VALUES ($1, gen_random_uuid(), 'old', 'x', '2020-01-01')"
    )
    await trail.sealed("young")
    await keeper.step()
    report = await trail.verified()
    assert (report.faults, report.lines) == ([], 1)


async def test_what_was_taken_out_before_is_not_signed_over(
    trail: Trail, force: Force, keeper: Keeper
) -> None:
    for action in ("one", "two", "three"):
        await old_line(trail, force, "general", "2023-02-01T10:00:00Z", action)
    await trail.sealed("young")
    await force("DELETE FROM maru.audit WHERE tenant_id = $1 AND number = 3")
    await keeper.step()
    assert "audit_general_2023q1" in await partitions(force)
    assert await trail.problems() == [("missing", 3)]
    await force("DELETE FROM maru.audit WHERE tenant_id = $1")


async def test_coming_partitions_are_made_with_the_wall_around_them(
    trail: Trail, force: Force, keeper: Keeper, system: Database
) -> None:
    await keeper.step()
    today = trail.clock().date()
    for quarter in (quarter_of(today), after(quarter_of(today))):
        name = f"audit_general_{quarter.year}q{(quarter.month + 2) // 3}"
        assert name in await partitions(force)
        policies = await force(
            "SELECT policyname FROM pg_policies WHERE tablename = $2 AND $1::uuid IS NOT NULL", name
        )
        assert {row["policyname"] for row in policies} == {"app", "owner"}


@pytest.mark.parametrize("act", ["make", "drop"])
async def test_only_the_system_role_may_and_no_young_lines_go(
    database: Database, system: Database, act: str
) -> None:
    call = f"SELECT maru.audit_partition('{act}', 'general', CURRENT_DATE)"
    async with system.unit(NOBODY) as unit:
        session = await unit.session()
        if act == "make":
            assert await session.scalar(sa.text(call)) is False
        else:
            with pytest.raises(Exception, match="must still be kept"):
                await session.execute(sa.text(call))
    async with database.unit(NOBODY) as unit:
        with pytest.raises(Exception, match="permission denied"):
            await (await unit.session()).execute(sa.text(call))
