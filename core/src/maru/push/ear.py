"""Hears what is sent at once: messages that may be lost, and that people came or went elsewhere."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import orjson
from redis.exceptions import RedisError

from maru.push.frames import Frame
from maru.push.hub import Hub, shown
from maru.push.log import NOW
from maru.push.presence import HERE, Presence
from maru.redis import Link
from maru.signals.loop import end

log = logging.getLogger(__name__)

LISTEN: Final = 5.0
PONG: Final = 2.0
AGAIN: Final = 0.5


class Ear:
    """One subscription of this process."""

    def __init__(self, link: Link, hub: Hub, presence: Presence) -> None:
        self._link, self._hub, self._presence = link, hub, presence
        self._task: asyncio.Task[None] | None = None
        self._heard: dict[str, Callable[[bytes], None]] = {NOW: self._now, HERE: self._here}

    def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.get_running_loop().create_task(self._listen(), name="ear")

    async def stop(self) -> None:
        """Stop listening."""
        task, self._task = self._task, None
        if task is not None:
            await end(task)

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribed()
            except (RedisError, OSError, TimeoutError) as error:
                log.debug("the ear pauses: %s", error)
            await asyncio.sleep(AGAIN)

    async def _subscribed(self) -> None:
        pubsub: Any = self._link.client.pubsub()
        try:
            await pubsub.subscribe(NOW, HERE)
            self._presence.sweep_all()
            while True:
                message = await pubsub.get_message(timeout=LISTEN)
                if message is None:
                    await pubsub.ping()
                    message = await pubsub.get_message(timeout=PONG)
                    if message is None:
                        raise TimeoutError("no answer to a ping")
                if message["type"] == "message":
                    self._take(message["channel"].decode(), message["data"])
        finally:
            await pubsub.aclose()

    def _take(self, channel: str, data: bytes) -> None:
        try:
            self._heard[channel](data)
        except (ValueError, TypeError, KeyError):
            log.warning("something that isn't ours was published on %s", channel)

    def _now(self, data: bytes) -> None:
        head, _, body = data.partition(b"\n")
        tenant, room, event = orjson.loads(head)
        spot = UUID(tenant), room
        if spot in self._hub.rooms:
            self._hub.tell(spot, Frame(shown(spot), None, event, body))

    def _here(self, data: bytes) -> None:
        process, tenant, room = orjson.loads(data)
        if process != self._presence.process:
            self._presence.nudged((UUID(tenant), room))
