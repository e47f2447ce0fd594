"""`/metrics`: every process's figures, on loopback or to who has the token."""

import hmac
import time
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

import orjson

from maru.api.errors import MethodNotAllowed
from maru.api.exchange import Answer, Exchange
from maru.observability.metrics import STALE, Labels, Metrics, SnapshotStore, ended
from maru.redis import Redises
from maru.redis.roles import information
from maru_sdk import NotFound

_KIND: Final = b"text/plain; version=0.0.4; charset=utf-8"
MANY: Final = 32
SILENT: Final = 35.0
SETTLED: Final = 600.0
LOCKED: Final = 30


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
        self._name = f"{{maru:{instance}}}:figures"  # both on one server of a cluster
        self._past = f"{self._name}:ended"
        self._heard = f"{self._name}:heard"
        self._began = False
        self.services: frozenset[str] = frozenset()
        """The services that have ever reported in this installation, as far as this process has
        seen."""

    async def put(self, process: str, snapshot: bytes) -> None:
        """Keeps the snapshot of a process."""

        async def keep(redis: Any) -> None:
            start = _start(snapshot)
            if not self._began:  # a process of the same name may have been killed a moment ago
                await self._end(redis, process, but=start)
                self._began = True
            async with redis.pipeline(transaction=True) as both:
                both.hset(self._name, process, snapshot)
                both.hdel(self._past, start)  # it was silent for long, and taken for dead
                both.hset(self._heard, process.partition("-")[0], int(time.time()))
                both.hkeys(self._heard)
                heard = (await both.execute())[-1]
            self.services = frozenset(name.decode() for name in heard)

        await self._live.attempt(keep, None)

    async def leave(self, process: str, snapshot: bytes) -> None:
        """Keeps the last snapshot of a process that ends."""

        async def keep(redis: Any) -> None:
            await redis.hset(self._name, process, snapshot)
            await self._end(redis, process)

        await self._live.attempt(keep, None)

    async def all(self) -> Mapping[str, bytes]:
        """The snapshots of all processes; those long out of date are the past's, one for each
        service."""
        found: dict[str, bytes] = await self._live.attempt(self._fetch, {})
        return found

    async def heard(self, service: str) -> None:
        """Raises Silent where no process of this service has reported for a while."""

        async def ask(redis: Any) -> Any:
            return await redis.hget(self._heard, service)

        at = await self._live.attempt(ask, None)
        if at is None:
            raise Silent(f"nobody knows when a {service} has reported last")
        silence = time.time() - int(at)
        if silence > SILENT:
            raise Silent(f"no {service} has reported for {silence:.0f} s")

    async def _fetch(self, redis: Any) -> dict[str, bytes]:
        found: dict[bytes, bytes] = await redis.hgetall(self._name)
        stale = [name for name, raw in found.items() if is_stale(raw)]
        for name in stale:
            await self._end(redis, name)
        living = {name.decode(): raw for name, raw in found.items() if name not in stale}
        return {**living, **await self._ended(redis)}

    async def _end(self, redis: Any, process: str | bytes, *, but: str = "") -> None:
        """Makes a process's snapshot the past's; under its own id, so that twice is once."""
        raw = await redis.hget(self._name, process)
        if raw is not None and _start(raw) != but:
            async with redis.pipeline(transaction=True) as both:
                both.hset(self._past, _start(raw), ended([raw]))
                both.hdel(self._name, process)
                await both.execute()

    async def _ended(self, redis: Any) -> dict[str, bytes]:
        past: dict[bytes, bytes] = await redis.hgetall(self._past)
        services: dict[str, dict[bytes, bytes]] = {}
        for name, raw in past.items():
            services.setdefault(orjson.loads(raw)["service"], {})[name] = raw
        sums = {service: ended(some.values()) for service, some in services.items()}
        if len(past) > MANY and await redis.set(f"{self._past}:lock", 1, nx=True, ex=LOCKED):
            await self._fold(redis, services)
        return {f"{service}-ended": raw for service, raw in sums.items()}

    async def _fold(self, redis: Any, services: Mapping[str, Mapping[bytes, bytes]]) -> None:
        """Makes one of those that won't come back, so that the past doesn't grow."""
        async with redis.pipeline(transaction=True) as all_at_once:
            for service, some in services.items():
                folded = f"all:{service}".encode()
                old = {name for name, raw in some.items() if is_stale(raw, SETTLED)}
                if old - {folded}:
                    found = ended([some[name] for name in old | {folded} & some.keys()])
                    all_at_once.hdel(self._past, *old)
                    all_at_once.hset(self._past, folded, found)
            await all_at_once.execute()


class Silent(Exception):
    """No process of a service reports any more."""


def _start(raw: bytes) -> str:
    said = orjson.loads(raw)
    return str(said.get("start") or said["at"])


def is_stale(raw: bytes, after: float = STALE) -> bool:
    """Whether this snapshot's process has been silent for long."""
    return bool(orjson.loads(raw)["at"] < time.time() - after)


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
