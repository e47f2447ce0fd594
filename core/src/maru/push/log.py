"""Sends to rooms: with a transaction, by a row that every push process reads; or at once, by Redis.

The row is the message. A nudge over Redis only says that there may be one, so a message leaves
with its transaction whatever dies afterwards, and waits at most a second where Redis is away.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa

from maru.db.unit import Unit
from maru.redis import Link
from maru.signals import Signals
from maru_sdk import SystemFault
from maru_sdk.db import uuid7

CHANNEL: Final = "live"
NOW: Final = "maru:live"
LONGEST: Final = 32_000
LONGEST_NAME: Final = 200
KEPT: Final = 900.0

_SEND = sa.text(
    """
    INSERT INTO maru.live_message (tenant_id, id, room, event, data)
    VALUES (:tenant, :id, :room, :event, :data)
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid), sa.bindparam("id", type_=sa.Uuid))

_SEND_ALL = sa.text(
    """
    INSERT INTO maru.live_message (tenant_id, id, room, event, data)
    SELECT :tenant, asked.id, asked.room, :event, :data
      FROM unnest(:ids, :rooms) AS asked(id, room)
    """
).bindparams(
    sa.bindparam("tenant", type_=sa.Uuid),
    sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("rooms", type_=sa.ARRAY(sa.Text)),
)

PRUNE = sa.text(
    """
    DELETE FROM maru.live_message WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM maru.live_message
       WHERE sent_at < now() - make_interval(secs => :seconds) LIMIT 20000)
    """
)

Data = Mapping[str, Any] | str


class LiveLog:
    """The sending end, in any process."""

    def __init__(self, signals: Signals, link: Link) -> None:
        self._signals = signals
        self._link = link

    async def send(self, unit: Unit, tenant_id: UUID, room: str, event: str, data: Data) -> None:
        """Send in the unit's transaction: pages hear of it after the commit, or never."""
        values = {
            "tenant": tenant_id,
            "id": uuid7(),
            "room": room,
            "event": event,
            "data": checked(room, event, data).decode(),
        }
        await (await unit.session()).execute(_SEND, values)
        self._signals.nudge_after(unit, CHANNEL)

    async def send_all(
        self, unit: Unit, tenant_id: UUID, rooms: Sequence[str], event: str, data: Data
    ) -> None:
        """Send the same to several rooms, by one statement."""
        texts = [checked(room, event, data).decode() for room in rooms]
        if not texts:
            return
        ids = [uuid7() for _ in rooms]
        values = {"tenant": tenant_id, "ids": ids, "rooms": list(rooms), "event": event}
        await (await unit.session()).execute(_SEND_ALL, values | {"data": texts[0]})
        self._signals.nudge_after(unit, CHANNEL)

    async def send_now(self, tenant_id: UUID, room: str, event: str, data: Data) -> None:
        """Send now, to who listens; lost where Redis is away."""
        head = orjson.dumps([str(tenant_id), room, event])
        message = head + b"\n" + checked(room, event, data)
        await self._link.attempt(lambda redis: redis.publish(NOW, message), None)


def checked(room: str, event: str, data: Data) -> bytes:
    """The data as JSON; raises SystemFault for what may not be sent."""
    text = data.encode() if isinstance(data, str) else orjson.dumps(dict(data))
    if len(text) > LONGEST:
        raise SystemFault(f"{event}: {len(text)} bytes are too many for a message")
    if not all(0 < len(name) <= LONGEST_NAME and name.isprintable() for name in (room, event)):
        raise SystemFault(f"{room[:50]!r}, {event[:50]!r}: no names of a room and an event")
    return text
