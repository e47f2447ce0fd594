"""The window in Redis: dramatiq's lists, of which only a few messages are full at a time.

A message says which rows of the job table to look at, no more: one, or a bundle where jobs are so
short that messages would cost more than they do. dramatiq hands it to one of the living workers and
takes it back from a dead one; whether there is still something to do is the rows' business.
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
    """One job's place in the window: the queue and the message that it stands in.

    A job that is sent again stands in another message.
    """

    tenant_id: UUID
    job_id: UUID
    queue: str
    message: str

    @property
    def key(self) -> tuple[str, str]:
        """What it shares with the others of its bundle."""
        return (self.queue, self.message)


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

    def serve(self, run: Callable[[str, list[list[str]]], None]) -> None:
        """Have this process's worker call `run(message, [[tenant_id, job_id], …])` for each
        message."""
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
        """Send messages in one round trip; those of one bundle are one message."""
        bundles: dict[tuple[str, str], list[Place]] = {}
        for place in places:
            bundles.setdefault(place.key, []).append(place)
        pipeline = self.client.pipeline(transaction=False)
        script = self.scripts["dispatch"]
        for bundle in bundles.values():
            script(keys=[self.namespace], args=self._enqueuing(bundle), client=pipeline)
        pipeline.execute()

    def holds(self, places: Sequence[Place]) -> list[bool]:
        """Which of these still stand in the window or are held by a worker."""
        keys = list(dict.fromkeys(place.key for place in places))
        pipeline = self.client.pipeline(transaction=False)
        for queue, message in keys:
            pipeline.hexists(f"{self.namespace}:{queue}.msgs", message)
        found = dict(zip(keys, pipeline.execute(), strict=True))
        return [bool(found[place.key]) for place in places]

    def _enqueuing(self, bundle: Sequence[Place]) -> list[Any]:
        queue, number = bundle[0].key
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue,
            actor_name=f"{ACTOR}.{queue}",
            args=(number, [[str(one.tenant_id), str(one.job_id)] for one in bundle]),
            kwargs={},
            options={"redis_message_id": number},
            message_id=number,
        )
        return [
            "enqueue",
            current_millis(),
            queue,
            self.broker_id,
            self.heartbeat_timeout,
            self.dead_message_ttl,
            0,
            cast(Any, self)._max_unpack_size(),
            number,
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
