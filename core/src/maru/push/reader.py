"""Reads the log of messages as the system role and hands each message on once, at once.

What is new is what the last look could not see; so nothing waits for a transaction that is still
running, and what that one has sent comes when it commits.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.push.log import CHANNEL
from maru.push.memory import KEPT, Memory, Sent
from maru.push.position import NOTHING, Position, Snapshot
from maru.signals import Loop, Signals

POLL: Final = 1.0
LONGEST_TRANSACTION: Final = 300.0
AT_START: Final = 20_000

_HEAD: Final = """
    SELECT m.tenant_id, m.room, m.xid, m.number, m.event, m.data, s.snapshot, s.at
      FROM (SELECT pg_current_snapshot()::text AS snapshot,
                   extract(epoch FROM clock_timestamp())::float8 AS at) AS s
      LEFT JOIN LATERAL"""

_NEW = sa.text(
    f"""{_HEAD}
           (SELECT * FROM maru.live_message WHERE xid >= :xmax OR xid = ANY(:running)) AS m ON true
     ORDER BY m.number
    """  # noqa: S608  # no value is written into it
).bindparams(
    sa.bindparam("xmax", type_=sa.BigInteger),
    sa.bindparam("running", type_=sa.ARRAY(sa.BigInteger)),
)

_FIRST = sa.text(
    f"""{_HEAD}
           (SELECT * FROM maru.live_message
             WHERE sent_at > now() - make_interval(secs => :seconds)
             ORDER BY number DESC LIMIT :most) AS m ON true
     ORDER BY m.number
    """  # noqa: S608  # no value is written into it
)


class Reader:
    """The receiving end of the log, in a push process."""

    def __init__(
        self, database: Database, signals: Signals, deliver: Callable[[Sent], None]
    ) -> None:
        self.memory = Memory()
        self.faults = 0
        self._database = database
        self._deliver = deliver
        self._seen = NOTHING
        self._here = ""
        self._loop = Loop("messages", self.step, POLL)
        signals.on_nudge(CHANNEL, self._loop.wake)

    @property
    def position(self) -> str:
        """Where everybody stands who is listening now."""
        return self._here

    async def start(self) -> None:
        """Remember the last minutes, then begin to deliver."""
        seconds = KEPT + LONGEST_TRANSACTION
        rows = await self._read(_FIRST, {"seconds": seconds, "most": AT_START})
        whole = sum(row.number is not None for row in rows) < AT_START
        self.memory.since = rows[0].at - KEPT if whole else rows[0].at
        for sent in self._messages(rows):
            self.memory.add(sent)
        self._loop.start()

    async def stop(self) -> None:
        """Stop delivering."""
        await self._loop.stop()

    async def step(self) -> None:
        """Deliver what has been committed since the last look."""
        seen = self._seen
        rows = await self._read(_NEW, {"xmax": seen.xmax, "running": sorted(seen.running)})
        for sent in self._messages(rows):
            self.memory.add(sent)
            self._deliver(sent)
        self.memory.prune(rows[0].at)

    async def _read(self, statement: sa.TextClause, values: dict[str, Any]) -> Sequence[Any]:
        async with self._database.unit(NOBODY, readonly=True) as unit:
            return (await (await unit.session()).execute(statement, values)).all()

    def _messages(self, rows: Sequence[Any]) -> list[Sent]:
        """The rows as messages, each with the position after it."""
        before, now = self._seen, Snapshot.parse(rows[0].snapshot)
        at = rows[0].at
        self._seen, self._here = now, str(Position(int(at), now))
        found = [row for row in rows if row.number is not None]
        ids = [str(Position(int(at), before, row.number, now)) for row in found[:-1]]
        return [
            Sent((row.tenant_id, row.room), row.xid, row.number, id_, row.event, row.data, at)
            for row, id_ in zip(found, [*ids, self._here], strict=False)
        ]
