"""Makes a job of each event for each of its listeners.

A listener's position and its jobs are written in one transaction, so each event becomes one job.
Reading stops below what the tenant's open transactions have published (`queries.py` says how that
is known): none can appear behind the position afterwards.

A listener hears what is published while its plugin is on. Where a tenant has switched the plugin
off, its listeners go on reading without hearing: switched on again, they begin there. What was
published before becomes a job as ever, which waits, parked, until the plugin is on. A plugin that
is off because it can't run (its migrations wait, it is set aside) loses nothing: its listeners
stay where they are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.events import queries
from maru.events.log import CHANNEL, lane_of
from maru.jobs.catalog import LISTENER, PRIORITIES, Catalog, Work
from maru.jobs.relay import CHANNEL as JOBS
from maru.observability.trace import trace_id
from maru.signals import Loop, Signals
from maru_sdk import ContextSeed, Tenant
from maru_sdk.db import uuid7

PAUSE = 0.5
REPLAY = "replay"
_ROUND = 1 << 32


@dataclass(frozen=True)
class Settled:
    """Up to which number nothing can appear any more, by tenant."""

    last: int = 0
    floors: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def seen(cls, last: int, writing: Sequence[Any]) -> "Settled":
        """From the last number and the locks of those who write; a lock has 32 bits of its own."""
        floors: dict[int, int] = {}
        for lock in writing:
            behind = (last - lock.floor) % _ROUND
            if behind < _ROUND // 2:
                floors[lock.lane] = min(last - behind, floors.get(lock.lane, last))
        return cls(last, floors)

    def of(self, tenant_id: UUID) -> int:
        """How far this tenant's log can be read."""
        return self.floors.get(lane_of(tenant_id), self.last)

    @property
    def everywhere(self) -> int:
        """How far every tenant's log can be read."""
        return min(self.floors.values(), default=self.last)


class Delivery:
    """Reads the log for every listener of every tenant, as `maru_system`."""

    def __init__(
        self,
        database: Database,
        signals: Signals,
        catalog: Catalog,
        tenant: Callable[[UUID], Tenant | None],
        on: Callable[[UUID, str], bool],
    ) -> None:
        self._database = database
        self._signals = signals
        self._catalog = catalog
        self._tenant = tenant
        self._on = on
        self._since = 0
        self._settled = Settled()
        self._reached: dict[UUID, int] = {}
        self._again: set[UUID] = set()
        self._busy: set[UUID] = set()
        found = [catalog.find(LISTENER + name) for name in catalog.listeners]
        self._listening = [work for work in found if work is not None]
        self._loop = Loop("delivery of events", self.step, PAUSE)
        signals.on_nudge(CHANNEL, self._loop.wake)
        for kind in ("plugin", "tenant", REPLAY):
            signals.on(kind, self._switched)

    def start(self) -> None:
        """Begin to deliver."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop delivering."""
        await self._loop.stop()

    async def step(self) -> bool:
        """Deliver what was published since the last step; True where there is more."""
        await self._look()
        more = False
        for tenant_id in tuple(self._again):
            if await self._deliver_all(tenant_id):
                more = True
            elif tenant_id not in self._busy:
                self._again.discard(tenant_id)
                self._reached[tenant_id] = self._settled.of(tenant_id)
        self._busy.clear()
        return more

    async def _look(self) -> None:
        """Which tenants have news, and how far they can be read."""
        async with self._database.unit(NOBODY) as unit:
            session = await unit.session()
            last = (await session.execute(queries.LAST)).scalar_one()
            settled = Settled.seen(last, (await session.execute(queries.WRITING)).all())
            where = {"since": self._since, "last": last}
            news = (await session.execute(queries.NEWS, where)).all()
        self._again |= {
            row.tenant_id for row in news if row.number > self._reached.get(row.tenant_id, 0)
        }
        self._settled = settled  # from here on a fault only leaves a tenant in `_again`
        self._since = settled.everywhere
        self._reached = {one: at for one, at in self._reached.items() if at > self._since}

    async def _switched(self, tenant_id: UUID | None, key: str) -> None:
        if tenant_id is not None:
            self._again.add(tenant_id)
        self._loop.wake()

    async def _deliver_all(self, tenant_id: UUID) -> bool:
        tenant = self._tenant(tenant_id)
        if tenant is None:
            return False
        return any([await self._deliver(tenant, work) for work in self._listening])

    async def _deliver(self, tenant: Tenant, work: Work) -> bool:
        """Move one listener on; True where it hasn't read everything."""
        where = {"tenant": tenant.id, "listener": work.kind.removeprefix(LISTENER)}
        async with committing(self._database.unit(NOBODY)) as unit:
            session = await unit.session()
            off = None
            if self._on(tenant.id, work.plugin):
                begin = {**where, "id": uuid7(), "plugin": work.plugin}
                await session.execute(queries.BEGIN, begin)
            elif (off := await _off_since(session, tenant, work)) is None:
                return False
            position = (await session.execute(queries.POSITION, where)).one_or_none()
            if position is None:
                if off is None:  # another relay is at it, and may be killed at it
                    self._busy.add(tenant.id)
                return False
            values = {"tenant": tenant.id, "number": position.number}
            values["settled"] = self._settled.of(tenant.id)
            events = (await session.execute(queries.EVENTS, values)).all()
            if events:
                heard = [event for event in events if off is None or event.created_at < off]
                await self._make_jobs(session, tenant, work, heard, position.replays_to)
                await session.execute(queries.MOVE, {**where, "number": events[-1].number})
                self._signals.nudge_after(unit, JOBS)
        return len(events) == queries.BATCH

    async def _make_jobs(
        self,
        session: AsyncSession,
        tenant: Tenant,
        work: Work,
        events: Sequence[Any],
        replays_to: int | None,
    ) -> None:
        name = self._catalog.listeners[work.kind.removeprefix(LISTENER)][1].event.name
        rows = [_row(tenant, work, event, replays_to) for event in events if event.name == name]
        if rows:
            values = {
                "tenant": tenant.id,
                "kind": work.kind,
                "plugin": work.plugin,
                "max_tries": work.tries,
                "rows": rows,
            }
            await session.execute(queries.DELIVER, values)


async def _off_since(session: AsyncSession, tenant: Tenant, work: Work) -> datetime | None:
    where = {"tenant": tenant.id, "keys": work.plugin.split(".")}
    found: datetime | None = await session.scalar(queries.OFF, where)
    return found


def _row(tenant: Tenant, work: Work, event: Any, replays_to: int | None) -> dict[str, Any]:
    seed = ContextSeed(
        tenant=tenant.id,
        plugin=work.plugin,
        actor=event.actor_id,
        locale=tenant.locale,
        timezone=tenant.timezone,
        trace=event.trace or "",
    )
    again = replays_to is not None and event.number <= replays_to
    return {
        "id": str(uuid7()),
        "body": event.body,
        "seed": seed.model_dump(mode="json"),
        "trace": trace_id(event.trace or ""),
        "lane": f"{work.kind}:{event.key}" if event.key else None,
        "number": event.number,
        "priority": PRIORITIES["low"] if again else work.priority,
    }
