"""Writes events to the log, in the transaction of what they tell of."""

from uuid import UUID

from maru.db.unit import Unit
from maru.events.queries import PUBLISH
from maru.observability.tracing import carried
from maru.signals import Signals
from maru_sdk import Event
from maru_sdk.db import uuid7

CHANNEL = "event"


def lane_of(tenant_id: UUID) -> int:
    """What a tenant's writers lock, the last 31 bits of its id: tenants that share them only wait
    for each other."""
    return tenant_id.int & 0x7FFFFFFF


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
        await (await unit.session()).execute(PUBLISH, values)
        self._signals.nudge_after(unit, CHANNEL)
