"""`/api/v1/portal`: a person's layout, its pages and its history, and what portlets show."""

from typing import Final, cast
from uuid import UUID

from maru.plugins.context import Call, PluginContext
from maru.portal import keeping, tabs
from maru.portal.desks import Desk, Seen, own_desk, seen
from maru.portal.layouts import change
from maru.portal.packs import Imported, LayoutPack, packed, unpack
from maru.portal.schemas import (
    HOME,
    LayoutIn,
    LayoutOut,
    PortletData,
    PreviewIn,
    PreviewOut,
    RevisionOut,
    TabIn,
    TabOrder,
    TabOut,
)
from maru.portal.service import Portal
from maru_sdk import Context, delete, get, post, put
from maru_sdk.declarations import Route

OWN: Final = "a person's own, read in one round trip"


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context."""
    return cast("PluginContext", ctx).call


def layout_out(found: Seen, page: UUID, *, orphans: bool) -> LayoutOut:
    """One page as the API shows it."""
    there = found.on(page, orphans=orphans)
    return LayoutOut(version=found.version(page), portlets=there)


def tabs_out(found: Seen) -> list[TabOut]:
    """The pages as the API shows them."""
    return [
        TabOut(
            id=tab.id,
            title=tab.title,
            portlets=len(found.on(tab.id)),
            is_first=tab.id == HOME,
        )
        for tab in found.whole.tabs
    ]


async def history_out(desk: Desk) -> list[RevisionOut]:
    """The history of a layer as the API shows it."""
    lines = await keeping.history(desk)
    return [
        RevisionOut(
            number=one.number, made_at=one.created_at, made_by=one.name, is_now=one == lines[0]
        )
        for one in lines
    ]


@get("/layout", signed_in=True, no_store=OWN)
async def layout(ctx: Context, page: UUID = HOME, *, orphans: bool = False) -> LayoutOut:
    """A page of the signed-in person's layout. With `orphans` it has what is left of plugins that
    are off, too."""
    return layout_out(await seen(call_of(ctx)), page, orphans=orphans)


@put("/layout", signed_in=True)
async def change_layout(
    ctx: Context, sent: LayoutIn, page: UUID = HOME, *, orphans: bool = False
) -> LayoutOut:
    """Replaces a page; answers it as it will be seen."""
    desk = await own_desk(call_of(ctx))
    return layout_out(await change(desk, sent, page, orphans=orphans), page, orphans=orphans)


@delete("/layout", signed_in=True)
async def reset_layout(ctx: Context) -> LayoutOut:
    """Takes away all that the person has changed, on all pages."""
    desk = await own_desk(call_of(ctx))
    await keeping.reset(desk)
    return layout_out(await desk.seen(), HOME, orphans=False)


@get("/layout/history", signed_in=True, no_store=OWN)
async def history(ctx: Context) -> list[RevisionOut]:
    """What the person's layout was, the newest first."""
    return await history_out(await own_desk(call_of(ctx)))


@post("/layout/history/{number}/restore", signed_in=True, status=200)
async def restore(ctx: Context, number: int) -> list[RevisionOut]:
    """Goes back to one version; answers the history."""
    desk = await own_desk(call_of(ctx))
    await keeping.restore(desk, number)
    return await history_out(desk)


@post("/layout/undo", signed_in=True, status=200)
async def undo(ctx: Context) -> list[RevisionOut]:
    """Takes the last change back; once more, the one before. Answers the history."""
    desk = await own_desk(call_of(ctx))
    await keeping.undo(desk)
    return await history_out(desk)


@get("/layout/export", signed_in=True, no_store=OWN)
async def export(ctx: Context) -> LayoutPack:
    """The layout on all pages as JSON, for `import`."""
    return packed(await seen(call_of(ctx)))


@post("/layout/import", signed_in=True, status=200)
async def import_layout(ctx: Context, sent: LayoutPack) -> Imported:
    """Makes the layout that of an export, as far as its plugins are here."""
    return await unpack(await own_desk(call_of(ctx)), sent)


@get("/pages", signed_in=True, no_store=OWN)
async def pages(ctx: Context) -> list[TabOut]:
    """The pages of the person's layout, from left to right."""
    return tabs_out(await seen(call_of(ctx)))


@post("/pages", signed_in=True)
async def open_page(ctx: Context, sent: TabIn) -> list[TabOut]:
    """Adds a page; answers all of them, here and below."""
    desk = await own_desk(call_of(ctx))
    await tabs.open_page(desk, sent.title)
    return tabs_out(await desk.seen())


@put("/pages", signed_in=True)
async def order_pages(ctx: Context, sent: TabOrder) -> list[TabOut]:
    """Puts the pages into another order."""
    desk = await own_desk(call_of(ctx))
    await tabs.order_pages(desk, sent.pages)
    return tabs_out(await desk.seen())


@put("/pages/{page}", signed_in=True)
async def name_page(ctx: Context, page: UUID, sent: TabIn) -> list[TabOut]:
    """Renames a page."""
    desk = await own_desk(call_of(ctx))
    await tabs.name_page(desk, page, sent.title)
    return tabs_out(await desk.seen())


@delete("/pages/{page}", signed_in=True)
async def close_page(ctx: Context, page: UUID) -> list[TabOut]:
    """Removes a page with what is on it."""
    desk = await own_desk(call_of(ctx))
    await tabs.close_page(desk, page)
    return tabs_out(await desk.seen())


LAYOUT: Final[list[Route]] = [
    layout,
    change_layout,
    reset_layout,
    history,
    restore,
    undo,
    export,
    import_layout,
    pages,
    open_page,
    order_pages,
    name_page,
    close_page,
]


def portal_routes(portal: Portal) -> list[Route]:
    """All routes; those on portlets' data need the loader."""

    @get("/data/{portlet_type}", signed_in=True, no_store="the portlet's own cache keeps it")
    async def data(ctx: Context, portlet_type: str, placement: UUID | None = None) -> PortletData:
        return await portal.data(call_of(ctx), portlet_type, placement)

    @post("/preview", signed_in=True, status=200)
    async def preview(ctx: Context, sent: PreviewIn) -> PreviewOut:
        return await portal.preview(call_of(ctx), sent)

    return [*LAYOUT, data, preview]
