"""A way to one Redis that costs next to nothing while that Redis is away."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as TimedOut

T = TypeVar("T")
D = TypeVar("D")

log = logging.getLogger(__name__)

AWAY = (Lost, TimedOut, OSError, TimeoutError)
PROBES_FIRST = 0.05
PROBES_AT_MOST = 1.0


class Link:
    """One role's Redis behind a breaker.

    The first failure opens it: from then on `attempt` answers at once with what the caller does
    without Redis, and a probe in the background closes it when Redis answers again. So a Redis
    that hangs costs those who are waiting at that moment one `wait`, and nobody afterwards.
    """

    def __init__(self, role: str, client: Redis, *, wait: float) -> None:
        self.role = role
        self.client = client
        self.wait = wait
        self.failures = 0
        self._probe: asyncio.Task[None] | None = None
        self._returned: list[Callable[[], None]] = []
        self._replaced: list[Callable[[], None]] = []
        self._server = ""
        self._closed = False

    @property
    def up(self) -> bool:
        """Whether Redis answered when it was last asked."""
        return self._probe is None

    def on_return(self, callback: Callable[[], None]) -> None:
        """Call `callback` each time Redis answers again after it was away."""
        self._returned.append(callback)

    def on_replaced(self, callback: Callable[[], None]) -> None:
        """Call `callback` when another server answers than before, or the same started anew: it
        may have forgotten what was written last."""
        self._replaced.append(callback)

    def met(self, server: str) -> None:
        """A connection was made to the server of this name, which it gives itself at its start."""
        known, self._server = self._server, server
        if known and known != server:
            log.warning("redis %s has started anew", self.role)
            for callback in self._replaced:
                callback()

    async def attempt(self, work: Callable[[Redis], Awaitable[T]], otherwise: D) -> T | D:
        """What `work` answers, or `otherwise` where Redis is away, late or refuses."""
        if self._probe is not None or self._closed:
            return otherwise
        try:
            async with asyncio.timeout(self.wait):
                return await work(self.client)
        except AWAY as error:
            self._open(error)
        except RedisError as error:
            log.warning("redis %s refused: %s", self.role, error)
        return otherwise

    async def close(self) -> None:
        """Stop probing and leave no connection behind; whoever still asks gets no answer."""
        self._closed = True
        if self._probe is not None:
            self._probe.cancel()
            with suppress(asyncio.CancelledError):
                await self._probe
            self._probe = None
        await self.client.aclose()

    def _open(self, error: BaseException) -> None:
        self.failures += 1
        if self._probe is None and not self._closed:
            log.warning("redis %s is away: %s", self.role, str(error) or type(error).__name__)
            self._probe = asyncio.get_running_loop().create_task(self._until_it_answers())

    async def _until_it_answers(self) -> None:
        pause = PROBES_FIRST
        while not await self._answers():
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311
            pause = min(pause * 2, PROBES_AT_MOST)
        log.warning("redis %s is back", self.role)
        self._probe = None
        for callback in self._returned:
            callback()

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(self.wait):
                await self.client.ping()
        except (*AWAY, RedisError):
            return False
        return True
