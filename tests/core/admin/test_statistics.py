"""What went on, day by day in the tenant's zone: kept hourly, today at once, by plugin."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from maru_kinds.service import write
from tests.contract.conftest import world
from tests.contract.world import Firm, World

from maru.admin.statistics.counting import span_of
from maru.admin.statistics.keeping import keep_statistics
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.plugins.context import open_call
from maru_sdk import ContextSeed

__all__ = ["world"]

API = "/api/v1/admin/statistics"
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
async def ours(world: World) -> Firm:
    await world.ours.on()
    return world.ours


def today() -> date:
    return datetime.now(SEOUL).date()


async def keep(firm: Firm) -> None:
    seed = ContextSeed(tenant=firm.id, plugin="core")
    async with open_call(firm.company.kit.house.services, seed) as call:
        await keep_statistics.function(call.ctx("core"))


async def sql(firm: Firm, statement: str, **values: Any) -> None:
    async with committing(firm.company.kit.house.database.unit(Scope(firm.id))) as unit:
        await unit.db.execute(sa.text(statement), values)


async def day(firm: Firm, which: date) -> dict[str, Any]:
    found = await firm.data(f"{API}?from={which}&to={which}")
    (only,) = found["days"]
    assert only.pop("day") == str(which)
    return only  # type: ignore[no-any-return]


async def test_today_is_told_at_once(world: World, ours: Firm) -> None:
    before = await day(ours, today())
    assert before["active_users"] == 2
    assert before["sign_ins"] >= 2
    async with ours.context() as ctx:
        await write(ctx, "one more")
    assert (await day(ours, today()))["documents"] == before["documents"] + 1
    assert (await day(world.theirs, today()))["documents"] != before["documents"] + 1


async def test_a_day_is_the_tenants(ours: Firm) -> None:
    """23:30 in Seoul is the day before in UTC, and half an hour later another day."""
    then = today() - timedelta(days=1)
    late = datetime.combine(then, datetime.min.time(), SEOUL) + timedelta(hours=23, minutes=30)
    async with ours.context() as ctx:
        notes = [await write(ctx, "late"), await write(ctx, "later")]
    for note, at in zip(notes, (late, late + timedelta(hours=1)), strict=True):
        moved = "UPDATE plugin_kinds.note SET created_at = :at WHERE id = :id"
        await sql(ours, moved, at=at, id=note.id)
    await keep(ours)
    assert (await day(ours, then))["documents"] == 1
    span = span_of(then, SEOUL)
    assert (span.since.tzinfo, span.until - span.since) == (UTC, timedelta(days=1))


async def test_what_was_kept_stays(ours: Firm) -> None:
    await keep(ours)
    kept = await day(ours, today())
    assert kept["storage"] > 0
    await sql(ours, "UPDATE maru.session SET last_seen_at = last_seen_at - interval '3 days'")
    await keep(ours)
    assert (await day(ours, today()))["active_users"] == kept["active_users"], "who was here, was"
    await sql(ours, "UPDATE maru.session SET last_seen_at = last_seen_at + interval '3 days'")
    rows = "SELECT day, plugin, name, count(*) FROM maru.statistic_day GROUP BY 1, 2, 3"
    assert all(row[3] == 1 for row in await ours.sql(rows))


async def test_by_plugin(world: World, ours: Firm) -> None:
    async with ours.context() as ctx:
        await write(ctx, "counted")
    await world.kit.work()
    await keep(ours)
    found = await ours.data(API)
    assert len(found["days"]) == 30
    assert (found["to"], found["timezone"]) == (str(today()), "Asia/Seoul")
    (kinds,) = [one for one in found["plugins"] if one["plugin"] == "kinds"]
    (statistic,) = kinds["statistics"]
    assert statistic["name"] == "kinds.notes_of_the_day"
    assert statistic["total"] == found["totals"]["documents"] > 0
    assert kinds["storage"] > 0


async def test_a_plugin_that_fails_costs_its_own_number(
    world: World, ours: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> int:
        raise RuntimeError("no number today")

    (declared,) = [
        one for _, one in world.kit.house.host.declared("statistics") if "kinds" in one.name
    ]
    monkeypatch.setitem(declared.__dict__, "function", broken)
    now = await day(ours, today())
    assert now["active_users"] == 2


@pytest.mark.parametrize(
    "query", ["from=2026-11-02&to=2026-11-01", "from=2020-01-01", "from=yesterday", "first=1"]
)
async def test_spans_that_make_no_sense_are_refused(ours: Firm, query: str) -> None:
    answer = await ours.admin.get(f"{API}?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_FAILED")


async def test_points_are_days_and_come_once(ours: Firm) -> None:
    points = (await ours.data(f"{API}/points"))["points"]
    assert len(points) == 30
    assert datetime.fromtimestamp(points[-1]["at"], SEOUL).date() == today()
    assert (await ours.data(f"{API}/points?since={points[-1]['at']}"))["points"] == []


async def test_pages(ours: Firm) -> None:
    for path in ("/admin/statistics", "/admin/statistics?days=7", "/admin/health"):
        assert (await ours.admin.get(path)).status_code == 200, path
        assert (await ours.member.get(path)).status_code == 403, path
    health = await ours.data("/api/v1/admin/health")
    assert {"database", "redis_queue", "kinds.reachable"} <= {
        one["name"] for one in health["checks"]
    }
    assert all(one["latency_ms"] > 0 for one in health["checks"])
