"""Asks the process that holds Kiwi what a question means, and doesn't wait for it long: while it is
away, searches go by pairs of letters."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid4

import orjson
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from maru.redis.addresses import asynchronous
from maru.redis.link import AWAY
from maru.search.morphemes import Understood
from maru.settings import Settings

log = logging.getLogger(__name__)

WAIT: Final = 0.05
"""Seconds that a search waits for an answer."""

AGAIN: Final = 2.0
"""Seconds for which nobody is asked after no answer came."""

_CONNECTIONS: Final = 8
_PATIENCE: Final = 2.0
_KEPT: Final = 512
_KEPT_FOR: Final = 60.0


def asks_key(instance: str) -> str:
    """The list in which questions wait."""
    return f"maru:{instance}:search:asked"


class Analyst:
    """The way to that process, from any other."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._key = asks_key(settings.instance)
        self._client: Redis | None = None
        self._silent_until = 0.0
        self._known: OrderedDict[tuple[UUID, str], tuple[float, Understood]] = OrderedDict()

    async def understood(self, tenant_id: UUID, text: str) -> Understood | None:
        """What a folded text asks for; None where nobody says so in time."""
        asked, now = (tenant_id, text), self._clock()
        kept = self._known.get(asked)
        if kept is not None and kept[0] > now:
            return kept[1]
        if now < self._silent_until:
            return None
        found = await self._ask(tenant_id, text)
        if found is None:
            self._silent_until = self._clock() + AGAIN
            return None
        self._known[asked] = now + _KEPT_FOR, found
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    async def _ask(self, tenant_id: UUID, text: str) -> Understood | None:
        answer = f"{self._key}:{uuid4()}"
        try:
            client = self._opened()
            question = orjson.dumps([answer, str(tenant_id), text, time.time()])
            await client.rpush(self._key, question)
            said = await client.blpop([answer], timeout=WAIT)
            return None if said is None else Understood.model_validate_json(said[1])
        except (*AWAY, RedisError, ValidationError) as fault:
            log.warning("a question was not understood: %s", fault)
            return None

    def _opened(self) -> Redis:
        if self._client is None:
            url = self._settings.redis_live_url
            self._client = asynchronous(url, wait=_PATIENCE, connections=_CONNECTIONS)
        return self._client

    async def close(self) -> None:
        """Leaves no connection behind."""
        if self._client is not None:
            await self._client.aclose()
