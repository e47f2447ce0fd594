"""Taking everything up anew, part by part, while searches and changes go on."""

from collections.abc import Collection, Iterable
from typing import Final, cast
from uuid import UUID

from maru.plugins.context import Call, PluginContext
from maru.search import queries
from maru.search.engines import hand_over
from maru.search.errors import SourceUnknown
from maru.search.index import HandOver, Index
from maru.search.settings import KEY, SearchSettings
from maru_sdk import Context, Model, job, schedule
from maru_sdk.declarations import AnyFilling, Job, Schedule, SearchSource
from maru_sdk.lifecycle import DemoSeed, Switched, demo_seeded, switched_on
from maru_sdk.search import Wanted

PART: Final = 200
GENERATION: Final = 2
"""Of the rules by which things are taken up: when it grows, everything is taken up anew."""


class Reindex(Model):
    """The source that is taken up anew."""

    source: str


class Taken(Model):
    """How many parts it was."""

    parts: int


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context."""
    return cast("PluginContext", ctx).call


def reindex_job(index: Index) -> Job:
    """The job of the core plugin `search`."""

    @job(priority="low", deadline="6h")
    async def reindex(ctx: Context, ask: Reindex) -> Taken:
        """Takes up everything that a source has; a re-run goes on where the one before ended."""
        key, source = _source(call_of(ctx), ask.source)
        after: UUID | None = None
        part, more = 0, True
        total = await call_of(ctx).unit.db.scalar(queries.counted(source.model))
        while more:
            wanted = Wanted(after=after, limit=PART)
            async with ctx.step(f"after:{after or ''}") as fresh:
                if fresh is None:
                    after = await _passed(ctx, key, source, wanted)
                else:
                    after = await index.part(call_of(fresh), key, source, wanted, ctx.now)
            more = after is not None
            part += 1
            await ctx.progress(min(part * PART, total), total, ctx.t("Taken up"))
        await call_of(ctx).unit.db.execute(
            queries.TAKE, {"source": ask.source, "generation": GENERATION}
        )
        return Taken(parts=part)

    return reindex


def hand_over_job() -> Job:
    """Tells the engine that a company has chosen of what was taken up."""

    @job(priority="low")
    async def hand_over_things(ctx: Context, ask: HandOver) -> None:
        """Hands things to the engine as they are when it runs."""
        call = call_of(ctx)
        settings = await call.services.settings_store.get(call.tenant.id, KEY, SearchSettings)
        if settings.engine:
            await hand_over(call, settings.engine, ask.source, ask.ids)

    return hand_over_things


async def _passed(ctx: Context, key: str, source: SearchSource, wanted: Wanted) -> UUID | None:
    """Where a part that is done already ends."""
    async with call_of(ctx).apart(key) as own:
        documents = (await source.function(own, wanted)).documents
    return documents[-1].id if len(documents) >= wanted.limit else None


def _source(call: Call, name: str) -> tuple[str, SearchSource]:
    found = call.services.host.find("search", name)
    if found is None:
        raise SourceUnknown
    installed, source = found
    return installed.key, source


async def enqueue(
    ctx: Context,
    reindex: Job,
    keys: Iterable[str] | None = None,
    *,
    but: Collection[str] = (),
) -> list[UUID]:
    """Has the sources of these plugins (of all) taken up anew, `but` some; the jobs' ids."""
    call = call_of(ctx)
    chosen = None if keys is None else frozenset(keys)
    return [
        await call.ctx("search").jobs.enqueue(
            reindex, Reindex(source=source.name), unique=source.name
        )
        for installed, source in call.services.host.declared("search")
        if call.services.gate.on(call.tenant.id, installed.key)
        or (chosen is not None and installed.key in chosen)
        if (chosen is None or installed.key in chosen) and source.name not in but
    ]


def fillings(reindex: Job) -> list[AnyFilling]:
    """What has happened while nobody listened is taken up."""

    @switched_on.extend
    async def take_up(ctx: Context, ask: Switched) -> None:
        await enqueue(ctx, reindex, [ask.plugin])

    @demo_seeded.extend
    async def take_up_demo(ctx: Context, ask: DemoSeed) -> None:
        await enqueue(ctx, reindex)

    return [take_up, take_up_demo]


def schedules(reindex: Job) -> list[Schedule]:
    """What hasn't been taken up yet, is: after an upgrade or an import nobody has to do it."""

    @schedule("*/10 * * * *")
    async def take_up_missing(ctx: Context) -> None:
        """Has all sources taken up that weren't by the present rules."""
        taken = {one.source for one in await ctx.read(queries.TAKEN, generation=GENERATION)}
        await enqueue(ctx, reindex, but=taken)

    return [take_up_missing]
