"""`/search`: everything that is found, and the short list that the palette shows."""

from typing import Annotated, Final, cast

from pydantic import StringConstraints

from maru.palette import sources
from maru.palette.entries import Group
from maru.plugins.context import Call, PluginContext
from maru_sdk import Context, Model, page

LONGEST: Final = 200
SHOWN: Final = 6
SHOWN_AT_FIRST: Final = 8
ON_PAGE: Final = 20
Sought = Annotated[str, StringConstraints(max_length=LONGEST)]


class FoundView(Model):
    """What was found for what was typed."""

    q: str
    groups: list[Group]
    count: int


@page("", title="Search", signed_in=True, template="maru/palette/search.html")
async def search(ctx: Context, q: Sought = "") -> FoundView:
    """The page of the search box."""
    return await _found(_call(ctx), q, ON_PAGE)


@page("/palette", title="Search", signed_in=True, template="maru/palette/found.html")
async def palette(ctx: Context, q: Sought = "") -> FoundView:
    """A part of every page: what the palette shows."""
    return await _found(_call(ctx), q, SHOWN if q.strip() else SHOWN_AT_FIRST)


PAGES: Final = (search, palette)


async def _found(call: Call, q: str, most: int) -> FoundView:
    sought = q.strip().replace("\x00", "")
    found = (
        ("pages", call.t("Pages"), sources.places(call, sought, most)),
        ("commands", call.t("Actions"), await sources.commands(call, sought, most)),
        ("people", call.t("People"), await sources.people(call, sought, most)),
        ("help", call.t("Help"), sources.helps(call, sought, most)),
    )
    groups = [Group(name=name, title=said, entries=some) for name, said, some in found if some]
    return FoundView(q=sought, groups=groups, count=sum(len(one.entries) for one in groups))


def _call(ctx: Context) -> Call:
    return cast("PluginContext", ctx).call
