"""The settings of a plugin in a tenant: read, checked, stored and audited, by API and by form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from maru.admin.schemas import AdminLink, PluginView
from maru.admin.secrets import (
    masked,
    settled,
    shown,
    untouched,
    with_ticks,
    without_ticks,
)
from maru.admin.service import call_of, listed
from maru.api.errors import fields_of
from maru.plugins.registry import Installed
from maru.plugins.switchboard import PluginNotFound
from maru.web.forms import drawable
from maru.web.submitted import Pairs, bind
from maru_sdk import Context, InvalidInput, NotFound, Settings


class NoSettings(NotFound):
    """The plugin has nothing that could be set."""

    code = "PLUGIN_HAS_NO_SETTINGS"
    message = "The plugin {key} has no settings"


@dataclass(frozen=True)
class Kept:
    """A plugin's settings as they are in the tenant."""

    key: str
    model: type[Settings]
    values: Settings

    @property
    def json(self) -> dict[str, Any]:
        """The values as the API shows them: of a secret only whether it is set."""
        return shown(self.values)


async def kept(ctx: Context, key: str) -> Kept:
    """The settings of a plugin that is on here; raises NotFound for any other."""
    model = _on(ctx, key).plugin.settings
    if model is None:
        raise NoSettings(key=key)
    store = call_of(ctx).services.settings_store
    return Kept(key, model, await store.readable(ctx.tenant.id, key, model))


def _on(ctx: Context, key: str) -> Installed:
    services = call_of(ctx).services
    installed = services.host.installed.get(key)
    if installed is None or installed.core:
        raise PluginNotFound(key=key)
    if not services.gate.on(ctx.tenant.id, key):
        raise NotFound
    return installed


async def change(ctx: Context, key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Stores all settings anew; what isn't given gets its default. A secret stays unless a new
    one is given, or null."""
    before = await kept(ctx, key)
    try:
        values = before.model.model_validate_json(orjson.dumps(settled(before.values, given)))
    except ValidationError as fault:
        raise InvalidInput(fields=list(fields_of(fault.errors(), ctx.locale, skip=0))) from None
    return await _store(ctx, before, values)


async def change_by_form(ctx: Context, key: str, typed: Pairs) -> None:
    """Stores what the form shows; what it can't show stays, and so does a secret left empty."""
    before = await kept(ctx, key)
    drawn = drawable(before.model.model_json_schema())["properties"]
    plain, forgotten = without_ticks(before.model, typed)
    values = bind(before.model, plain, ctx.locale, whole=True)
    unseen = {name: value for name, value in before.values if name not in drawn}
    stays = untouched(before.values, plain, forgotten)
    await _store(ctx, before, values.model_copy(update=unseen | stays))


async def _store(ctx: Context, before: Kept, values: Settings) -> dict[str, Any]:
    call, new = call_of(ctx), shown(values)
    changed = [name for name, value in values if value != getattr(before.values, name)]
    if changed:
        await call.services.settings_store.put(call.unit, ctx.tenant.id, before.key, values)
        await ctx.audit(
            "plugin.settings_changed",
            f"plugin:{before.key}",
            before=masked(before.values, changed),
            after=masked(values, changed),
        )
    return new


async def view(ctx: Context, key: str) -> PluginView:
    """A plugin's page in the admin area: its own admin pages, and the form of its settings."""
    installed = _on(ctx, key)
    (plugin,) = [one for one in await listed(ctx) if one.key == key]
    if not plugin.has_settings:
        return PluginView(plugin=plugin, pages=_pages(ctx, installed))
    found = await kept(ctx, key)
    schema = _translated(ctx, key, drawable(found.model.model_json_schema()))
    schema = with_ticks(schema, found.values, call_of(ctx).t)
    pages = _pages(ctx, installed)
    return PluginView(plugin=plugin, pages=pages, form_schema=schema, start=found.json)


def _pages(ctx: Context, installed: Installed) -> list[AdminLink]:
    own = call_of(ctx).ctx(installed.key)
    return [
        AdminLink(title=own.t(page.title), url=f"/admin/{installed.url}{page.path.rstrip('/')}")
        for page in installed.plugin.declared("admin_pages")
        if "{" not in page.path and ctx.can(page.needs)
    ]


def _translated(ctx: Context, key: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The words of a schema in the reader's language, from the plugin's own catalogue."""
    own = call_of(ctx).ctx(key)

    def say(part: dict[str, Any]) -> dict[str, Any]:
        words: dict[str, Any] = {
            word: own.t(part[word]) for word in ("title", "description") if word in part
        }
        titles = part.get("x-titles", {})
        said = {"x-titles": {name: own.t(title) for name, title in titles.items()}}
        return {**part, **words, **(said if titles else {}), **inner(part)}

    def inner(part: dict[str, Any]) -> dict[str, Any]:
        return {
            name: {one: say(held) for one, held in part[name].items()}
            for name in ("properties", "$defs")
            if name in part
        }

    return schema | inner(schema)
