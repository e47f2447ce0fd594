"""Whoever changes the trail behind Maru's back is found out, and told by number."""

from datetime import timedelta

import pytest
from tests.core.audit.conftest import Force, Trail

from maru.audit.checkpoints import Signer
from maru.audit.sealer import Sealer
from maru.crypto.keys import Keys

INSERTED = (
    "INSERT INTO maru.audit (tenant_id, id, action, target, number, seal)"
    " SELECT tenant_id, maru.first_id(now()), 'forged', 'x', {}, seal FROM maru.audit"
    " WHERE number = 3"
)
FIVE = ("one", "two", "three", "four", "five")


async def test_an_untouched_trail_is_whole(trail: Trail) -> None:
    await trail.sealed(*FIVE, "rights.granted", "person.viewed")
    report = await trail.verified()
    assert report.faults == []
    assert report.lines == 7
    assert report.sealed_to == {"general": 5, "personal": 1, "rights": 1}


@pytest.mark.parametrize(
    ("touch", "found"),
    [
        ("UPDATE maru.audit SET target = 'another' WHERE number = 3", [("changed", 3)]),
        ("UPDATE maru.audit SET after = '{\"x\": 1}' WHERE number = 1", [("changed", 1)]),
        (
            "UPDATE maru.audit SET created_at = created_at - interval '1 day' WHERE number = 5",
            [("changed", 5)],
        ),
        (
            "UPDATE maru.audit SET seal = repeat('0', 64) WHERE number = 2",
            [("changed", 2), ("changed", 3)],
        ),
        ("DELETE FROM maru.audit WHERE number = 2", [("missing", 2)]),
        ("DELETE FROM maru.audit WHERE number < 3", [("missing", 1), ("missing", 2)]),
        ("DELETE FROM maru.audit WHERE number > 3", [("cut off", 4)]),
        ("DELETE FROM maru.audit", [("cut off", 1)]),
        (
            INSERTED.format(3),
            [("inserted", 3)],
        ),
        (
            INSERTED.format(6),
            [("inserted", 6)],
        ),
        (
            "UPDATE maru.audit_checkpoint SET made_at = made_at + interval '1 second'",
            [("forged", None), *[("inserted", number) for number in range(1, 6)]],
        ),
    ],
)
async def test_what_was_done_to_it_is_named(
    trail: Trail, force: Force, touch: str, found: list[tuple[str, int | None]]
) -> None:
    await trail.sealed(*FIVE)
    mine = "WHERE tenant_id = $1"
    await force(touch.replace("WHERE", f"{mine} AND") if "WHERE" in touch else f"{touch} {mine}")
    problems = await trail.problems()
    if touch.startswith("INSERT"):  # which of the two has the lower id is chance
        assert [each for each in problems if each[0] == "inserted"] == found
    else:
        assert problems == found


@pytest.mark.parametrize("columns", ["number", "number, seal"])
async def test_lines_that_changed_places_are_told_from_changed_ones(
    trail: Trail, force: Force, columns: str
) -> None:
    await trail.sealed(*FIVE)
    swapped = ", ".join(f"{name} = o.{name}" for name in columns.split(", "))
    await force(
        f"UPDATE maru.audit a SET {swapped} FROM maru.audit o"
        " WHERE a.tenant_id = $1 AND o.tenant_id = $1"
        " AND (a.number, o.number) IN ((2, 4), (4, 2))"
    )
    assert ("moved", 2) in await trail.problems()
    assert ("moved", 4) in await trail.problems()


async def test_a_chain_that_is_linked_anew_does_not_fit_its_checkpoint(
    trail: Trail, force: Force
) -> None:
    await trail.sealed(*FIVE)
    await force("UPDATE maru.audit SET target = 'another' WHERE tenant_id = $1 AND number = 2")
    signed = await force("SELECT * FROM maru.audit_checkpoint WHERE tenant_id = $1")
    await force("DELETE FROM maru.audit_checkpoint WHERE tenant_id = $1")
    await force("UPDATE maru.audit SET number = NULL, seal = NULL WHERE tenant_id = $1")
    await Sealer(trail.system, Signer(Keys(b"somebody else's, and long enough too"))).seal(
        trail.tenant
    )
    await force(
        "UPDATE maru.audit_checkpoint SET heads = $2, made_at = $3, key = $4, signature = $5"
        " WHERE tenant_id = $1",
        *(signed[0][name] for name in ("heads", "made_at", "key", "signature")),
    )
    assert await trail.problems() == [("relinked", 5)]


async def test_an_end_cut_off_with_its_checkpoints_is_told_by_their_age(
    trail: Trail, force: Force
) -> None:
    await trail.sealed("one")
    kept = await force("SELECT * FROM maru.audit_checkpoint WHERE tenant_id = $1")
    await trail.sealed("two", "three")
    await force("DELETE FROM maru.audit WHERE tenant_id = $1 AND number > 1")
    await force(
        "UPDATE maru.audit_checkpoint SET heads = $2, made_at = $3, signature = $4"
        " WHERE tenant_id = $1",
        *(kept[0][name] for name in ("heads", "made_at", "signature")),
    )
    assert await trail.problems() == []
    await trail.write("four")
    assert await trail.sealer.seal(trail.tenant) == 0  # it has seen a later one
    trail.clock.ahead = timedelta(hours=1)
    assert await trail.problems() == [("unsealed", None), ("stale", None)]


async def test_the_unsealed_tail_is_named(trail: Trail) -> None:
    await trail.sealed("one")
    await trail.write("two", "three")
    report = await trail.verified()
    assert (report.faults, report.tail) == ([], {"general": 2})
    trail.clock.ahead = timedelta(minutes=5)
    fault = (await trail.verified()).faults[0]
    assert (fault.problem, fault.line) == ("unsealed", report.first_of_tail["general"])


async def test_another_installations_key_must_be_named(trail: Trail) -> None:
    other = Signer(Keys(b"somebody else's, and long enough too"))
    await trail.write("one")
    await Sealer(trail.system, other, trail.clock).seal(trail.tenant)
    assert ("forged", None) in await trail.problems()
    assert (await trail.verified(other.key)).faults == []
    await trail.write("two")
    assert await trail.sealer.seal(trail.tenant) == 0
