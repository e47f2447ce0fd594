"""What an admin does with the tenant's events: reads the log, sees who has heard what, and has a
listener hear again.

All of it in the tenant's scope, in the transaction at hand. A replay sets the listener back: each
event since then becomes a job again, whose effect happens again. What still waits isn't made twice.
It hears all that the log has, also of a time when its plugin was off.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from maru.db.unit import Unit
from maru.events.delivery import REPLAY
from maru.events.models import Event
from maru.jobs.catalog import LISTENER, Catalog
from maru.signals import Signals
from maru_sdk import InvalidInput, Model, NotFound
from maru_sdk.db import Query, bindparam, col, desc, select, uuid7
from maru_sdk.declarations import Handler

On = Callable[[str], bool]


class EventNotFound(NotFound):
    """There is no such event, or it is older than the log."""

    code = "EVENT_NOT_FOUND"
    message = "There is no such event; the log keeps seven days"


class ListenerNotFound(NotFound):
    """No plugin that is on here has such a listener."""

    code = "LISTENER_NOT_FOUND"
    message = "There is no listener {name}"


class ReplayInFuture(InvalidInput):
    """A replay begins at a time that has been."""

    code = "REPLAY_IN_FUTURE"
    message = "A replay begins in the past"


class EventLine(Model):
    """One event in a list."""

    number: int
    name: str
    version: int
    key: str
    actor_id: UUID | None
    created_at: datetime


class EventDetail(EventLine):
    """One event with what it says."""

    body: dict[str, Any]
    trace: str | None


class Heard(Model):
    """The job that a listener has of an event."""

    id: UUID
    kind: str
    state: str
    tries: int
    created_at: datetime
    error: str | None


class Progress(Model):
    """How far a listener has read. `behind` counts its events that it has no job of yet, to
    10,000; `oldest` is the first of them."""

    listener: str
    number: int | None
    replays_to: int | None
    behind: int
    oldest: datetime | None
    waiting: int
    dead: int


@dataclass(frozen=True)
class Listening:
    """A listener of a plugin that is on."""

    name: str
    plugin: str
    event: str
    function: Handler
    progress: Progress


_LINE: Final = (
    Event.number,
    Event.name,
    Event.version,
    Event.key,
    Event.actor_id,
    Event.created_at,
)


def _listing(*conditions: Any) -> Query[EventLine]:
    return Query(
        select(*_LINE).where(*conditions), EventLine, order=[desc(Event.number)], count=False
    )


def _given(column: Any) -> Any:
    return col(column) == bindparam(column.key, type_=sa.Text())


EVENTS: Final = _listing()
EVENTS_NAMED: Final = _listing(_given(Event.name))
EVENTS_ABOUT: Final = _listing(_given(Event.key))
EVENTS_NAMED_ABOUT: Final = _listing(_given(Event.name), _given(Event.key))

EVENT: Final = Query(
    select(*_LINE, Event.body, Event.trace).where(
        col(Event.number) == bindparam("number", type_=sa.BigInteger())
    ),
    EventDetail,
)

HEARD: Final[Query[Heard]] = Query(
    """
    SELECT j.id, j.kind, j.state, j.tries, j.created_at, j.error
      FROM unnest(:kinds) AS asked (kind)
     CROSS JOIN LATERAL (
       SELECT * FROM maru.job one WHERE one.kind = asked.kind AND one.lane_number = :number
        ORDER BY one.kind, one.lane_number LIMIT 20) AS j
     ORDER BY j.kind, j.id DESC
    """,
    Heard,
    params={"kinds": list[str], "number": int},
)

PROGRESS: Final[Query[Progress]] = Query(
    """
    WITH open AS (
      SELECT kind, count(*) FILTER (WHERE state <> 'dead') AS waiting,
             count(*) FILTER (WHERE state = 'dead') AS dead
        FROM maru.job
       WHERE state IN ('waiting', 'running', 'parked', 'dead')
         AND kind = ANY (SELECT 'listener:' || unnest(:listeners)) GROUP BY kind)
    SELECT asked.listener, p.number, p.replays_to, unread.behind, unread.oldest,
           coalesce(open.waiting, 0) AS waiting, coalesce(open.dead, 0) AS dead
      FROM unnest(:listeners, :events) AS asked (listener, event)
      LEFT JOIN maru.event_position p ON p.listener = asked.listener
      LEFT JOIN open ON open.kind = 'listener:' || asked.listener
     CROSS JOIN LATERAL (
       SELECT count(*) AS behind, min(e.created_at) AS oldest
         FROM (SELECT created_at FROM maru.event
                WHERE number > coalesce(p.number, 0) AND name = asked.event
                ORDER BY number LIMIT 10000) AS e) AS unread
     ORDER BY asked.listener
    """,
    Progress,
    params={"listeners": list[str], "events": list[str]},
)

# From the first event of that time on; the position waits for whoever is delivering.
SET_BACK: Final = sa.text(
    """
    WITH first AS (
      SELECT (SELECT min(number) - 1 FROM maru.event WHERE created_at >= :since) AS number,
             (SELECT max(number) FROM maru.event) AS last)
    INSERT INTO maru.event_position AS p (id, listener, number, replays_to)
    SELECT :id, :listener, first.number, first.last FROM first WHERE first.number IS NOT NULL
    ON CONFLICT (tenant_id, listener) DO UPDATE
       SET number = excluded.number, updated_at = now(),
           replays_to = greatest(p.number, coalesce(p.replays_to, 0))
     WHERE p.number > excluded.number
    RETURNING number
    """
).bindparams(
    sa.bindparam("id", type_=sa.Uuid),
    sa.bindparam("since", type_=sa.DateTime(timezone=True)),
)


def listing(
    *, name: str | None = None, key: str | None = None
) -> tuple[Query[EventLine], dict[str, str]]:
    """The query of the log, newest first, and its arguments: for `ctx.page(query, params, **args)`
    with CursorParams."""
    args = {**({} if name is None else {"name": name}), **({} if key is None else {"key": key})}
    if name is not None:
        return (EVENTS_NAMED if key is None else EVENTS_NAMED_ABOUT), args
    return (EVENTS if key is None else EVENTS_ABOUT), args


class EventDesk:
    """The log and its listeners, in a tenant."""

    def __init__(self, signals: Signals, catalog: Catalog) -> None:
        self._signals = signals
        self._catalog = catalog

    async def listeners(self, unit: Unit, on: On) -> list[Listening]:
        """All listeners of plugins that are on, by name."""
        found = {
            name: (key, listener)
            for name, (key, listener) in self._catalog.listeners.items()
            if on(key)
        }
        names = sorted(found)
        events = [found[name][1].event.name for name in names]
        progress = await unit.read(PROGRESS, listeners=names, events=events)
        return [
            Listening(
                name=one.listener,
                plugin=found[one.listener][0],
                event=found[one.listener][1].event.name,
                function=found[one.listener][1].function,
                progress=one,
            )
            for one in progress
        ]

    def names(self) -> list[str]:
        """The names of the events that somebody listens to."""
        return sorted({one.event.name for _, one in self._catalog.listeners.values()})

    async def event(self, unit: Unit, number: int) -> EventDetail:
        """One event; raises EventNotFound."""
        for one in await unit.read(EVENT, number=number):
            return one
        raise EventNotFound

    async def heard(self, unit: Unit, event: EventLine) -> list[Heard]:
        """The jobs that listeners have of an event."""
        kinds = [
            LISTENER + name
            for name, (_, one) in self._catalog.listeners.items()
            if one.event.name == event.name
        ]
        return list(await unit.read(HEARD, kinds=kinds, number=event.number))

    async def replay(self, unit: Unit, name: str, on: On, since: datetime, now: datetime) -> bool:
        """Have a listener hear again what was published since then; False where that is nothing
        that it has read. Raises ListenerNotFound and ReplayInFuture."""
        found = self._catalog.listeners.get(name)
        if found is None or not on(found[0]):
            raise ListenerNotFound(name=name)
        if since > now:
            raise ReplayInFuture
        session = await unit.session()
        values = {"id": uuid7(), "listener": name, "since": since}
        moved = (await session.execute(SET_BACK, values)).one_or_none() is not None
        if moved:
            await self._signals.send(unit, REPLAY, name, unit.scope.tenant)
        return moved
