"""Everything that is measured of search: rare words beside ILIKE, common ones, with and without
Kiwi, while others write; and people, while somebody types."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from statistics import median
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import asyncpg

from bench.caller import Caller
from bench.ground import Ground
from bench.people import Line, signed_in
from bench.process import Process, maru
from bench.searched import beside, filled
from bench.searched.steady import steady
from bench.searched.timed import late, row, timed
from bench.searched.visible import GOAL as GOAL_VISIBLE
from bench.searched.visible import visible
from bench.searched.words import Words
from bench.tables import Found, Table, number
from maru.app import serving
from maru.db.scope import Scope
from maru.embedded.engine import free_port
from maru.house import House, open_house
from maru.identity.hangul import folded, initials, romanize
from maru.observability.log import Journal
from maru.plugins.context import open_call
from maru.search.finding import RANKED
from maru.search.kiwi import Kiwi
from maru.search.morphemes import Understood, understood
from maru.search.newest import Newest
from maru.search.queries import FIND
from maru.search.questions import question
from maru_sdk import ContextSeed, Model
from maru_sdk.db import Query

HEADS: Final = ("", "asked", "median, ms", "95th, ms", "goal")
GOAL_TIMES, GOAL_COMMON, GOAL_PEOPLE, GOAL_AWAY, GOAL_MINUTE = 1_000, 5.0, 20.0, 50.0, 10_000
PACE: Final = 50.0
_PATIENT: Final = "ALTER ROLE maru_app IN DATABASE maru SET statement_timeout = '60s'"
_PATH: Final = "/api/v1/search?q="


@dataclass(frozen=True)
class Size:
    """How much is searched, and how often."""

    posts: int = 200_000
    people: int = 100_000
    beside: int = 10_000
    rare: int = 12
    asked: int = 400
    typed: int = 1_000
    seen: int = 60


SMALL: Final = Size(1_500, 1_000, 60, 4, 20, 50, 3)


class Id(Model):
    """A row that was found."""

    id: UUID


ILIKE: Final = Query(
    "SELECT id FROM maru.search_row WHERE title ILIKE :q OR body ILIKE :q"
    " ORDER BY at DESC LIMIT 20",
    Id,
    params={"q": str},
)


@dataclass
class Stage:
    """A company with posts, and who searches them."""

    house: House
    ground: Ground
    caller: Caller
    connection: Any
    tenant: UUID
    corpus: filled.Corpus
    size: Size
    recent: datetime | None

    async def found(self, q: str) -> Any:
        """Asks the whole application."""
        return await self.caller.ask("GET", _PATH + quote(q))

    async def ids(self, query: Query[Any], **args: Any) -> set[UUID]:
        """Asks PostgreSQL, with the company's policies."""
        async with self.house.database.unit(Scope(self.tenant), readonly=True, timeout=60) as unit:
            return {one.id for one in await unit.read(query, **args)}


async def search(ground: Ground, size: Size) -> Found:
    """The tables of search."""
    words = Words.drawn()
    url = ground.database_url
    connection = await asyncpg.connect(url)
    journal = Journal("bench", "ERROR")
    who = ground.people[0]
    try:
        await connection.execute(_PATIENT)
        tenant = await connection.fetchval("SELECT id FROM maru.tenant WHERE slug = $1", who.tenant)
        corpus = await filled.posts(connection, tenant, words, size.posts)
        async with open_house(ground.settings) as house, serving(house, journal) as edge:
            caller = await Caller.signed_in(edge, ground, who.tenant, who.username)
            async with open_call(
                house.services, ContextSeed(tenant=tenant, plugin="search")
            ) as call:
                recent = await Newest().since(call)
            stage = Stage(house, ground, caller, connection, tenant, corpus, size, recent)
            found = await _things(stage, words)
        return await _people(ground, connection, tenant, size, found)
    finally:
        await connection.close()


async def _things(stage: Stage, words: Words) -> Found:
    found = Found(figures={"posts": stage.size.posts, "words": len(stage.corpus.occur)})
    rows = await _beside_ilike(stage, found)
    rows += [await _common(stage, found, "Kiwi away", GOAL_AWAY)]
    with maru("search", stage.ground.folder, stage.ground.environment) as searcher:
        await _answering(stage, searcher)
        rows += [await _common(stage, found, "with Kiwi", GOAL_COMMON)]
        rows += [await _visible(stage, found)]
        rows += [await _written_beside(stage, found, words)]
    heads = f"{stage.size.posts:,} posts with {len(stage.corpus.occur):,} different words"
    found.tables.append(Table("", (heads, *HEADS[1:]), rows))
    return found


async def _beside_ilike(stage: Stage, found: Found) -> list[tuple[str, ...]]:
    """Rare words and phrases, asked of the index and of every row."""
    kiwi, rows = await Kiwi.load(), []
    kinds = {"rare words": stage.corpus.rare, "phrases": stage.corpus.phrases}
    for kind, drawn in kinds.items():
        asked = drawn(stage.size.rare)
        told = {q: await _ask(stage, q, understood(await kiwi.tokens(folded(q)))) for q in asked}
        ours, theirs, missed = await _compared(stage, told)
        found.misses += [f"{q!r} isn't on the first page" for q in missed]
        times = median(theirs) / median(ours)
        found.figures |= {f"{kind}: times faster": times}
        found.figures |= {f"{kind}: index, ms": median(ours), f"{kind}: ILIKE, ms": median(theirs)}
        if times < GOAL_TIMES:
            found.misses.append(f"{kind}: {times:,.0f} times, not {GOAL_TIMES:,}")
        rows += [row(f"{kind}: index", ours, f"{number(times)} × faster, of ≥ {GOAL_TIMES:,}")]
        rows += [row(f"{kind}: `ILIKE '%…%'`", theirs, "")]
    rows += [await _statement(stage, found, kiwi)]
    kiwi.close()
    return rows


async def _compared(
    stage: Stage, told: dict[str, Any]
) -> tuple[list[float], list[float], list[str]]:
    """Milliseconds of the index and of ILIKE, and what ILIKE alone has found all of."""
    by_index = dict[str, set[UUID]]()
    by_row = dict[str, set[UUID]]()

    async def ours(q: str) -> None:
        by_index[q] = await stage.ids(FIND, ask=told[q])

    async def theirs(q: str) -> None:
        by_row[q] = await stage.ids(ILIKE, q=f"%{q}%")

    await timed(ours, list(told))
    took = await timed(ours, list(told) * 5), await timed(theirs, list(told))
    return *took, [q for q in told if by_row[q] - by_index[q]]


async def _ask(stage: Stage, q: str, meant: Understood) -> dict[str, Any]:
    """What the application would ask."""
    seen: dict[str, Any] = {"sources": [filled.SOURCE], "wide": [filled.SOURCE]}
    seen |= {"within": [], "named": [], "shut": [], "until": "2100-01-01T00:00:00Z"}
    seen |= {"recent": stage.recent}
    return (
        seen | question(q, meant).told() | {"most": RANKED, "skip": 0, "limit": 21, "every": True}
    )


async def _statement(stage: Stage, found: Found, kiwi: Kiwi) -> tuple[str, ...]:
    """The first page of what most posts have, asked of PostgreSQL alone."""
    words = _common_words(stage)
    told = {q: await _ask(stage, q, understood(await kiwi.tokens(q))) for q in set(words)}
    took = await timed(lambda q: stage.ids(FIND, ask=told[q]), words)
    found.figures["commonest words, statement: 95th, ms"] = late(took)
    return row("commonest words, first page, the statement alone", took, "")


async def _common(stage: Stage, found: Found, title: str, goal: float) -> tuple[str, ...]:
    """The first page of what most posts have, asked of the whole application."""
    took = await timed(stage.found, _common_words(stage))
    found.figures[f"commonest words, {title}: 95th, ms"] = late(took)
    if late(took) > goal:
        found.misses.append(f"commonest words, {title}: {late(took):.1f} ms, not {goal:.0f}")
    return row(f"commonest words, the whole answer, {title}", took, f"≤ {goal:.0f}")


def _common_words(stage: Stage) -> list[str]:
    most, chance = stage.corpus.common(20), Random(29)
    asked = [*most, *(" ".join(chance.sample(most, 2)) for _ in range(20))]
    return [chance.choice(asked) for _ in range(stage.size.asked)]


async def _answering(stage: Stage, searcher: Process) -> None:
    """Comes back when Kiwi says what questions mean."""
    analyst = stage.house.search.analyst
    while await analyst.understood(stage.tenant, "준비가 되었나") is None:
        searcher.must_live()
        await asyncio.sleep(0.1)


async def _written_beside(stage: Stage, found: Found, words: Words) -> tuple[str, ...]:
    """Posts taken up and read while somebody searches."""
    took, count = list[float](), stage.size.beside
    searching = asyncio.create_task(_searching(stage, took))
    try:
        seconds = await beside.written(stage.house, stage.tenant, words, count)
        began = asyncio.get_running_loop().time()
        await beside.all_read(stage.connection, stage.tenant)
        read = asyncio.get_running_loop().time() - began
    finally:
        searching.cancel()
        with suppress(asyncio.CancelledError):
            await searching
    minute, visible = count / (seconds + read) * 60, count / seconds * 60
    found.figures |= {"posts taken up and read, per minute": minute}
    found.figures |= {"posts taken up, per minute": visible, "searches meanwhile, ms": median(took)}
    if minute < GOAL_MINUTE:
        found.misses.append(f"{minute:,.0f} posts a minute, not {GOAL_MINUTE:,}")
    told = f"{number(minute)} posts a minute taken up and read, of ≥ {GOAL_MINUTE:,}"
    return row("commonest words while others write", took, told)


async def _visible(stage: Stage, found: Found) -> tuple[str, ...]:
    """Posts until they are found, while somebody searches."""
    board = str(stage.ground.boards[stage.ground.people[0].tenant][0])
    searching = asyncio.create_task(_searching(stage, []))
    try:
        took = await visible(stage.ground, stage.caller, board, stage.size.seen)
    finally:
        searching.cancel()
        with suppress(asyncio.CancelledError):
            await searching
    found.figures["written until found: 95th, ms"] = late(took)
    if late(took) > GOAL_VISIBLE:
        found.misses.append(f"written until found: {late(took):,.0f} ms, not {GOAL_VISIBLE:,.0f}")
    return row("a post, from written until found", took, f"≤ {number(GOAL_VISIBLE)}")


async def _searching(stage: Stage, took: list[float]) -> None:
    for q in _common_words(stage) * 1_000:
        took += await timed(stage.found, [q])
        await asyncio.sleep(0.1)


async def _people(ground: Ground, connection: Any, tenant: UUID, size: Size, found: Found) -> Found:
    names = await filled.people(connection, tenant, size.people)
    with ExitStack() as stack:
        server = stack.enter_context(maru("serve", ground.folder, ground.environment, free_port()))
        line = Line(server.port)
        person = signed_in(line, ground)[0]
        typed = _typed(names, size.typed)
        path = "/api/v1/search/autocomplete?q="
        await steady(server.port, person.client, path, typed[:20], PACE)
        took = await steady(server.port, person.client, path, typed, PACE)
    found.figures["autocomplete: 95th, ms"] = late(took)
    if late(took) > GOAL_PEOPLE:
        found.misses.append(f"autocomplete: {late(took):.1f} ms, not {GOAL_PEOPLE:.0f}")
    rows = [row(f"autocomplete, {PACE:.0f} a second", took, f"≤ {GOAL_PEOPLE:.0f}")]
    found.tables.append(Table("", (f"{size.people:,} people", *HEADS[1:]), rows))
    return found


def _typed(names: Sequence[str], count: int) -> list[str]:
    """What people type: a name letter by letter, consonants, both, Latin, a number."""
    chance, found = Random(31), list[str]()
    while len(found) < count:
        name = chance.choice(names)
        begun = initials(name)
        found += [name[:1], name[:2], name, begun[:2], begun, name[0] + begun[1:]]
        found += [romanize(name)[:5], f"S{chance.randrange(100_000):06d}"[:6]]
    return chance.sample(found, count)
