"""The second level: values in Redis that every process of Maru finds.

A value is stored together with the generation of each of its tags, read before the value was made.
It counts only while all of them are still the present ones, so dropping a tag is writing a new
generation: a reader that refills with an old row writes a value that is old at once.
"""

import asyncio
import hashlib
import secrets
import struct
import time
import zlib
from dataclasses import dataclass
from uuid import UUID

import orjson

from maru.cache.pipe import Pipe
from maru.cache.scripts import BUMP, LOOK, STORE
from maru.cache.slot import Slot, Tag
from maru.redis import Link

GENERATION_LIVES = 3 * 86_400
LONGEST = 86_400.0
ONCE = 600
LOCKED_MS = 10_000
PACKED_FROM = 32 * 1024
ASIDE_FROM = 256 * 1024
LARGEST = 8 << 20

_HEAD = struct.Struct("<dddB")  # when it was begun, when it ends, how long it took, packed?


@dataclass(frozen=True, slots=True)
class Found:
    """What Redis knows of a slot: the present generations, and the value if it counts.

    Without a value it is the asker's to make, unless `busy`: another process is making it.
    """

    generations: bytes
    busy: bool = False
    value: bytes | None = None
    begun: float = 0.0
    took: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Made:
    """A value, when it was begun (seconds since 1970), how long it took and may be kept."""

    value: bytes
    begun: float
    took: float
    seconds: float


class SharedCache:
    """Values of one Redis, reached through a link that may be away."""

    def __init__(self, link: Link, namespace: str) -> None:
        self._pipe = Pipe(link)
        self._namespace = namespace

    async def look(
        self, slot: Slot, tags: tuple[Tag, ...], holder: str = "", fresher: float = 0.0
    ) -> Found | None:
        """The value if it has more than `fresher` seconds left, and the generations; None where
        Redis is away.

        Where there is no value it is locked for the asker who gives a `holder`, unless somebody
        else holds it. All in one round trip.
        """
        answer = await self._pipe.run(
            LOOK,
            self._keys(slot, tags),
            secrets.token_hex(8),
            GENERATION_LIVES,
            holder,
            LOCKED_MS if holder else 0,
            int(fresher * 1000),
        )
        if answer is None:
            return None
        generations, left, *stored = answer
        if stored:
            return await _unpacked(generations, left / 1000, stored[0])
        return Found(generations, busy=left < 0)

    async def store(
        self, slot: Slot, tags: tuple[Tag, ...], holder: str, found: Found, made: Made
    ) -> None:
        """Keep a value that was begun after `found` was looked up, and let go of its lock."""
        blob = await _packed(made)
        milliseconds = max(1, int(min(made.seconds, LONGEST) * 1000))
        if len(blob) > LARGEST:
            blob, milliseconds = b"", 0
        await self._store(slot, tags, holder, found, blob, milliseconds)

    async def leave(self, slot: Slot, tags: tuple[Tag, ...], holder: str, found: Found) -> None:
        """Let go of the lock without a value."""
        await self._store(slot, tags, holder, found, b"", 0)

    async def drop(self, tenant_id: UUID | None, names: tuple[str, ...], once: str) -> bool:
        """Begin a new generation of these tags, whoever of all processes comes first with `once`.

        False where Redis was away, so that the caller still owes it.
        """
        tags = tuple((tenant_id, name) for name in names)
        keys = [self._key(tenant_id, "once", once), *self._tag_keys(tags)]
        answer = await self._pipe.run(BUMP, keys, secrets.token_hex(8), ONCE, GENERATION_LIVES)
        return answer is not None

    async def close(self) -> None:
        """Wait for what is under way."""
        await self._pipe.close()

    async def _store(
        self,
        slot: Slot,
        tags: tuple[Tag, ...],
        holder: str,
        found: Found,
        blob: bytes,
        milliseconds: int,
    ) -> None:
        keys = self._keys(slot, tags)
        await self._pipe.later(STORE, keys, found.generations, blob, milliseconds, holder)

    def _keys(self, slot: Slot, tags: tuple[Tag, ...]) -> list[str]:
        parts = [slot.plugin, slot.name, slot.locale, slot.audience, slot.extra]
        digest = hashlib.blake2b(orjson.dumps(parts), digest_size=16).hexdigest()
        kinds = ("value", "lock")
        own = [self._key(slot.tenant_id, kind, digest) for kind in kinds]
        return own + self._tag_keys(tags)

    def _tag_keys(self, tags: tuple[Tag, ...]) -> list[str]:
        return [self._key(tenant_id, "tag", name) for tenant_id, name in tags]

    def _key(self, tenant_id: UUID | None, kind: str, name: str) -> str:
        # The braces keep a tenant's keys on one node of a cluster: the scripts need that.
        return f"{self._namespace}:{{{tenant_id or 'all'}}}:{kind}:{name}"


async def _packed(made: Made) -> bytes:
    value, ends = made.value, time.time() + min(made.seconds, LONGEST)
    if len(value) < PACKED_FROM:
        return _HEAD.pack(made.begun, ends, made.took, 0) + value
    if len(value) < ASIDE_FROM:
        packed = zlib.compress(value, 1)
    else:
        packed = await asyncio.to_thread(zlib.compress, value, 1)
    return _HEAD.pack(made.begun, ends, made.took, 1) + packed


async def _unpacked(generations: bytes, left: float, stored: bytes) -> Found:
    """The value; its own end counts too, in case that Redis' clock has jumped."""
    begun, ends, took, packed = _HEAD.unpack_from(stored)
    value = stored[_HEAD.size :]
    left = min(left, ends - time.time())
    if left <= 0:
        return Found(generations)
    if packed and len(value) < ASIDE_FROM:
        value = zlib.decompress(value)
    elif packed:
        value = await asyncio.to_thread(zlib.decompress, value)
    return Found(generations, value=value, begun=begun, took=took, seconds=left)
