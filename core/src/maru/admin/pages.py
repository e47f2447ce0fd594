"""`/admin/plugins`."""

from maru.access.permissions import PLUGINS_MANAGE
from maru.admin.schemas import PluginsView
from maru.admin.service import call_of, listed, switched
from maru_sdk import Context, Redirect, action, page

HERE = "/admin/plugins"


@page("/plugins", title="Plugins", needs=PLUGINS_MANAGE, template="maru/admin/plugins.html")
async def plugins(ctx: Context) -> PluginsView:
    """Every installed plugin, with its switch."""
    return PluginsView(plugins=await listed(ctx))


@action("/plugins/{key}/enable", needs=PLUGINS_MANAGE)
async def enable(ctx: Context, key: str) -> Redirect:
    """Switches a plugin on."""
    plugin = await switched(ctx, key, on=True)
    return Redirect(to=HERE, message=call_of(ctx).t("{name} is switched on", name=plugin.name))


@action("/plugins/{key}/disable", needs=PLUGINS_MANAGE)
async def disable(ctx: Context, key: str) -> Redirect:
    """Switches a plugin off."""
    plugin = await switched(ctx, key, on=False)
    return Redirect(to=HERE, message=call_of(ctx).t("{name} is switched off", name=plugin.name))
