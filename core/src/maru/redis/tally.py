"""Counts that gather in Redis until they are taken as a batch.

A batch gets its id with its first count, not when it is taken: a Redis that comes back without
its last second then offers the same id again, which whoever wrote it down knows. What that costs
is the counts since, never a count twice.
"""

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from redis.asyncio import Redis

from maru.redis.link import Link

_ID: Final = "id"
_LIFE: Final = timedelta(days=30)  # what a tenant leaves behind goes by itself

# Keys: open, taken, seen. Given: an id for a new batch, its life in seconds, the key, and for how
# many ms it isn't counted again (0: it always is). Answers how many of it wait.
_ADD: Final = """
if ARGV[4] == '0' or redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[4]) then
  if redis.call('HSETNX', KEYS[1], 'id', ARGV[1]) == 1 then
    redis.call('EXPIRE', KEYS[1], ARGV[2])
  end
  redis.call('HINCRBY', KEYS[1], ARGV[3], 1)
end
local open = redis.call('HGET', KEYS[1], ARGV[3]) or 0
return open + (redis.call('HGET', KEYS[2], ARGV[3]) or 0)
"""

# Keys: open, taken. Answers the batch that was taken and not given up, else the open one.
_TAKE: Final = """
if redis.call('EXISTS', KEYS[2]) == 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
  redis.call('RENAME', KEYS[1], KEYS[2])
end
return redis.call('HGETALL', KEYS[2])
"""

# Keys: taken. Given: the id of the batch to give up.
_SETTLE: Final = """
if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""


class Tallies:
    """The counters of all tenants."""

    def __init__(self, link: Link, instance: str) -> None:
        self._link = link
        self._instance = instance

    async def add(self, tenant_id: UUID, name: str, key: UUID, once: str, within: timedelta) -> int:
        """Count one more; how many of `key` wait now, 0 while Redis is away."""
        keys = (*self._keys(tenant_id, name), self._key(tenant_id, f"{name}:{key}:{once}"))
        span = int(within / timedelta(milliseconds=1)) if once else 0
        given = (str(uuid4()), int(_LIFE.total_seconds()), str(key), span)

        async def counted(redis: Redis) -> int:
            return int(await _run(redis, _ADD, keys, given))

        return await self._link.attempt(counted, 0)

    async def take(self, tenant_id: UUID, name: str) -> tuple[UUID, Mapping[UUID, int]] | None:
        """The batch at hand: the same one until it is settled."""
        keys = self._keys(tenant_id, name)

        async def taken(redis: Redis) -> list[Any]:
            found: list[Any] = await _run(redis, _TAKE, keys, ())
            return found

        found: list[Any] = await self._link.attempt(taken, [])
        fields = dict(zip(map(_text, found[::2]), map(_text, found[1::2]), strict=True))
        if not fields:
            return None
        batch = UUID(fields.pop(_ID))
        return batch, {UUID(key): int(count) for key, count in fields.items()}

    async def settle(self, tenant_id: UUID, name: str, batch: UUID) -> None:
        """Give a batch up: it is written down."""
        (_, taken) = self._keys(tenant_id, name)

        async def settled(redis: Redis) -> None:
            await _run(redis, _SETTLE, (taken,), (str(batch),))

        await self._link.attempt(settled, None)

    def _keys(self, tenant_id: UUID, name: str) -> tuple[str, str]:
        return self._key(tenant_id, f"{name}:open"), self._key(tenant_id, f"{name}:taken")

    def _key(self, tenant_id: UUID, rest: str) -> str:
        return f"maru:{self._instance}:tally:{{{tenant_id}}}:{rest}"


async def _run(redis: Redis, script: str, keys: tuple[str, ...], given: tuple[Any, ...]) -> Any:
    answer: Awaitable[Any] = redis.eval(script, len(keys), *keys, *given)
    return await answer


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
