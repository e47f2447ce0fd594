"""How much an isolated plugin may say in ten minutes and at once, before it is refused."""

import asyncpg
import pytest
import sqlalchemy as sa
from tests.core.isolated.conftest import Side
from tests.core.isolated.test_doors import REFUSED, sql, wish

from maru.db.scope import Scope
from maru.plugins.isolated.pace import Pace
from maru_sdk.db import uuid7


async def spent(side: Side, kind: str, count: int, size: int = 1, ago: str = "0 s") -> None:
    """As if the wanderer had said something of a kind so often, so long ago, in the others'
    tenant."""
    connection = await asyncpg.connect(side.settings.database_owner_url)
    try:
        await connection.execute(f"SET maru.tenant = '{side.theirs.tenant.id}'")
        await connection.execute(
            "INSERT INTO maru.isolated_said (tenant_id, id, created_at, plugin, kind, bytes)"
            f" SELECT maru.tenant(), gen_random_uuid(), now() - interval '{ago}', 'wanderer',"
            f" '{kind}', {size} FROM generate_series(1, {count})"
        )
    finally:
        await connection.close()


async def left(side: Side) -> list[tuple[str, int]]:
    """What the doors still count in the others' tenant."""
    asked = sa.text(
        "SELECT kind, count(*) FROM maru.isolated_said WHERE tenant_id = :id GROUP BY 1 ORDER BY 1"
    ).bindparams(sa.bindparam("id", type_=sa.Uuid))
    async with side.kit.system.unit(Scope(None), readonly=True) as unit:
        rows = await unit.db.execute(asked, {"id": side.theirs.tenant.id})
        return [(kind, count) for kind, count in rows]


KINDS = {"event": "publish", "audit": "audit", "message": "live"}
URL = "/api/v1/wanderer/lines"


class TestSaid:
    """Events, audit lines and messages: so many and so much in ten minutes, each for itself (but
    an event that makes a portlet old is a message too)."""

    @pytest.fixture(autouse=True)
    async def nothing_said(self, alone: Side) -> None:
        """Nothing is counted yet."""
        async with alone.kit.system.unit(Scope(None)) as unit:
            await unit.db.execute(sa.text("DELETE FROM maru.isolated_said"))
            await unit.commit()

    @pytest.mark.parametrize("kind", KINDS)
    async def test_ten_thousand_are_enough(self, alone: Side, kind: str) -> None:
        await spent(alone, KINDS[kind], 9_998)
        async with alone.theirs.client(alone.theirs.admin) as admin:
            three = {"texts": [kind, "a", "b", "c"]}
            assert (await admin.post(URL, json=three)).status_code == 429
            two = {"texts": [kind, "a", "b"]}  # what was undone counts for nothing
            assert (await admin.post(URL, json=two)).status_code == 201
            one = {"texts": [kind, "a"]}
            full = await admin.post(URL, json=one, headers={"accept-language": "ko"})
            assert (full.status_code, full.json()["error"]["code"]) == (
                429,
                "ISOLATED_SAID_TOO_MUCH",
            )
            assert "너무 많은 내용" in full.json()["error"]["message"]
            for other in {"audit", "event"} - {kind} if kind != "message" else {"audit"}:
                said = await admin.post(URL, json={"texts": [other, "a"]})
                assert said.status_code == 201
        await alone.post("/lines", texts=[kind, "others may"])

    async def test_or_32_mb(self, alone: Side) -> None:
        await spent(alone, "publish", 1, 31_999_000)
        async with alone.theirs.client(alone.theirs.admin) as admin:
            assert (await admin.post(URL, json={"texts": ["event", "a"]})).status_code == 201
            large = {"texts": ["event", "a" * 2_000]}
            assert (await admin.post(URL, json=large)).status_code == 429

    async def test_what_is_ten_minutes_old_counts_no_more_and_goes(self, alone: Side) -> None:
        await spent(alone, "audit", 10_000, ago="601 s")
        async with alone.theirs.client(alone.theirs.admin) as admin:
            assert (await admin.post(URL, json={"texts": ["audit", "a"]})).status_code == 201
        assert await left(alone) == [("audit", 9_981)]

    async def test_nobody_forgets_for_it(self, alone: Side) -> None:
        for statement in (
            "DELETE FROM maru.isolated_said",
            "SELECT * FROM maru.isolated_said",
            f"SELECT maru.isolated_spend('{uuid7()}', 'board', 'publish', -1)",
        ):
            assert (await sql(alone, statement))[0] == REFUSED

    async def test_at_once_it_tells_so_fast_and_no_faster(
        self, alone: Side, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remote = alone.kit.house.host.installed["wanderer"].remote
        assert remote is not None
        monkeypatch.setattr(remote, "pace", Pace(3, 0.001))
        said = {"room": "tenant", "event": "x", "data": {}}
        found = [await wish(alone, "live", said) for _ in range(4)]
        assert [one.startswith("{") for one in found] == [True, True, True, False]
        assert "too much at once" in found[-1]
        tell = {"room": "tenant", "event": "x", "text": "x", "now": True}
        full = await alone.admin.post("/api/v1/wanderer/tell", json=tell)
        assert (full.status_code, full.json()["error"]["code"]) == (429, "ISOLATED_SAID_TOO_FAST")
        async with alone.theirs.client(alone.theirs.admin) as other:
            assert (await other.post("/api/v1/wanderer/tell", json=tell)).status_code == 200


def test_a_pace_fills_up_again() -> None:
    now = 0.0
    pace, (ours, theirs) = Pace(2, 0.5, lambda: now), (uuid7(), uuid7())
    assert [pace.take(ours) for _ in range(3)] == [0, 0, 2.0]
    assert pace.take(theirs) == 0
    now = 2.0
    assert [pace.take(ours), pace.take(ours)] == [0, 2.0]
    now = 1_000.0
    assert [pace.take(ours) for _ in range(3)] == [0, 0, 2.0]
