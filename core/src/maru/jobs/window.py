"""The window in Redis: dramatiq's lists, of which only a few messages are full at a time.

A message says which row of the job table to look at, no more. dramatiq hands it to one of the
living workers and takes it back from a dead one; whether there is still something to do is the
row's business.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import current_millis
from redis import Redis
from redis.exceptions import RedisError

from maru.redis.addresses import blocking
from maru.settings import Settings

QUEUES = {10: "high", 50: "normal", 90: "low"}
ACTOR = "run"
HEARTBEAT = 5_000
ALWAYS = 1_000_000
WAIT = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """One job's place in the window."""

    tenant_id: UUID
    job_id: UUID
    queue: str
    token: str

    @property
    def number(self) -> str:
        """The message's id in Redis; a job that is sent again has another."""
        return f"{self.job_id}:{self.token}"


class Window(RedisBroker):
    """dramatiq's broker with our settings, sending in bulk.

    Workers say that they live every five seconds and each call looks for dead ones: with dramatiq's
    own settings the messages of a killed worker come back after minutes. Delayed messages are the
    table's business, so there are no delay queues to poll.
    """

    def __init__(self, client: Redis, namespace: str) -> None:
        options: dict[str, Any] = {"heartbeat_timeout": HEARTBEAT, "maintenance_chance": ALWAYS}
        super().__init__(  # type: ignore[no-untyped-call]
            client=client, middleware=[], namespace=namespace, **options
        )

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue without its delay queue."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def serve(self, run: Callable[[str, str], None]) -> None:
        """Have this process's worker call `run(tenant_id, job_id)` for each message."""
        for priority, name in QUEUES.items():
            dramatiq.Actor(
                run,
                broker=self,
                actor_name=f"{ACTOR}.{name}",
                queue_name=name,
                priority=priority,
                options={},
            )

    def put(self, places: Sequence[Place]) -> None:
        """Send messages in one round trip."""
        pipeline = self.client.pipeline(transaction=False)
        script = self.scripts["dispatch"]
        for place in places:
            script(keys=[self.namespace], args=self._enqueuing(place), client=pipeline)
        pipeline.execute()

    def holds(self, places: Sequence[Place]) -> list[bool]:
        """Which of these messages still stand in the window or are held by a worker."""
        pipeline = self.client.pipeline(transaction=False)
        for place in places:
            pipeline.hexists(f"{self.namespace}:{place.queue}.msgs", place.number)
        return [bool(one) for one in pipeline.execute()]

    def _enqueuing(self, place: Place) -> list[Any]:
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=place.queue,
            actor_name=f"{ACTOR}.{place.queue}",
            args=(str(place.tenant_id), str(place.job_id)),
            kwargs={},
            options={"redis_message_id": place.number},
            message_id=place.number,
        )
        return [
            "enqueue",
            current_millis(),
            place.queue,
            self.broker_id,
            self.heartbeat_timeout,
            self.dead_message_ttl,
            0,
            cast(Any, self)._max_unpack_size(),
            place.number,
            message.encode(),
        ]


@asynccontextmanager
async def opened_window(settings: Settings) -> AsyncIterator[Window]:
    """The window of this installation; connects at first use."""
    client = blocking(settings.redis_queue_url, wait=WAIT)
    try:
        yield Window(client, f"maru:{settings.instance}:jobs")
    finally:
        cast(Any, client).close()


async def put(window: Window, places: Sequence[Place]) -> bool:
    """Send messages from the loop; False where Redis is away, full or refuses."""
    try:
        await asyncio.to_thread(window.put, places)
    except (RedisError, OSError):
        return False
    return True


async def holds(window: Window, places: Sequence[Place]) -> list[bool] | None:
    """Which messages Redis still has; None where it is away."""
    try:
        return await asyncio.to_thread(window.holds, places)
    except (RedisError, OSError):
        return None
