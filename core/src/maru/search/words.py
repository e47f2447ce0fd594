"""The words of a company that no dictionary has: the admin page and the API that set them. Names of
people and departments are known without."""

from typing import Any, Final, cast

from maru.access.permissions import SETTINGS_MANAGE
from maru.plugins.context import Call, PluginContext
from maru.search.settings import SearchSettings
from maru_sdk import Context, Model, Redirect, action, admin_page, get, put

KEY: Final = "search"
ROOM: Final = 8_000_000
"""Bytes for a hundred thousand words, as a form writes Korean."""


class WordsView(Model):
    """The form, and how many words there are."""

    form_schema: dict[str, Any]
    start: dict[str, Any]
    count: int


async def _kept(ctx: Context) -> SearchSettings:
    call = _call(ctx)
    return await call.services.settings_store.get(call.tenant.id, KEY, SearchSettings)


async def _changed(ctx: Context, given: SearchSettings) -> SearchSettings:
    """Stores other words; questions are understood by them within two seconds."""
    call, before = _call(ctx), await _kept(ctx)
    new = SearchSettings(words=list(dict.fromkeys(given.words)))
    if new != before:
        await call.services.settings_store.put(call.unit, call.tenant.id, KEY, new)
        counts = {"words": len(before.words)}, {"words": len(new.words)}
        await ctx.audit("search_words.changed", "search", before=counts[0], after=counts[1])
    return new


@get("/words", needs=SETTINGS_MANAGE, no_store="who changes words starts from those in force")
async def words(ctx: Context) -> SearchSettings:
    """The company's own words."""
    return await _kept(ctx)


@put("/words", needs=SETTINGS_MANAGE, body_limit=ROOM)
async def change_words(ctx: Context, body: SearchSettings) -> SearchSettings:
    """Sets all of the company's own words, up to 100,000; twice the same one is one."""
    return await _changed(ctx, body)


@admin_page("/words", title="Words of search", needs=SETTINGS_MANAGE,
            template="maru/search/words.html")  # fmt: skip
async def words_page(ctx: Context) -> WordsView:
    """The words, one in a line."""
    kept, schema = await _kept(ctx), SearchSettings.model_json_schema()
    return WordsView(form_schema=schema, start=kept.model_dump(), count=len(kept.words))


@action("/words", needs=SETTINGS_MANAGE, again=words_page, body_limit=ROOM)
async def save_words(ctx: Context, form: SearchSettings) -> Redirect:
    """Stores what the form shows."""
    await _changed(ctx, form)
    return Redirect(to="/admin/search/words", message=_call(ctx).t("The words are saved"))


def _call(ctx: Context) -> Call:
    return cast("PluginContext", ctx).call
