"""Writes events to the log, in the transaction of what they tell of."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.db.unit import Unit
from maru.observability.tracing import carried
from maru.signals import Signals
from maru_sdk import Event
from maru_sdk.db import uuid7

CHANNEL = "event"

_PUBLISH = sa.text(
    """
    INSERT INTO maru.event (tenant_id, id, name, version, key, body, actor_id, trace)
    VALUES (:tenant, :id, :name, :version, :key, :body, :actor, :trace)
    """
).bindparams(
    sa.bindparam("tenant", type_=sa.Uuid),
    sa.bindparam("id", type_=sa.Uuid),
    sa.bindparam("actor", type_=sa.Uuid),
    sa.bindparam("body", type_=JSONB),
)


class EventLog:
    """The log of all tenants. A rolled-back unit publishes nothing."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    async def publish(
        self,
        unit: Unit,
        event: Event,
        *,
        tenant_id: UUID,
        actor: UUID | None = None,
        trace: str = "",
    ) -> None:
        """Write the event; listeners hear of it after the commit."""
        values = {
            "tenant": tenant_id,
            "id": uuid7(),
            "name": event.name,
            "version": event.version,
            "key": event.key(),
            "body": event.model_dump(mode="json"),
            "actor": actor,
            "trace": carried(trace),
        }
        await (await unit.session()).execute(_PUBLISH, values)
        self._signals.nudge_after(unit, CHANNEL)
