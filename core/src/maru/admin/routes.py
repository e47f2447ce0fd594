"""`/api/v1/admin/plugins` and `/api/v1/admin/processes`."""

from typing import Any

from maru.access.permissions import PLUGINS_MANAGE, SETTINGS_MANAGE
from maru.admin import service, settings
from maru.admin.schemas import PluginOut, ProcessOut
from maru.admin.service import listed, switched
from maru_sdk import Context, get, post, put


@get(
    "/plugins",
    needs=PLUGINS_MANAGE,
    no_store="it says which processes have obeyed the last switch, as of now",
)
async def plugins(ctx: Context) -> list[PluginOut]:
    """Every installed plugin, with its state in this tenant and why it is set aside."""
    return await listed(ctx)


@post("/plugins/{key}/enable", needs=PLUGINS_MANAGE, status=200)
async def enable(ctx: Context, key: str) -> PluginOut:
    """Switches a plugin on; every process obeys within two seconds."""
    return await switched(ctx, key, on=True)


@post("/plugins/{key}/disable", needs=PLUGINS_MANAGE, status=200)
async def disable(ctx: Context, key: str) -> PluginOut:
    """Switches a plugin off; its data stays."""
    return await switched(ctx, key, on=False)


@get(
    "/plugins/{key}/settings",
    needs=SETTINGS_MANAGE,
    no_store="who changes settings starts from those that are in force",
)
async def plugin_settings(ctx: Context, key: str) -> dict[str, Any]:
    """What is set for a plugin here, by the fields of its settings."""
    return (await settings.kept(ctx, key)).json


@put("/plugins/{key}/settings", needs=SETTINGS_MANAGE)
async def put_plugin_settings(ctx: Context, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """Sets all of a plugin's settings; a field left out gets its default. Every process works by
    them within two seconds."""
    return await settings.change(ctx, key, body)


@get("/processes", needs=PLUGINS_MANAGE, no_store="heartbeats, as of now")
async def processes(ctx: Context) -> list[ProcessOut]:
    """The processes of this installation and whether each knows the latest switch of a plugin."""
    return await service.processes(ctx)
