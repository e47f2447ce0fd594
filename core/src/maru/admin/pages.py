"""`/admin/plugins`."""

from maru.access.permissions import PLUGINS_MANAGE, SETTINGS_MANAGE
from maru.admin import settings
from maru.admin.schemas import PluginsView, PluginView, ProcessesView
from maru.admin.service import call_of, listed, processes, switched
from maru.web.submitted import AsTyped
from maru_sdk import Context, Redirect, action, page

HERE = "/admin/plugins"


@page("/plugins", title="Plugins", needs=PLUGINS_MANAGE, template="maru/admin/plugins.html")
async def plugins(ctx: Context) -> PluginsView:
    """Every installed plugin, with its switch."""
    return PluginsView(plugins=await listed(ctx), processes=await processes(ctx))


@page("/processes", title="Plugins", needs=PLUGINS_MANAGE, template="maru/admin/arrived.html")
async def arrived(ctx: Context) -> ProcessesView:
    """Whether all processes know the latest switch: a part of the page of plugins."""
    return ProcessesView(processes=await processes(ctx))


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


@page("/plugins/{key}", title="Plugin", needs=SETTINGS_MANAGE, template="maru/admin/plugin.html")
async def plugin(ctx: Context, key: str) -> PluginView:
    """One plugin that is on: its settings and its own admin pages."""
    return await settings.view(ctx, key)


@action("/plugins/{key}", needs=SETTINGS_MANAGE, again=plugin)
async def change_settings(ctx: Context, key: str, form: AsTyped) -> Redirect:
    """Stores the form of a plugin's settings."""
    await settings.change_by_form(ctx, key, form.pairs)
    return Redirect(to=f"{HERE}/{key}", message=call_of(ctx).t("The settings are saved"))
