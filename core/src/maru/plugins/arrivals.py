"""Which generation of switches each process runs: reported by all, shown to admins.

A report is a heartbeat in Redis: it says nothing that isn't in the process, so losing it loses
nothing. Where Redis is away nobody can tell, and nothing waits for it.
"""

import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from maru.redis import Redises
from maru.signals import Loop, Signals

EVERY: Final = 3.0
SILENT: Final = 15.0


class Generation(Protocol):
    """What a process knows of the switches (`maru.plugins.gate.Gate`)."""

    @property
    def generation(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """One process and the generation it runs; `seconds` is how long ago it said so."""

    process: str
    service: str
    generation: int
    seconds: float


class Arrivals:
    """Reports this process and reads what all have reported."""

    def __init__(self, redises: Redises, signals: Signals, gate: Generation, instance: str) -> None:
        """Made after the gate: a signal reaches the gate first."""
        self._live, self._gate = redises.live, gate
        self._name = f"maru:{instance}:generations"
        self._service = ""
        self._loop = Loop("arrivals", self._tell, EVERY)
        for kind in ("plugin", "tenant"):
            signals.on(kind, self._switched)

    @asynccontextmanager
    async def reporting(self, service: str) -> AsyncIterator[None]:
        """Reports this process until left, again at every switch."""
        self._service = service
        self._loop.start()
        try:
            yield
        finally:
            await self._loop.stop()
            await self._live.attempt(self._leave, None)

    async def all(self) -> list[Arrival]:
        """Every process that has reported of late, by name; none where Redis is away."""
        found: dict[bytes, bytes] = await self._live.attempt(self._fetch, {})
        now = time.time()
        arrivals = [_arrival(name.decode(), orjson.loads(raw), now) for name, raw in found.items()]
        living = [one for one in arrivals if one.seconds < SILENT]
        return sorted(living, key=lambda one: (one.service, one.process))

    async def _switched(self, tenant_id: UUID | None, key: str) -> None:
        self._loop.wake()

    async def _tell(self) -> None:
        said = {
            "service": self._service,
            "generation": self._gate.generation,
            "at": time.time(),
        }

        async def tell(redis: Any) -> None:
            await redis.hset(self._name, self._process, orjson.dumps(said))

        await self._live.attempt(tell, None)

    @property
    def _process(self) -> str:
        return f"{self._service}-{os.getpid()}@{socket.gethostname()}"

    async def _leave(self, redis: Any) -> None:
        await redis.hdel(self._name, self._process)

    async def _fetch(self, redis: Any) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = await redis.hgetall(self._name)
        oldest = time.time() - SILENT
        silent = [name for name, raw in found.items() if orjson.loads(raw)["at"] < oldest]
        if silent:
            await redis.hdel(self._name, *silent)
        return found


def _arrival(process: str, said: dict[str, Any], now: float) -> Arrival:
    return Arrival(process, said["service"], said["generation"], max(0.0, now - said["at"]))
