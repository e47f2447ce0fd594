"""`/api/v1/admin/plugins`."""

from maru.access.permissions import PLUGINS_MANAGE
from maru.admin.schemas import PluginOut
from maru.admin.service import listed, switched
from maru_sdk import Context, get, post


@get("/plugins", needs=PLUGINS_MANAGE)
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
