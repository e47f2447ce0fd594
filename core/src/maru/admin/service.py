"""What admins do with plugins: the switchboard, put into the models of routes and pages."""

from dataclasses import asdict
from functools import partial
from typing import cast

from maru.admin.schemas import PluginOut, ProcessOut
from maru.plugins.context import Call, PluginContext
from maru.plugins.switchboard import Listing
from maru_sdk import Context


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context: core's own handlers may use its services."""
    return cast("PluginContext", ctx).call


async def listed(ctx: Context) -> list[PluginOut]:
    """Every plugin with its state in this tenant."""
    call = call_of(ctx)
    found = await call.services.switchboard.list(call)
    return [
        PluginOut.model_validate({**asdict(one), **_lists(one), **_words(call, one)})
        for one in found
    ]


def _words(call: Call, one: Listing) -> dict[str, str]:
    """Name and summary in the reader's language, where the plugin's catalogue has them."""
    if one.state == "set_aside":
        return {}
    say = partial(call.services.languages.translate, one.key, call.locale)
    return {"name": say(one.name), "summary": say(one.summary) if one.summary else ""}


async def processes(ctx: Context) -> list[ProcessOut]:
    """Every process that has reported of late, with the generation of switches that it runs."""
    services = call_of(ctx).services
    found = await services.arrivals.all()
    newest = max([services.gate.generation, *(one.generation for one in found)])
    return [
        ProcessOut(
            process=one.process,
            service=one.service,
            generation=one.generation,
            is_current=one.generation == newest,
            seconds=round(one.seconds, 1),
        )
        for one in found
    ]


def _lists(one: object) -> dict[str, list[str]]:
    return {name: list(getattr(one, name)) for name in ("needs", "needed_by")}


async def switched(ctx: Context, key: str, *, on: bool) -> PluginOut:
    """Switches a plugin and tells how it stands then; switching to what it is already is fine."""
    call = call_of(ctx)
    switchboard = call.services.switchboard
    await (switchboard.enable if on else switchboard.disable)(call, key)
    return next(one for one in await listed(ctx) if one.key == key)
