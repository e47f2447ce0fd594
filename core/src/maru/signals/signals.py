"""The control log: a row in the transaction of the change, a nudge after it, a poll as the net.

The table is the truth. A nudge over Redis only says "look now", so a lost one costs a second. Rows
are read by the transaction that wrote them, not by their number: numbers are given before the
commit, and a reader that went by them would step over a transaction that commits late.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import Unit
from maru.redis import Redises
from maru.signals.loop import Loop
from maru.signals.models import Signal
from maru.signals.nudges import Nudges

log = logging.getLogger(__name__)

POLL = 1.0
GAP = 30.0
CHANNEL = "signal"

Callback = Callable[[UUID | None, str], Awaitable[None]]

_SINCE = sa.text(
    """
    SELECT number, xid, kind, key, tenant,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS settled
      FROM (SELECT 1) AS one LEFT JOIN maru.signal ON xid >= :since
     ORDER BY number
    """
)

_RECENT = sa.text(
    """
    SELECT number, xid, kind, key, tenant
      FROM maru.signal
     WHERE created_at > now() - make_interval(secs => :seconds) AND kind = :kind
     ORDER BY number LIMIT :at_most
    """
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One row of the control log."""

    number: int
    xid: int
    kind: str
    key: str
    tenant: UUID | None


class Signals:
    """Sends to every process, this one too, and calls back what was registered for a kind.

    Callbacks must be idempotent: a signal is delivered at least once. One that raises is called
    again at the next poll.
    """

    def __init__(self, database: Database, redises: Redises) -> None:
        self._database = database
        self._nudges = Nudges(redises.live)
        self._callbacks: defaultdict[str, list[Callback]] = defaultdict(list)
        self._gap_callbacks: list[Callable[[], None]] = []
        self._start_callbacks: list[Callable[[], Awaitable[None]]] = []
        self._since: int | None = None
        self._seen: dict[int, int] = {}
        self._unheard: list[tuple[Callback, Heard]] = []
        self._polled = time.monotonic()
        self._polling = asyncio.Lock()
        self._loop = Loop("signals", self.poll, POLL)
        self._nudges.on(CHANNEL, self._loop.wake)

    def on(self, kind: str, callback: Callback) -> None:
        """Call `callback(tenant_id, key)` for every signal of this kind."""
        self._callbacks[kind].append(callback)

    def on_start(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Await `callback` when listening begins, before anything is heard."""
        self._start_callbacks.append(callback)

    def on_gap(self, callback: Callable[[], None]) -> None:
        """Call `callback` when this process heard nothing for long: it should forget all."""
        self._gap_callbacks.append(callback)

    async def send(
        self, unit: Unit, kind: str, key: str = "", tenant_id: UUID | None = None
    ) -> None:
        """Say it in the unit's transaction: heard everywhere after its commit, or nowhere."""
        session = await unit.session()
        row = {"kind": kind, "key": key, "tenant": tenant_id}
        await session.execute(sa.insert(Signal), [row])
        self.nudge_after(unit, CHANNEL)

    def nudge_after(self, unit: Unit, channel: str) -> None:
        """After the unit's commit, wake all who listen on `channel`; once a unit."""
        self._nudges.after(unit, channel)

    async def nudge(self, channel: str) -> None:
        """Wake all who listen on `channel`, in any process, now."""
        await self._nudges.send(channel)

    def on_nudge(self, channel: str, callback: Callable[[], None]) -> None:
        """Call `callback` when some process nudged; it may be lost, so poll besides."""
        self._nudges.on(channel, callback)

    async def start(self) -> None:
        """Begin to listen. What is loaded afterwards misses nothing."""
        await self.poll()
        for callback in self._start_callbacks:
            await callback()
        self._nudges.start()
        self._loop.start()

    async def stop(self) -> None:
        """Stop listening."""
        await self._loop.stop()
        await self._nudges.stop()

    async def recent(self, kind: str, seconds: float, at_most: int) -> list[Heard]:
        """The signals of a kind from the last seconds, those from before this process began too;
        the oldest `at_most` of them."""
        unit = Unit(self._database, NOBODY, readonly=True)
        asked = {"kind": kind, "seconds": seconds, "at_most": at_most}
        try:
            session = await unit.session()
            return [Heard(*row) for row in (await session.execute(_RECENT, asked)).all()]
        finally:
            await unit.rollback()

    async def poll(self) -> None:
        """Read what has been committed since the last time and call back."""
        async with self._polling:
            await self._poll()

    async def _poll(self) -> None:
        first = self._since is None
        heard = await self._read()
        now = time.monotonic()
        if now - self._polled > GAP:
            log.warning("heard no signal for %.0f s, forgetting everything", now - self._polled)
            for forget in self._gap_callbacks:
                forget()
        self._polled = now
        calls, self._unheard = self._unheard, []
        if not first:
            calls += [(back, one) for one in heard for back in self._callbacks[one.kind]]
        for callback, one in calls:
            await self._call(callback, one)

    async def _call(self, callback: Callback, heard: Heard) -> None:
        try:
            await callback(heard.tenant, heard.key)
        except Exception:  # the wall of a process: one deaf listener must not silence the others
            log.exception("a callback for signal %s failed, is called again", heard.kind)
            self._unheard.append((callback, heard))

    async def _read(self) -> list[Heard]:
        unit = Unit(self._database, NOBODY, readonly=True)
        try:
            session = await unit.session()
            rows = (await session.execute(_SINCE, {"since": self._since or 1 << 62})).all()
        finally:
            await unit.rollback()
        found = [Heard(*row[:5]) for row in rows if row.number is not None]
        fresh = [one for one in found if one.number not in self._seen]
        self._remember(found, rows[0].settled)
        return fresh

    def _remember(self, found: list[Heard], settled: int) -> None:
        """What was running now may commit before the next poll, so reading begins there again."""
        self._since = settled
        self._seen = {one.number: one.xid for one in found if one.xid >= settled}


PRUNE = sa.text(
    "DELETE FROM maru.signal WHERE created_at < now() - make_interval(secs => :seconds)"
)
"""Forgets what every living process has heard long ago; asks for the system role."""
