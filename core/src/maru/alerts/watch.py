"""Looks at the figures of all processes every few seconds and tells who wants to know.

Any number may run: a lease in Redis says which one looks. While Redis is away each looks for
itself, since a message twice is better than none; and while the database is away the states are
kept in the process, since that is what most needs to be told.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from maru.alerts.alarm import Alarm, Notice
from maru.alerts.history import History
from maru.alerts.messages import Messenger
from maru.alerts.points import PointStore, point_of, slowest
from maru.alerts.queries import DEAD, FORGET, KEEP, KEPT
from maru.alerts.rule import Channel, Rules
from maru.alerts.totals import Sum, Totals
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.observability.metrics import Metrics, SnapshotStore
from maru.redis import Redises
from maru.signals import Loop
from maru_sdk.db import uuid7

log = logging.getLogger(__name__)

EVERY = 10.0
LEASE_MS = 30_000
LIMIT = 5.0

_LEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) return 1 end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0
"""


class AlertWatch:
    """The loop that looks, as `maru_system`."""

    def __init__(
        self,
        database: Database,
        redises: Redises,
        store: SnapshotStore,
        rules: Rules,
        messenger: Messenger,
        *,
        metrics: Metrics,
        instance: str,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._live, self._store = database, redises.live, store
        self._rules, self._messenger = rules, messenger
        self._points = PointStore(redises, instance)
        self._key, self._token = f"maru:{instance}:alerts", uuid4().hex
        self._monotonic, self._clock = monotonic, clock
        self._alarms = [Alarm(rule) for rule in rules.rules]
        self._sum, self._history = Sum(), History()
        self._untold: dict[str, tuple[Notice, Sequence[Channel]]] = {}
        self._leads = False
        self._up, self._dead = 1.0, 0.0
        self._loop = Loop("alerts", self.look, EVERY)
        metrics.ask("maru_database_up", "Whether the database answers.", lambda: self._up)
        metrics.ask("maru_queue_dead", "Jobs that failed for good.", lambda: self._dead)
        self._metrics = metrics

    def start(self) -> None:
        """Begin to look."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop looking; another may at once."""
        await self._loop.stop()
        await self._live.attempt(self._give_up, None)

    async def look(self) -> None:
        """Look once: take the figures in, judge every rule, tell, keep."""
        await self._ask_database()
        self._history.add(await self._totals())
        led, self._leads = self._leads, await self._take_lead()
        if not self._leads:
            self._untold.clear()
            return
        if not led:
            await self._take_over()
        await self._judge()
        await self._points.put(point_of(self._history), slowest(self._history))
        await self._keep()

    async def _totals(self) -> Totals:
        snapshots = {**await self._store.all(), self._metrics.process: self._metrics.snapshot()}
        return self._sum.add(snapshots, self._clock())

    async def _ask_database(self) -> None:
        try:
            async with asyncio.timeout(LIMIT), self._database.unit(NOBODY) as unit:
                self._dead = float(await (await unit.session()).scalar(DEAD) or 0)
            self._up = 1.0
        except (SQLAlchemyError, OSError, TimeoutError):
            self._up = 0.0

    async def _take_lead(self) -> bool:
        async def lease(redis: Any) -> bool:
            return bool(await redis.eval(_LEASE, 1, self._key, self._token, LEASE_MS))

        return await self._live.attempt(lease, True)

    async def _give_up(self, redis: Any) -> None:
        if await redis.get(self._key) == self._token.encode():
            await redis.delete(self._key)

    async def _judge(self) -> None:
        now = self._monotonic()
        for alarm in self._alarms:
            notice = alarm.step(self._value(alarm), now)
            if notice is not None:
                self._untold[alarm.rule.name] = notice, self._rules.channels(alarm.rule)
            if alarm.rule.name in self._untold:
                await self._tell(alarm)

    async def _tell(self, alarm: Alarm) -> None:
        """Tell every channel; one that fails is told when it is back, the others once."""
        notice, channels = self._untold.pop(alarm.rule.name)
        failed = await self._messenger.tell(notice, channels)
        if not failed or not notice.firing:
            return
        if failed == self._messenger.reaches(self._rules.channels(alarm.rule)):
            alarm.told, alarm.told_at = False, None  # nobody knows yet
        else:
            self._untold[alarm.rule.name] = notice, failed

    def _value(self, alarm: Alarm) -> float | None:
        rule = alarm.rule
        return self._history.measure(rule.metric, rule.measure, rule.over, rule.where, rule.of)

    def fault(self, alarm: Alarm) -> str | None:
        """Why nothing is known of a rule, where no process shows its figure."""
        last = self._history.last
        if alarm.rule.optional or last is None or alarm.rule.metric in last.names():
            return None
        return f"no process shows the figure {alarm.rule.metric}"

    async def _take_over(self) -> None:
        """What the one before knew: nobody is told twice because the watch has changed."""
        try:
            rows = await self._execute(KEPT, {})
        except (SQLAlchemyError, OSError, TimeoutError):
            return
        known = {row.name: row for row in rows}
        for alarm in self._alarms:
            row = known.get(alarm.rule.name)
            if row is not None:
                alarm.state, alarm.told = (
                    row.state,
                    row.told_at is not None and row.state == "firing",
                )
                alarm.since = self._ago(row.since)
                alarm.told_at = self._ago(row.told_at)

    def _ago(self, moment: datetime | None) -> float | None:
        """A moment of the calendar on the clock that never jumps."""
        if moment is None:
            return None
        return self._monotonic() - max(0.0, self._clock() - moment.timestamp())

    def _then(self, moment: float | None) -> datetime | None:
        if moment is None:
            return None
        return datetime.fromtimestamp(self._clock(), UTC) - timedelta(
            seconds=self._monotonic() - moment
        )

    async def _keep(self) -> None:
        """The states where every process can show them; while the database is away, nowhere."""
        rows = [self._row(alarm) for alarm in self._alarms]
        try:
            await self._execute(KEEP, {"rows": rows})
            await self._execute(FORGET, {"names": [alarm.rule.name for alarm in self._alarms]})
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("the alerts' states can't be kept: %s", error)

    def _row(self, alarm: Alarm) -> dict[str, Any]:
        since, told_at = self._then(alarm.since), self._then(alarm.told_at)
        rule = {**alarm.rule.model_dump(mode="json", by_alias=True), **_seconds(alarm)}
        return {
            "id": str(uuid7()),
            "name": alarm.rule.name,
            "rule": {**rule, "goes_to": self._messenger.reaches(self._rules.channels(alarm.rule))},
            "state": alarm.state,
            "value": alarm.value,
            "since": None if since is None else since.isoformat(),
            "told_at": None if told_at is None else told_at.isoformat(),
            "fault": self.fault(alarm),
        }

    async def _execute(self, statement: sa.TextClause, values: Mapping[str, Any]) -> Sequence[Any]:
        async with asyncio.timeout(LIMIT), committing(self._database.unit(NOBODY)) as unit:
            found: Any = await (await unit.session()).execute(statement, values)
            return found.all() if found.returns_rows else ()


def _seconds(alarm: Alarm) -> dict[str, float]:
    rule = alarm.rule
    spans = {"over": rule.over, "for": rule.for_, "cool_down": rule.cool_down}
    return {name: span.total_seconds() for name, span in spans.items()}
