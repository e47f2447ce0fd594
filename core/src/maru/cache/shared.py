"""The second level: values in Redis that every process of Maru finds.

A value is stored together with the generation of each of its tags, read before the value was made.
It counts only while all of them are still the present ones, so dropping a tag is writing a new
generation: a reader that refills with an old row writes a value that is old at once.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import orjson
from redis.asyncio import Redis

from maru.cache.slot import Slot, Tag
from maru.redis import Link

GENERATION_LIVES = 3 * 86_400
LONGEST = 86_400.0
ONCE = 600

# A generation is new for each drop and never comes back, else evicting it would revive old values.
_BUMP = """
if redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[2]) then
  for i = 2, #KEYS do redis.call('SET', KEYS[i], ARGV[1], 'EX', ARGV[3]) end
end
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What Redis knows of a slot: the present generations, and the value if it counts."""

    generations: tuple[str, ...]
    value: bytes | None = None
    seconds: float = 0.0


class SharedCache:
    """Values of one Redis, reached through a link that may be away."""

    def __init__(self, link: Link, namespace: str) -> None:
        self._link = link
        self._namespace = namespace

    async def look(self, slot: Slot, tags: tuple[Tag, ...]) -> Found | None:
        """The value and generations in one round trip; None where Redis is away."""
        keys = [self._value_key(slot), *self._tag_keys(tags)]
        answer = await self._link.attempt(lambda redis: _mget(redis, keys), None)
        if answer is None:
            return None
        stored, *generations = answer
        if None in generations:
            return await self._begin(keys[1:])
        return _found(stored, tuple(cast(bytes, one).decode() for one in generations))

    async def _begin(self, keys: Sequence[str]) -> Found | None:
        """Give the tags that have no generation their first one, before anything is made."""
        first = _token()

        async def work(redis: Redis) -> list[bytes | None]:
            for key in keys:
                await redis.set(key, first, nx=True, ex=GENERATION_LIVES)
            return await _mget(redis, keys)

        answer = await self._link.attempt(work, None)
        if answer is None or None in answer:
            return None
        return Found(tuple(cast(bytes, one).decode() for one in answer))

    async def store(self, slot: Slot, value: bytes, seconds: float, found: Found) -> None:
        """Keep a value that was made after `found` was looked up."""
        seconds = min(seconds, LONGEST)
        head = orjson.dumps([time.time() + seconds, *found.generations])
        blob = len(head).to_bytes(4, "big") + head + value
        key = self._value_key(slot)
        await self._link.attempt(
            lambda redis: redis.set(key, blob, px=max(1, int(seconds * 1000))), None
        )

    async def drop(self, tenant_id: UUID | None, tags: tuple[Tag, ...], once: str) -> bool:
        """Begin a new generation of these tags, whoever of all processes comes first with `once`.

        False where Redis was away, so that the caller still owes it.
        """
        keys = [self._key(tenant_id, "once", once), *self._tag_keys(tags)]
        arguments = [_token(), str(ONCE), str(GENERATION_LIVES)]

        async def work(redis: Redis) -> bool:
            await cast(Any, redis.eval(_BUMP, len(keys), *keys, *arguments))
            return True

        return await self._link.attempt(work, otherwise=False)

    def _value_key(self, slot: Slot) -> str:
        parts = [slot.plugin, slot.name, slot.locale, slot.audience, slot.extra]
        digest = hashlib.blake2b(orjson.dumps(parts), digest_size=16).hexdigest()
        return self._key(slot.tenant_id, "value", digest)

    def _tag_keys(self, tags: tuple[Tag, ...]) -> list[str]:
        return [self._key(tenant_id, "tag", name) for tenant_id, name in tags]

    def _key(self, tenant_id: UUID | None, kind: str, name: str) -> str:
        # The braces keep a tenant's keys on one node of a cluster: MGET and the script need that.
        return f"{self._namespace}:{{{tenant_id or 'all'}}}:{kind}:{name}"


async def _mget(redis: Redis, keys: Sequence[str]) -> list[bytes | None]:
    return cast("list[bytes | None]", await redis.mget(list(keys)))


def _found(stored: bytes | None, generations: tuple[str, ...]) -> Found:
    if stored is None:
        return Found(generations)
    end = 4 + int.from_bytes(stored[:4], "big")
    ends, *made_with = orjson.loads(stored[4:end])
    left = ends - time.time()
    if left <= 0 or tuple(made_with) != generations:
        return Found(generations)
    return Found(generations, stored[end:], left)


def _token() -> str:
    return uuid4().hex
