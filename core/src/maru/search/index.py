"""Takes up what sources give, and forgets what they give no more."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from maru.db.unit import Unit
from maru.plugins.context import Call
from maru.redis import Redises
from maru.search import queries
from maru.search.letters import cleaned
from maru.search.settings import KEY, SearchSettings
from maru.search.vectors import grams
from maru.signals import Signals
from maru_sdk import Model, SystemFault
from maru_sdk.declarations import Job
from maru_sdk.search import Document, SearchSource, Wanted

CHANNEL: Final = "search"
HANDED: Final = 200
TITLE_KEPT: Final = 500
TEXT_KEPT: Final = 20_000
_FIRST, _LAST = UUID(int=0), UUID(int=(1 << 128) - 1)


def waiting_key(instance: str) -> str:
    """The set of tenants that have something to be read."""
    return f"maru:{instance}:search:waiting"


class HandOver(Model):
    """Things of a source that another engine has to know of."""

    source: str
    ids: list[UUID]


class Index:
    """The index of every tenant, as one process writes it."""

    def __init__(
        self, signals: Signals, redises: Redises, instance: str, hand_over: Job | None = None
    ) -> None:
        self._signals, self._redises, self._hand_over = signals, redises, hand_over
        self._waiting = waiting_key(instance)

    async def index(self, call: Call, key: str, source: SearchSource, ids: Sequence[UUID]) -> None:
        """Takes these things up as they are in the call's transaction."""
        answer = await source.function(call.ctx(key), Wanted(ids=list(ids)))
        given = {document.id: document for document in answer.documents}
        gone = [one for one in ids if one not in given]
        await self._write(call, source, [given[one] for one in ids if one in given])
        if gone:
            await call.unit.db.execute(queries.FORGET, {"source": source.name, "ids": gone})
        await self._hand(call, source, ids)

    async def leave(self, call: Call, source: SearchSource, resource: str) -> None:
        """Forgets everything with this resource."""
        asked = {"source": source.name, "resource": resource}
        gone = (await call.unit.db.execute(queries.LEAVE, asked)).scalars().all()
        await self._hand(call, source, gone)

    async def part(
        self, call: Call, key: str, source: SearchSource, wanted: Wanted, began: datetime
    ) -> UUID | None:
        """Takes up one part of everything a source has; the id that the next part comes after."""
        documents = (await source.function(call.ctx(key), wanted)).documents
        await self._write(call, source, documents)
        more = len(documents) >= wanted.limit
        ids = [document.id for document in documents]
        asked = {
            "source": source.name,
            "after": wanted.after or _FIRST,
            "until": documents[-1].id if more else _LAST,
            "ids": ids,
            "began": began,
        }
        swept = (await call.unit.db.execute(queries.SWEEP, asked)).scalars().all()
        await self._hand(call, source, [*ids, *swept])
        return documents[-1].id if more else None

    async def _hand(self, call: Call, source: SearchSource, ids: Sequence[UUID]) -> None:
        """Has the company's own engine told, where it has one, after the commit."""
        settings = await call.services.settings_store.get(call.tenant.id, KEY, SearchSettings)
        if not settings.engine or self._hand_over is None:
            return
        for at in range(0, len(ids), HANDED):
            some = HandOver(source=source.name, ids=list(ids[at : at + HANDED]))
            await call.ctx("search").jobs.enqueue(self._hand_over, some)

    async def _write(self, call: Call, source: SearchSource, documents: Sequence[Document]) -> None:
        if not documents:
            return
        rows = [_row(source, document) for document in documents]
        await call.unit.db.execute(queries.WRITE, {"source": source.name, "rows": rows})
        self._tell(call.unit, call.tenant.id)

    def _tell(self, unit: Unit, tenant_id: UUID) -> None:
        async def wait() -> None:
            live = self._redises.live
            await live.attempt(lambda redis: redis.sadd(self._waiting, str(tenant_id)), 0)
            await self._signals.nudge(CHANNEL)

        unit.on_commit(wait)


def _row(source: SearchSource, document: Document) -> dict[str, Any]:
    if not document.url.startswith("/") or document.url.startswith("//"):
        raise SystemFault(
            f"{source.name} gives {document.url!r:.80}, which is no path on this site"
        )
    title = cleaned(document.title)[:TITLE_KEPT]
    keywords = cleaned("\n".join(document.keywords))[:TITLE_KEPT]
    body = cleaned(document.text)[:TEXT_KEPT]
    told = document.model_dump(
        mode="json", include={"id", "resource", "department_id", "author_id", "url", "at"}
    )
    kept = {"title": title, "keywords": keywords, "body": body}
    return told | kept | {"grams": grams(title, keywords, body)}
