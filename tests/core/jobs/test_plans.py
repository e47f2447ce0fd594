"""What the queue's statements read, whatever PostgreSQL believes of the table.

Statistics are a matter of luck: none before the first ANALYZE, those of an empty table after a
burst. A plan that is right with good ones alone reads all rows in production once a week.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from tests.core.jobs.conftest import add_tenants, name_of
from tests.core.jobs.house import House
from tests.engines import SUPERUSER, Engines, run_as

from maru.db import Scope
from maru.db.connection import connector
from maru.db.scope import NOBODY
from maru.jobs import queries
from maru.jobs.pace import BATCH, SHARE, Pace
from maru.settings import Settings

FILL = """
INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed)
SELECT t.id, gen_random_uuid(), 'core.idle', 'core', '{}', '{}'
  FROM maru.tenant t, generate_series(1, %d)"""
DONE = """
INSERT INTO maru.job (tenant_id, id, kind, plugin, state, finished_at)
SELECT t.id, gen_random_uuid(), 'core.idle', 'core', 'done', now()
  FROM maru.tenant t, generate_series(1, %d)"""
WINDOW = """
INSERT INTO maru.job (tenant_id, id, kind, plugin, lease_until, lease_by, window_at)
SELECT t.id, gen_random_uuid(), 'core.idle', 'core', now() + interval '1 hour', 'w:' || n, now()
  FROM maru.tenant t, generate_series(1, 4) n LIMIT 200"""
FORGET = "DELETE FROM pg_statistic WHERE starelid = 'maru.job'::regclass"
LEARN, VACUUM = "ANALYZE maru.job", "VACUUM ANALYZE maru.job"
# What PostgreSQL believes of the table is right in one of these at most.
KNOWN: dict[str, tuple[str, ...]] = {
    "nothing": (FORGET, FILL),
    "as it was empty": (FORGET, VACUUM, FILL),
    "as all was done": (FORGET, DONE, VACUUM, FILL),
    "as all was in the window": (FORGET, WINDOW, LEARN, FILL),
    "nothing of the window": (FORGET, FILL, LEARN, WINDOW),
    "nothing of what is done": (FORGET, FILL, LEARN, DONE, WINDOW),
    "all": (FORGET, FILL, DONE, WINDOW, LEARN),
    "all, vacuumed": (FORGET, FILL, DONE, WINDOW, VACUUM),
}
SIZES = [
    (100, 20),
    (1, 8_000),
    pytest.param(1_000, 100, marks=pytest.mark.slow),
    pytest.param(1, 100_000, marks=pytest.mark.slow),
]


async def filled(engines: Engines, settings: Settings, each: int, known: str = "all") -> None:
    steps = (one % each if "%d" in one else one for one in KNOWN[known])
    await run_as(engines, SUPERUSER, *steps, database=name_of(settings))


async def explained(house: House, statement: sa.TextClause, values: dict[str, Any]) -> "Plan":
    """How the server carries out a statement of the relay's; it is undone."""
    explain = sa.text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}").bindparams(
        *(sa.bindparam(key, type_=bound.type) for key, bound in statement._bindparams.items())
    )
    async with house.system.unit(NOBODY, by_index=True) as unit:
        found = await (await unit.session()).execute(explain, values)
        return Plan(found.scalar_one()[0]["Plan"])


@dataclass
class Plan:
    """A plan with what it cost."""

    top: dict[str, Any]

    def nodes(self, plan: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        plan = plan or self.top
        yield plan
        for inner in plan.get("Plans", ()):
            yield from self.nodes(inner)

    @property
    def read(self) -> int:
        """Rows of the queue that were looked at, the thrown away too."""
        return sum(
            sum(node.get(one, 0) for one in LOOKED) * node["Actual Loops"]
            for node in self.nodes()
            if node.get("Relation Name") == "job"
        )

    def __str__(self) -> str:
        lines = [f"{self.read} rows read"]
        for node in self.nodes():
            said = (f"{one}: {node[one]}" for one in TOLD if one in node)
            lines.append(f"{node['Node Type']} ({', '.join(said)})")
        return "\n".join(lines)


LOOKED = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
TOLD = ("Relation Name", "Index Name", "Index Cond", "Filter", *LOOKED, "Actual Loops")


class TestRelay:
    @pytest.mark.parametrize("known", KNOWN)
    @pytest.mark.parametrize(("tenants", "each"), SIZES)
    async def test_reads_what_it_takes_and_little_more(
        self,
        engines: Engines,
        house: House,
        settings: Settings,
        tenants: int,
        each: int,
        known: str,
    ) -> None:
        scopes = await add_tenants(engines, settings, tenants)
        await filled(engines, settings, each, known)
        for name, values in _asked(scopes[0]).items():
            plan = await explained(house, getattr(queries, name), values)
            most = 5 * BATCH + 6 * tenants if name == "CLAIM" else BATCH
            assert plan.read <= most, f"{name}: {plan}"

    @pytest.mark.parametrize("tenants", [1, 100])
    async def test_takes_as_many_as_it_may(
        self, engines: Engines, house: House, settings: Settings, tenants: int
    ) -> None:
        await add_tenants(engines, settings, tenants)
        await filled(engines, settings, 20, "nothing")
        claimed = await house.relay()._claim("first")
        assert len(claimed) == (SHARE if tenants == 1 else BATCH)


def _asked(scope: Scope) -> dict[str, dict[str, Any]]:
    """The statements that a relay repeats all day, and what each is asked."""
    kept = {"tenant_id": str(scope.tenant), "id": str(uuid4()), "token": "w:1", "there": True}
    return {
        "CLAIM": {"token": "t", "lease": 60.0, "batch": BATCH, **Pace().depth()},
        "RECLAIM": {},
        "RECALL": {"settled": -9.0, "share": SHARE},
        "WINDOWED": {"settled": -9.0, "longest": 60.0},
        "KEEP": {"lease": 60.0, "rows": [kept]},
        "UNCLAIM": {"messages": ["w:1", "w:2"]},
        "EXPIRE": {"why": "late"},
        "PARK_SUSPENDED": {"why": "suspended"},
        "PARKED": {},
        "UNPARK": {"tenant": scope.tenant, "kind": "core.idle"},
    }


class TestRows:
    """What a worker starts and finishes, on a connection that keeps its plans."""

    @pytest.mark.parametrize("known", ["nothing", "as it was empty", "all"])
    async def test_finds_them_by_their_ids_with_a_plan_of_an_empty_table(
        self, engines: Engines, house: House, settings: Settings, known: str
    ) -> None:
        (scope,) = await add_tenants(engines, settings, 1)
        connection = await connector(settings.database_url, application="plans", pooled=False)()
        try:
            for _ in range(8):  # PostgreSQL keeps a plan from the sixth time on
                await _started_and_finished(connection, scope, [uuid4()])
            await filled(engines, settings, 8_000, known)
            waiting = [job.id for job in await house.jobs(scope) if job.state == "waiting"]
            assert await _started_and_finished(connection, scope, waiting[:20]) <= BATCH
        finally:
            await connection.close()
        assert (await house.states(scope))["done"] >= 20


READ = """
SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
  FROM pg_stat_xact_user_tables WHERE schemaname = 'maru' AND relname = 'job'"""


async def _started_and_finished(
    connection: asyncpg.Connection, scope: Scope, jobs: list[UUID]
) -> int:
    """The rows that were read for it."""
    given = [[scope.tenant] * len(jobs), jobs, [str(one) for one in jobs], [None] * len(jobs)]
    async with connection.transaction():
        before = await connection.fetchval(READ)
        await connection.fetch("SELECT * FROM maru.start_jobs($1, $2, $3, $4, 60)", *given)
        await connection.fetch("SELECT * FROM maru.finish_jobs($1, $2, $3, $4)", *given)
        return int(await connection.fetchval(READ) - before)
