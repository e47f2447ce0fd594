"""`/metrics`: every process's figures, on loopback or to who has the token."""

import hmac
import time
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

import orjson

from maru.api.errors import MethodNotAllowed
from maru.api.exchange import Answer, Exchange
from maru.observability.metrics import STALE, Labels, Metrics, SnapshotStore
from maru.redis import Redises
from maru.redis.roles import information
from maru_sdk import NotFound

_KIND: Final = b"text/plain; version=0.0.4; charset=utf-8"


class Figures:
    """Answers scrapes."""

    def __init__(self, metrics: Metrics, store: SnapshotStore | None, token: str | None) -> None:
        self._metrics, self._store, self._token = metrics, store, token

    async def __call__(self, exchange: Exchange) -> Answer:
        """The figures as Prometheus' text; for strangers there is no such page."""
        if exchange.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(allow="GET, HEAD")
        if exchange.path != "/metrics" or not self._admits(exchange):
            raise NotFound
        return Answer(200, await self._metrics.exposition(self._store), _KIND)

    def _admits(self, exchange: Exchange) -> bool:
        given = exchange.heads.get(b"authorization")
        if self._token is not None and given is not None:
            return hmac.compare_digest(given, f"Bearer {self._token}".encode())
        try:
            local = ip_address(exchange.address).is_loopback
        except ValueError:
            return False
        return local and b"x-forwarded-for" not in exchange.heads


class RedisSnapshots:
    """Snapshots in Redis, one field per process; without Redis each process shows its own."""

    def __init__(self, redises: Redises, instance: str) -> None:
        self._live = redises.live
        self._name = f"maru:{instance}:figures"

    async def put(self, process: str, snapshot: bytes) -> None:
        """Keeps the snapshot of a process."""

        async def keep(redis: Any) -> None:
            await redis.hset(self._name, process, snapshot)

        await self._live.attempt(keep, None)

    async def all(self) -> Mapping[str, bytes]:
        """The snapshots of all processes; those long out of date are thrown away."""
        found: dict[bytes, bytes] = await self._live.attempt(self._fetch, {})
        return {name.decode(): raw for name, raw in found.items()}

    async def _fetch(self, redis: Any) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = await redis.hgetall(self._name)
        stale = [name for name, raw in found.items() if is_stale(raw)]
        if stale:
            await redis.hdel(self._name, *stale)
        return {name: raw for name, raw in found.items() if name not in stale}


def is_stale(raw: bytes) -> bool:
    """Whether this snapshot's process has been silent for long."""
    return bool(orjson.loads(raw)["at"] < time.time() - STALE)


class RedisFigures:
    """What the Redis servers say of themselves, read now and then; nothing while one is away."""

    def __init__(self, redises: Redises, metrics: Metrics) -> None:
        self._redises = redises
        self._memory: dict[Labels, float] = {}
        self._rate: dict[Labels, float] = {}
        for name, told, kept in (
            ("maru_redis_memory_bytes", "Memory that Redis holds.", self._memory),
            ("maru_redis_ops_per_second", "Commands that Redis runs.", self._rate),
        ):
            metrics.ask(name, told, kept.copy, ("role",))

    async def read(self) -> None:
        """Asks each server."""
        for link in self._redises.all:
            nothing: Mapping[str, Any] = {}
            facts = await link.attempt(information, nothing)
            for kept, name in (
                (self._memory, "used_memory"),
                (self._rate, "instantaneous_ops_per_sec"),
            ):
                if name in facts:
                    kept[(link.role,)] = float(facts[name])
                else:
                    kept.pop((link.role,), None)
