"""`/help`: what there is help for, and each text."""

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, cast

from markupsafe import Markup
from pydantic import ConfigDict, StringConstraints

from maru.help.library import Screen
from maru.help.reading import is_on, readable, shelf
from maru.plugins.context import Call, PluginContext
from maru_sdk import Context, Model, NotFound, Plugin, page

Name = Annotated[str, StringConstraints(max_length=200)]


class HelpLink(Model):
    """One text of the list."""

    title: str
    url: str


class HelpGroup(Model):
    """What belongs together: a plugin's, or the administrators'."""

    title: str
    links: list[HelpLink]


class HelpIndex(Model):
    """All that this reader may want to read."""

    groups: list[HelpGroup]


class HelpView(Model):
    """One text."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    title: str
    html: Markup
    near: list[HelpLink]


class NoHelp(NotFound):
    """No help was written under this name, or for what isn't on here."""

    code = "HELP_NOT_FOUND"
    message = "There is no help under this name"


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context."""
    return cast("PluginContext", ctx).call


@page("", title="Help", public=True, template="maru/help/index.html")
async def help_index(ctx: Context) -> HelpIndex:
    """Everything that the reader may open, in groups."""
    call = call_of(ctx)
    screens = sorted(readable(call), key=lambda one: (one.admin, not one.whose.core))
    groups = groupby(screens, key=lambda one: _group(call, one))
    return HelpIndex(
        groups=[HelpGroup(title=title, links=_links(call, list(found))) for title, found in groups]
    )


@page("/{screen}", title="Help", public=True, template="maru/help/screen.html")
async def help_screen(ctx: Context, screen: Name) -> HelpView:
    """The text for one screen."""
    call = call_of(ctx)
    found = shelf(call).screens.get(screen)
    if found is None or not is_on(call, found):
        raise NoHelp
    text = found.text(call.locale)
    group = _group(call, found)
    near = [one for one in readable(call) if one is not found and _group(call, one) == group]
    return HelpView(title=text.title, html=text.html, near=_links(call, near))


def help_plugin() -> Plugin:
    """The core plugin `help`."""
    return Plugin(title="Help", icon="circle-help", pages=[help_index, help_screen])


def _group(call: Call, screen: Screen) -> str:
    """What the reader calls the group that a screen belongs to."""
    if screen.admin:
        return call.t("Administration")
    if screen.whose.core:
        return call.t("Portal and account")
    return call.services.languages.translate(screen.whose.key, call.locale, screen.whose.title)


def _links(call: Call, screens: Sequence[Screen]) -> list[HelpLink]:
    links = [HelpLink(title=one.text(call.locale).title, url=one.url) for one in screens]
    return sorted(links, key=lambda link: link.title)
