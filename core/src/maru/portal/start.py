"""Where somebody begins: the portal, one of its pages, or a page of the navigation.

What was chosen is looked at anew each time: where it may no longer be opened, the portal is.
"""

from collections.abc import Iterator
from typing import Final

from maru.api.surfaces import domain_of
from maru.identity.places import HOME as SITE
from maru.plugins.context import Call
from maru.portal.desks import seen
from maru.portal.routes import call_of
from maru.portal.schemas import HOME
from maru.web.frame import lets_in
from maru_sdk import Context, Redirect, page

START: Final = "/portal/start"


async def start_pages(call: Call) -> list[tuple[str, str]]:
    """What the reader can choose, as addresses and titles."""
    tabs = (await seen(call)).whole.tabs
    first = (SITE, call.t("Portal"))
    others = [(f"/?page={tab.id}", tab.title) for tab in tabs if tab.id != HOME]
    return [first, *others, *_navigation(call)]


def _navigation(call: Call) -> Iterator[tuple[str, str]]:
    services = call.services
    for whose, link in sorted(services.host.declared("navigation"), key=lambda one: one[1].order):
        on = services.gate.on(call.tenant.id, whose.key)
        if on and (link.needs is None or lets_in(call.granted, link.needs)):
            yield link.url, services.languages.translate(domain_of(whose), call.locale, link.title)


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
