"""The three roles of Redis in one process, and the check that each can play its part."""

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from maru.redis.addresses import asynchronous
from maru.redis.link import Link
from maru.settings import SettingFault, Settings

OLDEST = (6, 2)
QUICK = 0.05
PATIENT = 2.0
START = 5.0
CONNECTIONS = 32


class Redises:
    """The links of one process; connections are made at first use.

    `queue` is the durable window of the job table, `cache` may forget anything at any time, `live`
    carries messages between processes.
    """

    def __init__(self, settings: Settings, *, quick: float = QUICK) -> None:
        self._settings = settings
        self.queue = self._link("queue", settings.redis_queue_url, PATIENT)
        self.cache = self._link("cache", settings.redis_cache_url, quick)
        self.live = self._link("live", settings.redis_live_url, quick)
        self.all = (self.queue, self.cache, self.live)

    def _link(self, role: str, url: str, wait: float) -> Link:
        if not url:
            raise SettingFault(_setting(role), "is not set")
        try:
            return linked(role, url, wait)
        except (ValueError, TypeError) as error:
            raise SettingFault(self._named(role), str(error)) from None

    async def check(self) -> None:
        """Refuse to start where a server can't be reached, is too old or may lose the queue."""
        for link in self.all:
            facts = await self._facts(link.role)
            problem = _problem(facts, durable=link.role == "queue")
            if problem:
                raise SettingFault(self._named(link.role), problem)

    async def _facts(self, role: str) -> Mapping[str, Any]:
        url: str = getattr(self._settings, f"redis_{role}_url")
        client = asynchronous(url, wait=START, connections=1)
        try:
            async with asyncio.timeout(START):
                return await information(client)
        except (RedisError, OSError, TimeoutError) as error:
            reason = str(error).partition("\n")[0].rstrip(".") or "no answer"
            raise SettingFault(self._named(role), f"can't reach Redis: {reason}") from None
        finally:
            await client.aclose()

    def _named(self, role: str) -> str:
        """The variable that the operator has written for this role."""
        chosen = getattr(self._settings, f"redis_{role}_url")
        if role == "live" and chosen == self._settings.redis_queue_url:
            role = "queue"
        return "MARU_REDIS_URL" if chosen == self._settings.redis_url else _setting(role)

    async def close(self) -> None:
        """Close all connections."""
        for link in self.all:
            await link.close()


def linked(role: str, url: str, wait: float) -> Link:
    """A link whose connections tell it which server they lead to."""
    met: list[Link] = []
    client = asynchronous(
        url, wait=wait, connections=CONNECTIONS, met=lambda server: met[0].met(server)
    )
    met.append(Link(role, client, wait=wait))
    return met[0]


def _setting(role: str) -> str:
    return f"MARU_REDIS_{role.upper()}_URL"


async def information(client: Redis) -> Mapping[str, Any]:
    """What a server (of a cluster, one of them) says of itself. By INFO rather than CONFIG GET:
    hosted servers refuse the latter."""
    answer: Any = await client.info()
    nested = next(iter(answer.values()), None)
    return nested if isinstance(nested, dict) and "redis_version" in nested else answer


def _problem(facts: Mapping[str, Any], *, durable: bool) -> str | None:
    version = str(facts.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return f"Redis {version} is too old; 6.2 or later is needed"
    if not durable:
        return None
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        return f"the queue's Redis may evict (maxmemory-policy {policy}); set noeviction"
    if not int(facts.get("aof_enabled", 0)):
        return "the queue's Redis keeps no append-only file; set appendonly yes"
    return None
