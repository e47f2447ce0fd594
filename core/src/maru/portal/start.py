"""Where somebody begins: the portal, one of its pages, or a page of the navigation.

What was chosen is looked at anew each time: where it may no longer be opened, the portal is.
"""

from typing import Final

from maru.identity.places import HOME as SITE
from maru.plugins.context import Call
from maru.portal.desks import seen
from maru.portal.routes import call_of
from maru.portal.schemas import HOME
from maru.web.navigation import open_links
from maru_sdk import Context, Redirect, page

START: Final = "/portal/start"


async def start_pages(call: Call) -> list[tuple[str, str]]:
    """What the reader can choose, as addresses and titles."""
    tabs = (await seen(call)).whole.tabs
    first = (SITE, call.t("Portal"))
    others = [(f"/?page={tab.id}", tab.title) for tab in tabs if tab.id != HOME]
    links = [(link.url, title) for title, link in open_links(call)]
    return [first, *others, *links]


async def chosen_start(call: Call, wanted: str | None) -> str:
    """The start page that somebody chose, where they may still open it, else the portal."""
    if not wanted or wanted == SITE:
        return SITE
    return wanted if wanted in {url for url, _ in await start_pages(call)} else SITE


@page("/start", title="Portal", signed_in=True, template="maru/portal.html")
async def start(ctx: Context) -> Redirect:
    """Leads to the reader's start page."""
    call = call_of(ctx)
    row = await call.services.people.row(call.tenant.id, ctx.me.id)
    return Redirect(to=await chosen_start(call, None if row is None else row.start_page))
