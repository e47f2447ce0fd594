"""Fills the window from the table, fairly, and takes back what was lost with a process or a Redis.

Any number of relays may run, and any may be killed between any two statements: what one has claimed
and not sent is free again when its lease is over, and what was sent twice finds nothing to do.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.jobs.catalog import Catalog
from maru.jobs.pace import BATCH, Pace
from maru.jobs.queries import (
    CLAIM,
    EXPIRE,
    KEEP,
    PARK_SUSPENDED,
    PARKED,
    PENDING,
    RECALL,
    RECLAIM,
    UNCLAIM,
    UNPARK,
    WINDOWED,
)
from maru.jobs.signs import EXPIRED, TENANT_SUSPENDED
from maru.jobs.window import QUEUES, Place, Window, holds, put
from maru.redis import Redises
from maru.signals import Loop, Signals

log = logging.getLogger(__name__)

CHANNEL = "job"
FILL = 0.5
CARE = 1.0
LEASE = 15.0
SETTLED = 3.0
LONGEST = 120.0
AWAY = 1.0
PENDING_KEY = "maru:queue:pending"
PENDING_LIVES = 60


class Relay:
    """The loops of one relay, as `maru_system` over all tenants."""

    def __init__(
        self,
        database: Database,
        window: Window,
        signals: Signals,
        catalog: Catalog,
        on: Callable[[UUID, str], bool],
        *,
        redises: Redises | None = None,
        lease: float = LEASE,
    ) -> None:
        self.pending = 0
        self._database = database
        self._window = window
        self._catalog = catalog
        self._on = on
        self._redises = redises
        self._lease = lease
        self._pace = Pace()
        self._away_until = 0.0
        self._fill = Loop("relay", self.fill, FILL)
        self._care = Loop("relay's care", self.care, CARE)
        signals.on_nudge(CHANNEL, self._fill.wake)
        signals.on("plugin", self._switched)

    def start(self) -> None:
        """Begin to fill."""
        self._fill.start()
        self._care.start()

    async def stop(self) -> None:
        """Stop; what is claimed and not sent is another relay's when the lease is over."""
        await self._fill.stop()
        await self._care.stop()

    async def fill(self) -> bool:
        """Claim what is due and send it; True where there may be more."""
        if time.monotonic() < self._away_until:
            return False
        await asyncio.sleep(max(0.0, self._pace.pause(time.monotonic())))
        places = await self._claim(uuid4().hex)
        if places and not await put(self._window, places):
            self._away_until = time.monotonic() + AWAY
            await self._execute(UNCLAIM, {"messages": list({one.message for one in places})})
            log.warning("the queue's Redis is away or full; jobs wait in the table")
            return False
        return len(places) == BATCH

    async def _claim(self, token: str) -> list[Place]:
        values = {"token": token, "lease": self._lease, "batch": BATCH, **self._pace.depth()}
        rows = await self._execute(CLAIM, values)
        self._pace.claimed(len(rows), rows[0].held if rows else None, time.monotonic())
        rows = sorted(rows, key=lambda row: row.turn)
        return [_place(row.tenant_id, row.id, row.priority, row.lease_by) for row in rows]

    async def care(self) -> None:
        """Free what dead processes held, keep what still stands in Redis, park, wake, bury."""
        if await self._execute(RECLAIM, {}):
            self._fill.wake()
        await self._recall()
        await self._keep()
        await self._execute(EXPIRE, {"why": f"{EXPIRED}: not begun in time"})
        await self._execute(PARK_SUSPENDED, {"why": f"{TENANT_SUSPENDED}: the tenant is suspended"})
        await self._unpark()
        await self._measure()

    async def _recall(self) -> None:
        """Make the window shallow again where jobs have become longer."""
        values = {"settled": SETTLED, "share": self._pace.least}
        if await self._execute(RECALL, values):
            self._pace.slow()
            self._fill.wake()

    async def _keep(self) -> None:
        """Renew what Redis still has; what it has lost, or holds for too long, is sent again."""
        rows = await self._execute(WINDOWED, {"settled": SETTLED, "longest": LONGEST})
        places = [_place(row.tenant_id, row.id, row.priority, row.lease_by) for row in rows]
        held = await holds(self._window, places) if places else []
        if held is None:  # while Redis is away nobody runs them; it may come back with its data
            held = [True] * len(places)
        there = [one and not row.long for one, row in zip(held, rows, strict=True)]
        found = [_row(one, kept) for one, kept in zip(places, there, strict=True)]
        if found:
            await self._execute(KEEP, {"lease": self._lease, "rows": found})
        if not all(there):
            self._fill.wake()

    async def _unpark(self) -> None:
        if await wake_parked(self._database, self._catalog, self._on):
            self._fill.wake()

    async def _measure(self) -> None:
        self.pending = int((await self._execute(PENDING, {}))[0][0])
        if self._redises is not None:
            await self._redises.live.attempt(
                lambda redis: redis.set(PENDING_KEY, self.pending, ex=PENDING_LIVES), None
            )

    async def _switched(self, tenant_id: UUID | None, key: str) -> None:
        self._care.wake()

    async def _execute(self, statement: sa.TextClause, values: dict[str, Any]) -> Sequence[Any]:
        return await _execute(self._database, statement, values)


async def wake_parked(
    database: Database, catalog: Catalog, on: Callable[[UUID, str], bool]
) -> bool:
    """Wakes the jobs that were parked because nothing could run them, where something can now;
    whether there were any."""
    woken = False
    for row in await _execute(database, PARKED, {}):
        work = catalog.find(row.kind)
        if work is not None and on(row.tenant_id, work.plugin):
            await _execute(database, UNPARK, {"tenant": row.tenant_id, "kind": row.kind})
            woken = True
    return woken


async def _execute(
    database: Database, statement: sa.TextClause, values: dict[str, Any]
) -> Sequence[Any]:
    # What a relay writes it would write again: claims and leases are over by themselves.
    async with committing(database.unit(NOBODY, durable=False, by_index=True)) as unit:
        found = await (await unit.session()).execute(statement, values)
        return found.all() if found.returns_rows else ()  # type: ignore[attr-defined]


async def pending(redises: Redises) -> int | None:
    """How many jobs are due, as a relay has last counted; None where nobody knows."""
    said = await redises.live.attempt(lambda redis: redis.get(PENDING_KEY), None)
    return None if said is None else int(said)


def _place(tenant_id: UUID, job_id: UUID, priority: int, token: str) -> Place:
    return Place(tenant_id, job_id, QUEUES.get(priority, "normal"), token)


def _row(place: Place, there: bool) -> dict[str, Any]:
    return {
        "tenant_id": str(place.tenant_id),
        "id": str(place.job_id),
        "token": place.message,
        "there": there,
    }
