"""The words of a company that no dictionary has: the admin page and the API that set them. Names of
people and departments are known without."""

from collections.abc import Sequence
from typing import Any, Final, cast

from pydantic import Field, TypeAdapter, ValidationError

from maru.access.permissions import SETTINGS_MANAGE
from maru.api.errors import fields_of
from maru.plugins.context import Call, PluginContext
from maru.search.engines import LETTERS, engines
from maru.search.errors import EngineUnknown
from maru.search.settings import KEY, MOST, SearchSettings, Word
from maru.search.slices import slices
from maru_sdk import Context, InvalidInput, Model, Redirect, action, admin_page, get, put

ROOM: Final = 8_000_000
"""Bytes for a hundred thousand words, as a form writes Korean."""

_WORDS: Final = TypeAdapter(list[Word])
_TOLD: Final = 20
"""Faults that one answer tells of."""


class Words(Model):
    """The words; each is looked at afterwards, in slices."""

    words: list[str] = Field(
        default_factory=list,
        max_length=MOST,
        title="Words of the company",
        description="Names of products and projects, one in a line. Names of people and departments"
        " are known.",
    )


class WordsView(Model):
    """The forms of words and of the engine, and how many words there are."""

    form_schema: dict[str, Any]
    engine_schema: dict[str, Any]
    start: dict[str, Any]
    count: int


async def _kept(ctx: Context) -> SearchSettings:
    call = _call(ctx)
    return await call.services.settings_store.get(call.tenant.id, KEY, SearchSettings)


async def _checked(ctx: Context, given: Sequence[str]) -> list[str]:
    """The words as they are kept, each once; InvalidInput that names those that are none."""
    kept: dict[str, None] = {}
    async for at, some in slices(given):
        try:
            kept |= dict.fromkeys(_WORDS.validate_python(some))
        except ValidationError as fault:
            found = [
                {**one, "loc": ("words", at + int(one["loc"][0]))}
                for one in fault.errors(include_url=False)[:_TOLD]
            ]
            raise InvalidInput(fields=list(fields_of(found, ctx.locale, skip=0))) from None
    return list(kept)


async def _changed(ctx: Context, given: Words) -> Words:
    """Stores other words; questions are understood by them within two seconds."""
    call, before = _call(ctx), await _kept(ctx)
    new = before.model_copy(update={"words": await _checked(ctx, given.words)})
    if new != before:
        await call.services.settings_store.put(call.unit, call.tenant.id, KEY, new)
        counts = {"words": len(before.words)}, {"words": len(new.words)}
        await ctx.audit("search_words.changed", "search", before=counts[0], after=counts[1])
    return Words(words=new.words)


@get("/words", needs=SETTINGS_MANAGE, no_store="who changes words starts from those in force")
async def words(ctx: Context) -> Words:
    """The company's own words."""
    return Words(words=(await _kept(ctx)).words)


@put("/words", needs=SETTINGS_MANAGE, body_limit=ROOM)
async def change_words(ctx: Context, body: Words) -> Words:
    """Sets all of the company's own words, up to 100,000; twice the same one is one."""
    return await _changed(ctx, body)


class Chosen(Model):
    """The engine that finds, core's own without a name."""

    engine: str = Field(
        default="",
        max_length=100,
        title="Search engine",
        description="What another one has to know is handed to it when everything is taken up"
        " anew: maru search reindex. While it doesn't answer, Maru finds by itself.",
    )


class Engine(Model):
    """The engine that finds, core's own without a name, and those there are besides."""

    engine: str = Field(default="", max_length=100)
    engines: list[str] = Field(default_factory=list)


@get("/engine", needs=SETTINGS_MANAGE, no_store="who changes it starts from what is in force")
async def engine(ctx: Context) -> Engine:
    """The engine that finds for this company."""
    return Engine(engine=(await _kept(ctx)).engine, engines=engines(_call(ctx)))


@put("/engine", needs=SETTINGS_MANAGE)
async def change_engine(ctx: Context, body: Engine) -> Engine:
    """Chooses another engine, by its name; raises EngineUnknown. What it has to know is handed to
    it by `maru search reindex`."""
    return Engine(engine=await _chosen(ctx, body.engine), engines=engines(_call(ctx)))


async def _chosen(ctx: Context, engine: str) -> str:
    call, before = _call(ctx), await _kept(ctx)
    if engine == before.engine:
        return engine
    if engine and engine not in engines(call):
        raise EngineUnknown(engine=engine)
    new = before.model_copy(update={"engine": engine})
    await call.services.settings_store.put(call.unit, call.tenant.id, KEY, new)
    told = {"engine": before.engine}, {"engine": engine}
    await ctx.audit("search_engine.changed", "search", before=told[0], after=told[1])
    return engine


@admin_page("/words", title="Words of search", needs=SETTINGS_MANAGE,
            template="maru/search/words.html")  # fmt: skip
async def words_page(ctx: Context) -> WordsView:
    """The words, one in a line."""
    kept = await _kept(ctx)
    return WordsView(
        form_schema=Words.model_json_schema(),
        engine_schema=_engines(ctx, kept.engine),
        start={"words": kept.words, "engine": kept.engine},
        count=len(kept.words),
    )


def _engines(ctx: Context, chosen: str) -> dict[str, Any]:
    """The form of the engine with what can be chosen here; what has gone can stay."""
    schema, titles = Chosen.model_json_schema(), {"": ctx.t("Maru's own")}
    titles |= {one: one for one in (*engines(_call(ctx)), chosen) if one}
    titles[LETTERS] = ctx.t("By pairs of letters alone")
    schema["properties"]["engine"] |= {"enum": list(titles), "x-titles": titles}
    return schema


@action("/engine", needs=SETTINGS_MANAGE, again=words_page)
async def save_engine(ctx: Context, form: Chosen) -> Redirect:
    """Chooses the engine that finds for this company."""
    await _chosen(ctx, form.engine)
    return Redirect(to="/admin/search/words", message=ctx.t("The engine is chosen"))


@action("/words", needs=SETTINGS_MANAGE, again=words_page, body_limit=ROOM)
async def save_words(ctx: Context, form: Words) -> Redirect:
    """Stores what the form shows."""
    await _changed(ctx, form)
    return Redirect(to="/admin/search/words", message=_call(ctx).t("The words are saved"))


def _call(ctx: Context) -> Call:
    return cast("PluginContext", ctx).call
