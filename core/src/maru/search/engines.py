"""Other engines than core's own: they say which things answer a question. What may be seen of
those, and how it is shown, stays core's."""

import logging
from collections.abc import Sequence
from typing import Any, Final

from maru.plugins.context import Call
from maru.search import queries
from maru.search.letters import LONGEST, cleaned
from maru.search.questions import MOST, question
from maru.search.readable import open_sources, sight
from maru_sdk import Context
from maru_sdk.declarations import AnyFilling
from maru_sdk.search import (
    Document,
    FoundThing,
    FoundThings,
    Handed,
    Sought,
    search_find,
    search_take,
)

log = logging.getLogger(__name__)

LETTERS: Final = "letters"
"""Core's second engine: by pairs of letters alone, whether Kiwi is there or not."""


def engines(call: Call) -> list[str]:
    """The names that a company may choose."""
    found = call.services.points.fillings(search_find.name, call.tenant.id)
    return sorted({one.filling.offer for one in found if one.filling.offer})


async def named(call: Call, engine: str, ask: Sought) -> FoundThings | None:
    """What the engine of this name finds, no more than was asked for and a few words; None where
    it doesn't answer, whatever the reason."""
    try:
        found = await call.ctx("search").choose(search_find, engine, ask)
    except (Exception, SystemExit) as fault:  # the wall of an extension call
        log.warning("the search engine %s doesn't answer: %r", engine, fault)
        return None
    words = [word[:LONGEST] for word in found.words[:MOST] if word]
    return FoundThings(things=found.things[: ask.limit], words=words)


async def seen(
    call: Call, ask: Sought, found: FoundThings, within: Sequence[Any]
) -> list[queries.NamedRow]:
    """The rows of what an engine named, in its order, as far as this person may see them."""
    rows = await call.unit.read(queries.OF_IDS, ids=[one.id for one in found.things])
    known, view = {(row.source, row.id): row for row in rows}, sight(call, within)
    things = (known.get((one.source, one.id)) for one in found.things)
    return [
        row
        for row in things
        if row is not None
        and view.sees(row.source, row.resource, row.department_id)
        and row.at <= ask.until
        and (ask.since is None or row.at >= ask.since)
        and ask.author_id in (None, row.author_id)
    ]


async def hand_over(call: Call, engine: str, source: str, ids: Sequence[Any]) -> None:
    """Tells an engine of these things as the index has them."""
    if not any(
        one.filling.offer == engine
        for one in call.services.points.fillings(search_take.name, call.tenant.id)
    ):
        return
    rows = {
        row.id: row
        for row in await call.unit.read(queries.OF_IDS, ids=list(ids))
        if row.source == source
    }
    documents = [_document(row) for row in rows.values()]
    gone = [one for one in ids if one not in rows]
    handed = Handed(source=source, documents=documents, gone=gone)
    await call.ctx("search").choose(search_take, engine, handed)


def _document(row: queries.NamedRow) -> Document:
    told = row.model_dump(exclude={"source", "body", "keywords"})
    return Document(**told, text=row.body, keywords=row.keywords.splitlines())


def offers(call_of: Any) -> list[AnyFilling]:
    """Core's second engine."""

    @search_find.offer(LETTERS)
    async def by_letters(ctx: Context, ask: Sought) -> FoundThings:
        """Finds by pairs of letters."""
        call: Call = call_of(ctx)
        sought = question(cleaned(ask.q), None)
        if not sought.groups:
            return FoundThings(things=[])
        sources = [one for _, one in open_sources(call) if one.name in ask.sources]
        told = sight(call, sources).told() | sought.told()
        told |= {"until": ask.until, "since": ask.since, "author": ask.author_id, "most": 300}
        told |= {"every": True, "skip": ask.skip, "limit": ask.limit}
        rows = await call.unit.read(queries.FIND, ask=told)
        things = [FoundThing(source=row.source, id=row.id) for row in rows]
        return FoundThings(things=things, words=list(sought.shown))

    return [by_letters]
