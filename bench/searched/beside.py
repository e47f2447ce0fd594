"""Takes posts up as a listener does, one in a transaction, while others read and search."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from bench.searched.filled import SOURCE
from bench.searched.texts import Author
from bench.searched.words import Words
from maru.house import House
from maru.plugins.context import open_call
from maru_board.models import Post
from maru_board.permissions import READ
from maru_sdk import Context, ContextSeed
from maru_sdk.db import uuid7
from maru_sdk.search import Document, Documents, SearchSource, Wanted

AT_ONCE: Final = 4
_LOOK: Final = 0.2
_LONGEST: Final = 300.0
_LEFT: Final = "SELECT count(*) FROM maru.search_row WHERE tenant_id = $1 AND waiting"


async def written(house: House, tenant: UUID, words: Words, count: int) -> float:
    """Seconds until all were taken up."""
    documents = {one.id: one for one in _documents(words, count)}

    async def given(_: Context, ask: Wanted) -> Documents:
        return Documents(documents=[documents[one] for one in ask.ids or ()])

    source = SearchSource(given, Post, "Posts", READ)
    object.__setattr__(source, "name", SOURCE)
    ids, began = list(documents), time.perf_counter()
    parts = (ids[at::AT_ONCE] for at in range(AT_ONCE))
    await asyncio.gather(*(_taken_up(house, tenant, source, part) for part in parts))
    return time.perf_counter() - began


async def _taken_up(house: House, tenant: UUID, source: SearchSource, ids: Sequence[UUID]) -> None:
    for one in ids:
        async with open_call(house.services, ContextSeed(tenant=tenant, plugin="board")) as call:
            await house.search.index.index(call, "board", source, [one])


def _documents(words: Words, count: int) -> list[Document]:
    at = datetime.now(UTC)
    return [
        Document(id=uuid7(), title=one.title.text, text=one.body.text, url="/", at=at)
        for one in Author(words, 23).posts(count)
    ]


async def all_read(connection: Any, tenant: UUID) -> None:
    """Comes back when nothing waits to be read."""
    ends = time.perf_counter() + _LONGEST
    while await connection.fetchval(_LEFT, tenant):
        if time.perf_counter() > ends:
            raise RuntimeError("what was taken up isn't read")
        await asyncio.sleep(_LOOK)
