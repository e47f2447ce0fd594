"""What the process that holds Kiwi does: it answers what questions mean, and in between reads what
was taken up."""

import asyncio
import logging
import time
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.hangul import folded
from maru.plugins.settings import SettingsStore
from maru.redis import Redises
from maru.redis.addresses import asynchronous
from maru.redis.link import AWAY
from maru.search import queries
from maru.search.analyst import asks_key
from maru.search.index import CHANNEL, waiting_key
from maru.search.kiwi import Kiwi
from maru.search.morphemes import Understood, terms, understood
from maru.search.queries import WaitingRow
from maru.search.settings import SearchSettings
from maru.search.vectors import vector
from maru.search.vocabulary import Vocabulary
from maru.settings import Settings
from maru.signals import Loop, Signals
from maru.tenancy.tenants import Tenants

log = logging.getLogger(__name__)

KNOWN_FOR: Final = 300.0
ROUND: Final = 30.0
"""Seconds after which all tenants are looked at: what should have told of work may be lost."""

_PAUSE: Final = 1.0
_STALE: Final = 5.0
_ANSWER_KEPT: Final = 5
_LISTEN: Final = 1.0
_KNOWN_BY: Final = {"id", "source", "updated_at"}


class Vocabularies:
    """The companies' own words."""

    def __init__(self, database: Database, settings: SettingsStore) -> None:
        self._database, self._settings = database, settings
        self._known: dict[UUID, tuple[float, Vocabulary]] = {}
        self._making = asyncio.Lock()
        self._changes = 0

    async def of(self, tenant_id: UUID) -> Vocabulary:
        """Those of one company."""
        if (kept := self._fresh(tenant_id)) is not None:
            return kept
        async with self._making:
            if (kept := self._fresh(tenant_id)) is not None:  # somebody made it meanwhile
                return kept
            changes = self._changes
            words = await Vocabulary.of(await self._read(tenant_id))
            if changes == self._changes:
                self._known[tenant_id] = time.monotonic() + KNOWN_FOR, words
            return words

    def _fresh(self, tenant_id: UUID) -> Vocabulary | None:
        until, words = self._known.get(tenant_id, (0.0, None))
        return words if until >= time.monotonic() else None

    async def _read(self, tenant_id: UUID) -> list[str]:
        own = await self._settings.get(tenant_id, "search", SearchSettings)
        async with self._database.unit(Scope(tenant_id), readonly=True) as unit:
            named = await unit.read(queries.NAMES)
        return [*own.words, *(row.name for row in named)]

    async def forget(self, tenant_id: UUID | None, _: str = "") -> None:
        """Reads them anew when they are next needed."""
        self._changes += 1
        if tenant_id is None:
            self._known.clear()
        else:
            self._known.pop(tenant_id, None)


class Questions:
    """Answers questions, one at a time: each takes a millisecond."""

    def __init__(self, settings: Settings, kiwi: Kiwi, words: Vocabularies) -> None:
        self._key = asks_key(settings.instance)
        self._kiwi, self._words = kiwi, words
        self._client: Redis = asynchronous(settings.redis_live_url, wait=_LISTEN * 2, connections=2)
        self._loop = Loop("questions", self.step, 0.2)

    def start(self) -> None:
        """Begin to answer."""
        self._loop.start()

    async def stop(self) -> None:
        """Answer no more."""
        await self._loop.stop()
        await self._client.aclose()

    async def step(self) -> bool:
        """Answers the next one; True where there may be more."""
        try:
            asked = await self._client.blpop([self._key], timeout=_LISTEN)
            if asked is None:
                return True
            answer, tenant, text, at = orjson.loads(asked[1])
            if abs(time.time() - at) > _STALE:
                return True
            said = await self.understood(UUID(tenant), text)
            await self._client.rpush(answer, said.model_dump_json())
            await self._client.expire(answer, _ANSWER_KEPT)
        except (*AWAY, RedisError) as fault:
            log.debug("nobody can ask: %s", fault)
            return False
        return True

    async def understood(self, tenant_id: UUID, text: str) -> Understood:
        """What a folded question of this company asks for."""
        words = await self._words.of(tenant_id)
        return understood(words.instead(text, await self._kiwi.tokens(text)))


class Reading:
    """Reads what was taken up, some rows of each tenant in turn."""

    def __init__(
        self,
        database: Database,
        redises: Redises,
        tenants: Tenants,
        kiwi: Kiwi,
        words: Vocabularies,
        instance: str,
    ) -> None:
        self._database, self._redises, self._tenants = database, redises, tenants
        self._kiwi, self._words = kiwi, words
        self._waiting = waiting_key(instance)
        self._loop = Loop("reading", self.step, _PAUSE)
        self._round_at = 0.0
        self._left: set[UUID] = set()
        self.read = 0

    def start(self, signals: Signals) -> None:
        """Begin to read."""
        signals.on_nudge(CHANNEL, self._loop.wake)
        self._loop.start()

    async def stop(self) -> None:
        """Read no more."""
        await self._loop.stop()

    async def step(self) -> bool:
        """Reads some of each tenant that has something; True where more is left."""
        self._left |= await self._told()
        if time.monotonic() >= self._round_at:
            self._round_at = time.monotonic() + ROUND
            self._left |= {tenant.id for tenant in self._tenants.all()}
        for tenant_id in tuple(self._left):
            if not await self.some(tenant_id):
                self._left.discard(tenant_id)
        return bool(self._left)

    async def _told(self) -> set[UUID]:
        told: Any = await self._redises.live.attempt(
            lambda redis: redis.spop(self._waiting, 1_000), None
        )
        return {UUID(one.decode()) for one in told or ()}

    async def some(self, tenant_id: UUID) -> bool:
        """Reads some rows of a tenant; False where there are none left."""
        async with self._database.unit(Scope(tenant_id), readonly=True) as unit:
            rows = list(await unit.read(queries.WAITING))
        words = await self._words.of(tenant_id)
        if not rows:
            return False
        told = [await self._told_of(row, words) for row in rows]
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            await unit.db.execute(queries.READ, {"rows": told})
        self.read += len(rows)
        return len(rows) == queries.BATCH

    async def _told_of(self, row: WaitingRow, words: Vocabulary) -> dict[str, str]:
        """A row's words, and what it was when they were read."""
        texts = [folded(text) for text in (row.title, row.keywords, row.body)]
        read = zip(texts, await self._kiwi.tokens_of(texts), strict=True)
        found = [[*terms(pieces), *_forms(words, text)] for text, pieces in read]
        said = vector(dict(zip("ABD", found, strict=True)))
        return row.model_dump(mode="json", include=_KNOWN_BY) | {"words": said}


def _forms(words: Vocabulary, text: str) -> Iterator[str]:
    return (piece.form for piece in words.within(text))
