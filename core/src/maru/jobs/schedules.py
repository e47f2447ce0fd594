"""Jobs that recur. A run is a row that only one scheduler can insert, so there is no leader.

The row and its job come into being in one transaction: however many schedulers run and whichever is
killed, each point in time has one job.
"""

import heapq
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import Unit, committing
from maru.jobs.catalog import SCHEDULE, Catalog
from maru.jobs.queries import INSERT_RUN, INSERT_RUN_JOB, LAST_RUNS
from maru.jobs.relay import CHANNEL
from maru.signals import Loop, Signals
from maru_sdk import ContextSeed, Tenant
from maru_sdk.db import uuid7

log = logging.getLogger(__name__)

TICK = 1.0
REFRESH = timedelta(seconds=30)
LOOKBACK = timedelta(days=2)
KEY = "%Y-%m-%dT%H:%M:%SZ"

Line = tuple[UUID, str]


def fires_after(cron: str, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """The first point in time after `moment`, in UTC; None where the expression names none."""
    try:
        return next(CronSim(cron, moment.astimezone(zone))).astimezone(UTC)
    except (CronSimError, StopIteration):
        return None


def last_missed(cron: str, since: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest point in time after `since` and not after `now`.

    Counted forwards only, so that at a change of summer time it is one that would have been fired.
    """
    found: datetime | None = None
    start = max(since, now - LOOKBACK)
    for begin in (start, since):
        step = fires_after(cron, begin, zone)
        while step is not None and step <= now:
            found = step
            step = fires_after(cron, step, zone)
        if found is not None:
            break
    return found


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
        self._off: set[Line] = set()
        self._refreshed: datetime | None = None
        self._loop = Loop("scheduler", self.tick, TICK)
        for kind in ("plugin", "tenant"):
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
        if self._refreshed is None or now - self._refreshed >= REFRESH or now < self._refreshed:
            await self._refresh(now)
            self._refreshed = now
        while self._heap and self._heap[0].at <= now:
            await self._fire(heapq.heappop(self._heap), now)

    async def _changed(self, tenant_id: UUID | None, key: str) -> None:
        self._refreshed = None
        self._loop.wake()

    async def _refresh(self, now: datetime) -> None:
        """Take up what is new, make up for what was missed, forget what is off or gone."""
        wanted = {line: tenant.timezone for line, tenant in self._wanted()}
        self._heap = [entry for entry in self._heap if wanted.get(entry.line) == entry.zone]
        heapq.heapify(self._heap)
        kept = {entry.line for entry in self._heap}
        new = [line for line in wanted if line not in kept]
        last = await self._last_runs() if new else {}
        for line in new:
            await self._take_up(line, wanted[line], last.get(line), now)

    def _wanted(self) -> Iterable[tuple[Line, Tenant]]:
        for tenant in self._tenants():
            for name, (key, _) in self._catalog.schedules.items():
                line = (tenant.id, name)
                if self._on(tenant.id, key):
                    yield line, tenant
                else:
                    self._off.add(line)

    async def _last_runs(self) -> dict[Line, datetime]:
        async with self._database.unit(NOBODY) as unit:
            rows = (await (await unit.session()).execute(LAST_RUNS)).all()
        return {(row.tenant_id, row.schedule): _moment(row.run_key) for row in rows}

    async def _take_up(self, line: Line, zone: str, last: datetime | None, now: datetime) -> None:
        cron = self._catalog.schedules[line[1]][1].cron
        where = _zone(zone)
        if last is None or line in self._off:
            # What was off then, or wasn't there, has missed nothing.
            self._off.discard(line)
            await self._claim(line, now, job=False)
        elif missed := last_missed(cron, last, now, where):
            await self._claim(line, missed, job=True)
        self._push(line, zone, now)

    async def _fire(self, entry: Next, now: datetime) -> None:
        key = self._catalog.schedules[entry.line[1]][0]
        if self._on(entry.line[0], key):
            cron = self._catalog.schedules[entry.line[1]][1].cron
            late = last_missed(cron, entry.at, now, _zone(entry.zone))
            await self._claim(entry.line, late or entry.at, job=True)
        self._push(entry.line, entry.zone, now)

    def _push(self, line: Line, zone: str, now: datetime) -> None:
        following = fires_after(self._catalog.schedules[line[1]][1].cron, now, _zone(zone))
        if following is not None:
            heapq.heappush(self._heap, Next(following, line, zone))

    async def _claim(self, line: Line, at: datetime, *, job: bool) -> bool:
        """Insert the run, and its job with it; False where another scheduler was quicker."""
        async with committing(self._database.unit(NOBODY)) as unit:
            job_id = await self._insert_job(unit, line) if job else None
            session = await unit.session()
            values = {"tenant": line[0], "id": uuid7(), "schedule": line[1], "job": job_id}
            found = await session.execute(INSERT_RUN, {**values, "run_key": at.strftime(KEY)})
            if found.one_or_none() is None:
                await unit.rollback()
                return False
            if job:
                self._signals.nudge_after(unit, CHANNEL)
        return True

    async def _insert_job(self, unit: Unit, line: Line) -> UUID:
        key, schedule = self._catalog.schedules[line[1]]
        work = self._catalog.find(SCHEDULE + schedule.name)
        assert work is not None
        tenant = next(one for one in self._tenants() if one.id == line[0])
        seed = ContextSeed(
            tenant=tenant.id, plugin=key, locale=tenant.locale, timezone=tenant.timezone
        )
        values: dict[str, Any] = {
            "tenant": tenant.id,
            "id": uuid7(),
            "kind": work.kind,
            "plugin": key,
            "priority": work.priority,
            "max_tries": work.tries,
            "seed": seed.model_dump(mode="json"),
        }
        await (await unit.session()).execute(INSERT_RUN_JOB, values)
        return UUID(str(values["id"]))


def _moment(run_key: str) -> datetime:
    return datetime.strptime(run_key, KEY).replace(tzinfo=UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        log.warning("unknown time zone %r, using UTC", name)
        return ZoneInfo("UTC")


def cron_fault(cron: str) -> str | None:
    """Why a cron expression can't be used, None where it can; for whoever checks declarations."""
    if len(cron.split()) != 5:
        return "needs five fields: minute, hour, day of month, month, day of week"
    try:
        CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        return str(error)
    never = fires_after(cron, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")) is None
    return "names no day that exists" if never else None
