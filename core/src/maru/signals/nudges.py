"""Messages without content between processes: look now, there may be something in the table."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from weakref import WeakKeyDictionary

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from maru.db.unit import Unit
from maru.redis import Link
from maru.signals.loop import end

log = logging.getLogger(__name__)

LISTEN = 5.0
PONG = 2.0
AGAIN = 0.5
PREFIX = "maru:nudge:"


class Nudges:
    """Nudges over the live Redis. They may be lost: every listener polls besides."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._callbacks: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._promised: WeakKeyDictionary[Unit, set[str]] = WeakKeyDictionary()
        self._task: asyncio.Task[None] | None = None

    def on(self, channel: str, callback: Callable[[], None]) -> None:
        """Call `callback` at each nudge of this channel, and whenever one may have been lost."""
        self._callbacks[channel].append(callback)

    def after(self, unit: Unit, channel: str) -> None:
        """Nudge when the unit has committed, once however often it is asked for."""
        promised = self._promised.setdefault(unit, set())
        if channel not in promised:
            promised.add(channel)
            unit.on_commit(lambda: self.send(channel))

    async def send(self, channel: str) -> None:
        """Nudge now: this process at once, the others by Redis."""
        for callback in self._callbacks[channel]:
            callback()
        await self._link.attempt(lambda redis: redis.publish(PREFIX + channel, b""), None)

    def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.get_running_loop().create_task(self._listen(), name="nudges")

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
                log.debug("nudges pause: %s", error)
            await asyncio.sleep(AGAIN)

    async def _subscribed(self) -> None:
        pubsub: PubSub = self._link.client.pubsub()
        try:
            # All channels: parts that are made later than this begins to listen are woken too.
            await pubsub.psubscribe(PREFIX + "*")
            self._wake_all()
            while True:
                message = await pubsub.get_message(timeout=LISTEN)
                if message is None:
                    await self._still_there(pubsub)
                elif message["type"] == "pmessage":
                    self._wake(message["channel"].decode().removeprefix(PREFIX))
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _still_there(self, pubsub: PubSub) -> None:
        """A dead connection is silent like a quiet one; asking tells them apart."""
        await pubsub.ping()
        if await pubsub.get_message(timeout=PONG) is None:
            raise TimeoutError("no answer to a ping")
        self._wake_all()  # the answer may have been a nudge

    def _wake(self, channel: str) -> None:
        for callback in self._callbacks.get(channel, ()):
            callback()

    def _wake_all(self) -> None:
        for channel in tuple(self._callbacks):
            self._wake(channel)
