"""Makes a job of each event for each of its listeners.

A listener's position and its jobs are written in one transaction, so each event becomes one job.
Reading stops at the oldest transaction that is still writing: events are read by the transaction
that wrote them, and none can appear behind the position afterwards.

A listener hears what is published while its plugin is on. Where a tenant has switched the plugin
off, its listeners go on reading without hearing: switched on again, they begin there. What was
published before becomes a job as ever, which waits, parked, until the plugin is on. A plugin that
is off because it can't run (its migrations wait, it is set aside) loses nothing: its listeners
stay where they are.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.events.log import CHANNEL
from maru.jobs.catalog import LISTENER, Catalog, Work
from maru.jobs.relay import CHANNEL as JOBS
from maru.observability.trace import trace_id
from maru.signals import Loop, Signals
from maru_sdk import ContextSeed, Tenant
from maru_sdk.db import uuid7

PAUSE = 0.5
BATCH = 500

_SETTLED = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

_NEWS = sa.text(
    f"""
    SELECT settled.xid AS settled, news.tenant_id
      FROM (SELECT {_SETTLED} AS xid) AS settled
      LEFT JOIN LATERAL (SELECT DISTINCT tenant_id FROM maru.event
                          WHERE xid >= :since AND xid < settled.xid) AS news ON true
    """  # noqa: S608  # no value is written into it
)

# A plugin that is switched on for the first time hears what happens from then on.
_BEGIN = sa.text(
    """
    INSERT INTO maru.event_position (tenant_id, id, listener, xid, number)
    SELECT :tenant, :id, :listener, coalesce(max(e.xid), 0), coalesce(max(e.number), 0)
      FROM maru.event e JOIN maru.plugin_state p
        ON p.tenant_id = e.tenant_id AND p.key = :plugin AND e.created_at < p.created_at
     WHERE e.tenant_id = :tenant
    ON CONFLICT (tenant_id, listener) DO NOTHING
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid), sa.bindparam("id", type_=sa.Uuid))

# Since when the tenant has had the plugin, or one of the two that a bridge stands between, off.
_OFF = sa.text(
    """
    SELECT min(updated_at) FROM maru.plugin_state
     WHERE tenant_id = :tenant AND key = ANY(:keys) AND NOT enabled
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid), sa.bindparam("keys", type_=sa.ARRAY(sa.Text)))

_POSITION = sa.text(
    """
    SELECT xid, number FROM maru.event_position
     WHERE tenant_id = :tenant AND listener = :listener FOR UPDATE SKIP LOCKED
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid))

_EVENTS = sa.text(
    f"""
    SELECT xid, number, name, key, body, actor_id, trace, created_at FROM maru.event
     WHERE tenant_id = :tenant AND (xid, number) > (:xid, :number) AND xid < {_SETTLED}
     ORDER BY xid, number LIMIT {BATCH}
    """  # noqa: S608  # no value is written into it
).bindparams(sa.bindparam("tenant", type_=sa.Uuid))

_MOVE = sa.text(
    """
    UPDATE maru.event_position SET xid = :xid, number = :number, updated_at = now()
     WHERE tenant_id = :tenant AND listener = :listener
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid))

_DELIVER = sa.text(
    """
    INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed, priority, max_tries,
                          trace, lane, lane_number)
    SELECT :tenant, (r->>'id')::uuid, :kind, :plugin, r->'body', r->'seed', :priority, :max_tries,
           r->>'trace', r->>'lane', (r->>'number')::bigint
      FROM jsonb_array_elements(:rows) AS r
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid), sa.bindparam("rows", type_=JSONB))

PRUNE = sa.text(
    """
    DELETE FROM maru.event WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM maru.event
       WHERE created_at < now() - make_interval(days => :days) LIMIT 5000)
    """
)


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
        self._again: set[UUID] = set()
        self._busy: set[UUID] = set()
        found = [catalog.find(LISTENER + name) for name in catalog.listeners]
        self._listening = [work for work in found if work is not None]
        self._loop = Loop("delivery of events", self.step, PAUSE)
        signals.on_nudge(CHANNEL, self._loop.wake)
        signals.on("plugin", self._switched)

    def start(self) -> None:
        """Begin to deliver."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop delivering."""
        await self._loop.stop()

    async def step(self) -> bool:
        """Deliver what was published since the last step; True where there is more."""
        async with self._database.unit(NOBODY) as unit:
            rows = (await (await unit.session()).execute(_NEWS, {"since": self._since})).all()
        self._again |= {row.tenant_id for row in rows if row.tenant_id}
        self._since = rows[0].settled  # from here on a fault only leaves a tenant in `_again`
        more = False
        for tenant_id in tuple(self._again):
            if await self._deliver_all(tenant_id):
                more = True
            elif tenant_id not in self._busy:
                self._again.discard(tenant_id)
        self._busy.clear()
        return more

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
                await session.execute(_BEGIN, begin)
            elif (off := await _off_since(session, tenant, work)) is None:
                return False
            position = (await session.execute(_POSITION, where)).one_or_none()
            if position is None:
                if off is None:  # another relay is at it, and may be killed at it
                    self._busy.add(tenant.id)
                return False
            values = {"tenant": tenant.id, "xid": position.xid, "number": position.number}
            events = (await session.execute(_EVENTS, values)).all()
            if events:
                heard = [event for event in events if off is None or event.created_at < off]
                await self._make_jobs(session, tenant, work, heard)
                last = {"xid": events[-1].xid, "number": events[-1].number}
                await session.execute(_MOVE, {**where, **last})
                self._signals.nudge_after(unit, JOBS)
        return len(events) == BATCH

    async def _make_jobs(
        self, session: AsyncSession, tenant: Tenant, work: Work, events: Sequence[Any]
    ) -> None:
        name = self._catalog.listeners[work.kind.removeprefix(LISTENER)][1].event.name
        rows = [_row(tenant, work, event) for event in events if event.name == name]
        if rows:
            values = {
                "tenant": tenant.id,
                "kind": work.kind,
                "plugin": work.plugin,
                "priority": work.priority,
                "max_tries": work.tries,
                "rows": rows,
            }
            await session.execute(_DELIVER, values)


async def _off_since(session: AsyncSession, tenant: Tenant, work: Work) -> datetime | None:
    where = {"tenant": tenant.id, "keys": work.plugin.split(".")}
    found: datetime | None = await session.scalar(_OFF, where)
    return found


def _row(tenant: Tenant, work: Work, event: Any) -> dict[str, Any]:
    seed = ContextSeed(
        tenant=tenant.id,
        plugin=work.plugin,
        actor=event.actor_id,
        locale=tenant.locale,
        timezone=tenant.timezone,
        trace=event.trace or "",
    )
    return {
        "id": str(uuid7()),
        "body": event.body,
        "seed": seed.model_dump(mode="json"),
        "trace": trace_id(event.trace or ""),
        "lane": f"{work.kind}:{event.key}" if event.key else None,
        "number": event.number,
    }
