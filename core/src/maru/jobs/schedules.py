"""Jobs that recur. A run is a row that only one scheduler can insert, so there is no leader.

The row and its job come into being in one statement: however many schedulers run and whichever is
killed, each point in time has one job. The clock may jump: forwards, what was jumped over is missed
and made up for as the schedule says; backwards, what has run isn't run again, since its row is
there, and what hasn't is.
"""

import heapq
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.jobs.catalog import SCHEDULE, Catalog
from maru.jobs.cron import fires_after, latest
from maru.jobs.relay import CHANNEL
from maru.jobs.schedule_queries import CLAIM, LAST_RUNS, MARK, SWITCHED, params_of_work
from maru.signals import Loop, Signals
from maru_sdk import ContextSeed, Tenant
from maru_sdk.db import uuid7
from maru_sdk.declarations import Schedule

log = logging.getLogger(__name__)

TICK = 1.0
REFRESH = timedelta(seconds=30)
LATE = timedelta(minutes=1)
ALL_WITHIN = timedelta(days=7)
ALL_MOST = 100
SIGNAL = "schedule"
KEY = "%Y-%m-%dT%H:%M:%SZ"
MARK_KEY = "%Y-%m-%dT%H:%M:%S.%fZ"
INSTANT = timedelta(seconds=1)

Line = tuple[UUID, str]


def owed(schedule: Schedule, since: datetime, now: datetime, zone: ZoneInfo) -> list[datetime]:
    """The points in time after `since` and not after `now` that are to be run now."""
    if schedule.missed == "all":
        return latest(schedule.cron, max(since, now - ALL_WITHIN), now, zone, ALL_MOST)
    points = latest(schedule.cron, since, now, zone)
    if schedule.missed == "skip":
        return [at for at in points if now - at <= LATE]
    return points


@dataclass(order=True)
class Next:
    """When a schedule of a tenant fires next."""

    at: datetime
    line: Line = field(compare=False)
    zone: str = field(compare=False)


class Scheduler:
    """Fires the schedules of all tenants, as `maru_system`."""

    def __init__(
        self,
        database: Database,
        signals: Signals,
        catalog: Catalog,
        tenants: Callable[[], Iterable[Tenant]],
        on: Callable[[UUID, str], bool],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._signals = signals
        self._catalog = catalog
        self._tenants = tenants
        self._on = on
        self._clock = clock
        self._heap: list[Next] = []
        self._known: Mapping[UUID, Tenant] = {}
        self._off: set[Line] = set()
        self._refreshed: datetime | None = None
        self._ticked: datetime | None = None
        self._loop = Loop("scheduler", self.tick, TICK)
        for kind in ("plugin", "tenant", SIGNAL):
            signals.on(kind, self._changed)

    def start(self) -> None:
        """Begin to fire."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop firing."""
        await self._loop.stop()

    async def tick(self) -> None:
        """Fire what is due."""
        now = self._clock()
        if self._ticked is not None and now < self._ticked:
            self._go_back(now)
        self._ticked = now
        if self._refreshed is None or now - self._refreshed >= REFRESH or now < self._refreshed:
            await self._refresh(now)
        while self._heap and self._heap[0].at <= now:
            await self._fire(heapq.heappop(self._heap), now)

    def _go_back(self, now: datetime) -> None:
        """The clock was set back: what comes next is nearer than it was."""
        entries, self._heap = self._heap, []
        for entry in entries:
            self._push(entry.line, entry.zone, now)

    async def _changed(self, tenant_id: UUID | None, key: str) -> None:
        self._refreshed = None
        self._loop.wake()

    async def _refresh(self, now: datetime) -> None:
        """See what has changed; what changes meanwhile, or fails, is looked at again."""
        self._refreshed, done = now, False
        try:
            await self._take_stock(now)
            done = True
        finally:
            if not done:
                self._refreshed = None

    async def _take_stock(self, now: datetime) -> None:
        """Take up what is new, make up for what was missed, forget what is off or gone."""
        switched = await self._switched()
        wanted = self._wanted({line for line, (enabled, _) in switched.items() if not enabled})
        moved = [one.line for one in self._heap if wanted.get(one.line, one.zone) != one.zone]
        self._heap = [one for one in self._heap if wanted.get(one.line) == one.zone]
        heapq.heapify(self._heap)
        for line in moved:  # in another zone its points are others; none of them was missed
            self._push(line, wanted[line], now)
        kept = {entry.line for entry in self._heap}
        new = [line for line in wanted if line not in kept]
        since = await self._owing_since(new, now) if new else {}
        # What was off then, or wasn't there, has missed nothing.
        await self._mark([line for line in new if line not in since or line in self._off], now)
        for line in new:
            if line in since and line not in self._off:
                _, changed = switched.get(line, (True, None))
                later = since[line] if changed is None else max(since[line], changed)
                await self._run(line, later, now, wanted[line])
            self._off.discard(line)
            self._push(line, wanted[line], now)

    def _wanted(self, turned_off: set[Line]) -> dict[Line, str]:
        """What is to be fired, with its zone; what is off is remembered, it misses nothing."""
        self._known = {tenant.id: tenant for tenant in self._tenants()}
        wanted: dict[Line, str] = {}
        for tenant in self._known.values():
            for name, (key, _) in self._catalog.schedules.items():
                line = (tenant.id, name)
                if self._on(tenant.id, key) and line not in turned_off:
                    wanted[line] = tenant.timezone
                else:
                    self._off.add(line)
        return wanted

    async def _switched(self) -> dict[Line, tuple[bool, datetime]]:
        async with self._database.unit(NOBODY) as unit:
            rows = (await (await unit.session()).execute(SWITCHED)).all()
        return {(row.tenant_id, row.schedule): (row.enabled, row.updated_at) for row in rows}

    async def _owing_since(self, lines: Sequence[Line], now: datetime) -> dict[Line, datetime]:
        """The last run of each, or when its plugin was switched on since; not what a clock that
        was ahead has run in the future."""
        plugins = self._catalog.schedules
        given = [
            {"tenant": str(tenant), "schedule": name, "plugin": plugins[name][0]}
            for tenant, name in lines
        ]
        async with self._database.unit(NOBODY) as unit:
            values = {"lines": given, "now": now.strftime(KEY)}
            rows = (await (await unit.session()).execute(LAST_RUNS, values)).all()
        return {(row.tenant, row.schedule): _later(row) for row in rows if row.run_key}

    async def _fire(self, entry: Next, now: datetime) -> None:
        key = self._catalog.schedules[entry.line[1]][0]
        if self._on(entry.line[0], key) and entry.line[0] in self._known:
            await self._run(entry.line, entry.at - INSTANT, now, entry.zone)
        self._push(entry.line, entry.zone, now)

    def _push(self, line: Line, zone: str, now: datetime) -> None:
        following = fires_after(self._catalog.schedules[line[1]][1].cron, now, _zone(zone))
        if following is not None:
            heapq.heappush(self._heap, Next(following, line, zone))

    async def _run(self, line: Line, since: datetime, now: datetime, zone: str) -> None:
        for at in owed(self._catalog.schedules[line[1]][1], since, now, _zone(zone)):
            await self._claim(line, at)

    async def _claim(self, line: Line, at: datetime) -> bool:
        """Insert the run and its job; False where another scheduler was quicker."""
        work = self._catalog.find(SCHEDULE + line[1])
        assert work is not None
        values: dict[str, Any] = {
            "tenant": line[0],
            "id": uuid7(),
            "job": uuid7(),
            "schedule": line[1],
            "run_key": at.strftime(KEY),
            "seed": seed_of(self._known[line[0]], work.plugin).model_dump(mode="json"),
            **params_of_work(work),
        }
        async with committing(self._database.unit(NOBODY)) as unit:
            found = await (await unit.session()).execute(CLAIM, values)
            claimed = found.one_or_none() is not None
            if claimed:
                self._signals.nudge_after(unit, CHANNEL)
        return claimed

    async def _mark(self, lines: Sequence[Line], now: datetime) -> None:
        """Note that runs are owed from now on; after an installation, of all tenants at once."""
        if not lines:
            return
        values = {
            "tenants": [tenant for tenant, _ in lines],
            "ids": [uuid7() for _ in lines],
            "schedules": [schedule for _, schedule in lines],
            "run_key": now.strftime(MARK_KEY),
        }
        async with committing(self._database.unit(NOBODY)) as unit:
            await (await unit.session()).execute(MARK, values)


def seed_of(tenant: Tenant, plugin: str) -> ContextSeed:
    """What the job of a run is run with."""
    return ContextSeed(
        tenant=tenant.id, plugin=plugin, locale=tenant.locale, timezone=tenant.timezone
    )


def _later(row: Any) -> datetime:
    last = datetime.fromisoformat(row.run_key)
    return last if row.on_since is None else max(last, row.on_since)


@lru_cache(maxsize=1_024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        log.warning("unknown time zone %r, using UTC", name)
        return ZoneInfo("UTC")
