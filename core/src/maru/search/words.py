"""The words of a company that no dictionary has: the admin page and the API that set them. Names of
people and departments are known without."""

from collections.abc import Sequence
from typing import Any, Final, cast

from pydantic import Field, TypeAdapter, ValidationError

from maru.access.permissions import SETTINGS_MANAGE
from maru.api.errors import fields_of
from maru.plugins.context import Call, PluginContext
from maru.search.engines import engines
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
    """The form, and how many words there are."""

    form_schema: dict[str, Any]
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
    call, before, known = _call(ctx), await _kept(ctx), engines(_call(ctx))
    if body.engine and body.engine not in known:
        raise EngineUnknown(engine=body.engine)
    if body.engine != before.engine:
        new = before.model_copy(update={"engine": body.engine})
        await call.services.settings_store.put(call.unit, call.tenant.id, KEY, new)
        told = {"engine": before.engine}, {"engine": new.engine}
        await ctx.audit("search_engine.changed", "search", before=told[0], after=told[1])
    return Engine(engine=body.engine, engines=known)


@admin_page("/words", title="Words of search", needs=SETTINGS_MANAGE,
            template="maru/search/words.html")  # fmt: skip
async def words_page(ctx: Context) -> WordsView:
    """The words, one in a line."""
    kept, schema = (await _kept(ctx)).words, Words.model_json_schema()
    return WordsView(form_schema=schema, start={"words": kept}, count=len(kept))


@action("/words", needs=SETTINGS_MANAGE, again=words_page, body_limit=ROOM)
async def save_words(ctx: Context, form: Words) -> Redirect:
    """Stores what the form shows."""
    await _changed(ctx, form)
    return Redirect(to="/admin/search/words", message=_call(ctx).t("The words are saved"))


def _call(ctx: Context) -> Call:
    return cast("PluginContext", ctx).call
