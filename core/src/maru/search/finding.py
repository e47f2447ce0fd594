"""Finds: the newest hits up to a bound are ranked, never all there are; older ones come behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from maru.identity.hangul import folded
from maru.organization.queries import BELOW
from maru.plugins.context import Call
from maru.search import queries
from maru.search.analyst import Analyst
from maru.search.cursors import Place
from maru.search.engines import named, seen
from maru.search.errors import SourceUnknown, SpanBackwards
from maru.search.excerpts import excerpt, marked
from maru.search.letters import cleaned
from maru.search.newest import Newest
from maru.search.questions import question
from maru.search.readable import open_sources, sight
from maru.search.schemas import Asked, Author, Hit
from maru.search.settings import KEY, SearchSettings
from maru_sdk.declarations import SearchSource
from maru_sdk.search import FoundThings, Sought

Row = queries.FoundRow | queries.NamedRow

RANKED: Final = 300
"""Hits that are ranked together."""

ENOUGH: Final = 5
"""Where fewer have all words, those that have some are looked for too."""


@dataclass(slots=True)
class Found:
    """One page of results, and where the next begins."""

    hits: list[Hit] = field(default_factory=list)
    next: str | None = None


class Finder:
    """Finds, with what one process knows of Korean and of the newest things."""

    def __init__(self, analyst: Analyst) -> None:
        self._analyst, self._newest = analyst, Newest()

    async def find(self, call: Call, asked: Asked) -> Found:
        """What this person may see of what was asked for."""
        sources = _sources(call, asked.source)
        text = cleaned(asked.q)
        settings = await call.services.settings_store.get(call.tenant.id, KEY, SearchSettings)
        if settings.engine and sources:
            found = await _elsewhere(call, settings.engine, asked, sources)
            if found is not None:
                return found
        sought = question(text, await self._analyst.understood(call.tenant.id, folded(text)))
        if not sought.groups or not sources:
            return Found()
        place = Place.read(asked.cursor) if asked.cursor else await self._begun(call)
        ask = await _narrowed(call, asked, sources, place) | sought.told() | {"most": RANKED}
        rows = await _rows(call, ask, asked, place)
        if len(rows) < ENOUGH and len(sought.groups) > 1 and not asked.cursor:
            place.every = False
            rows = await _rows(call, ask, asked, place)
        names = await _names(call, rows)
        hits = [_hit(row, sought.shown, names) for row in rows[: asked.limit]]
        return Found(hits, _next(rows, asked, place))

    async def _begun(self, call: Call) -> Place:
        return Place(until=call.now, recent=await self._newest.since(call))


async def _elsewhere(
    call: Call, engine: str, asked: Asked, sources: Sequence[SearchSource]
) -> Found | None:
    """What another engine finds, as far as this person may see it; None where it is away."""
    place = Place.read(asked.cursor) if asked.cursor else Place(until=call.now)
    narrow = await _narrowed(call, asked, sources, place)
    ask = Sought(
        q=cleaned(asked.q),
        sources=[source.name for source in sources],
        author_id=asked.author,
        since=narrow["since"],
        until=narrow["until"],
        skip=place.skip,
        limit=asked.limit + 1,
    )
    answer = await named(call, engine, ask)
    if answer is None:
        return None
    more = len(answer.things) > asked.limit
    shown = FoundThings(things=answer.things[: asked.limit], words=answer.words)
    rows = [row for row in await seen(call, ask, shown, sources) if _of_department(row, narrow)]
    names = await _names(call, rows)
    hits = [_hit(row, shown.words, names) for row in rows]
    after = place.model_copy(update={"skip": place.skip + asked.limit})
    return Found(hits, after.written() if more else None)


def _of_department(row: queries.NamedRow, narrow: Mapping[str, Any]) -> bool:
    if "departments" not in narrow:
        return True
    return row.department_id in narrow["departments"] or row.author_id in narrow["members"]


def _sources(call: Call, name: str | None) -> list[SearchSource]:
    sources = [source for _, source in open_sources(call)]
    if name is None:
        return sources
    for source in sources:
        if source.name == name:
            return [source]
    raise SourceUnknown


async def _rows(
    call: Call, ask: dict[str, Any], asked: Asked, place: Place
) -> Sequence[queries.FoundRow]:
    ask = ask | {"every": place.every, "skip": place.skip, "limit": asked.limit + 1}
    return list(await call.unit.read(queries.FIND, ask=ask))


async def _narrowed(
    call: Call, asked: Asked, sources: Sequence[SearchSource], place: Place
) -> dict[str, Any]:
    """What else a row must be."""
    since, until = _span(asked, ZoneInfo(call.timezone))
    ask: dict[str, Any] = sight(call, sources).told()
    ask["until"] = min(place.until, until or place.until)
    ask["since"] = since
    ask["author"] = asked.author
    if place.before is not None:
        ask["before"] = list(place.before)
    else:
        ask["recent"] = place.recent
    if asked.department is not None:
        below = [row.id for row in await call.unit.read(BELOW, top=asked.department)]
        members = await call.unit.read(queries.MEMBERS, departments=below)
        ask["departments"], ask["members"] = below, [row.id for row in members]
    return ask


def _span(asked: Asked, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The days asked for, as moments: the last one is meant to its end."""
    if asked.since and asked.until and asked.until < asked.since:
        raise SpanBackwards
    since = datetime.combine(asked.since, time(), zone).astimezone(UTC) if asked.since else None
    until = None
    if asked.until is not None and asked.until.year < 9999:
        end = datetime.combine(asked.until + timedelta(days=1), time(), zone)
        until = end.astimezone(UTC) - timedelta(microseconds=1)
    return since, until


async def _names(call: Call, rows: Sequence[Row]) -> dict[UUID, str]:
    people = {row.author_id for row in rows if row.author_id is not None}
    return dict(await call.services.people.names(call.tenant.id, sorted(people)))


def _hit(row: Row, shown: Sequence[str], names: Mapping[UUID, str]) -> Hit:
    name = None if row.author_id is None else names.get(row.author_id)
    author = None if row.author_id is None or name is None else Author(id=row.author_id, name=name)
    return Hit(
        source=row.source,
        id=row.id,
        title=row.title,
        title_parts=marked(row.title, shown),
        excerpt=excerpt(row.body, shown),
        url=row.url,
        at=row.at,
        author=author,
    )


def _next(rows: Sequence[queries.FoundRow], asked: Asked, place: Place) -> str | None:
    if len(rows) > asked.limit:
        return place.model_copy(update={"skip": place.skip + asked.limit}).written()
    if rows and place.every and rows[0].hits >= RANKED:
        older = (rows[0].oldest_at, rows[0].oldest_id)
        return place.model_copy(update={"skip": 0, "before": older}).written()
    return None
