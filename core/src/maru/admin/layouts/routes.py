"""`/api/v1/admin/layouts`: the layers of the tenant (`tenant`) and of roles (their ids).

What is changed is a draft until it is published.
"""

from typing import Final
from uuid import UUID

from maru.access.permissions import LAYOUT_MANAGE
from maru.admin.layouts import service, upkeep
from maru.admin.layouts.queries import Orphan, Reached
from maru.admin.layouts.schemas import Cleared, Damaged, LayerOut, Published
from maru.admin.service import call_of
from maru.portal import keeping, tabs
from maru.portal.desks import Desk, scope_desk
from maru.portal.layouts import change
from maru.portal.packs import Imported, LayoutPack, packed, unpack
from maru.portal.routes import history_out, layout_out, tabs_out
from maru.portal.schemas import (
    HOME,
    LayoutIn,
    LayoutOut,
    RevisionOut,
    TabIn,
    TabOrder,
    TabOut,
)
from maru_sdk import Context, delete, get, post, put
from maru_sdk.declarations import Route

NOW: Final = "who changes a layout starts from what is there"


async def _desk(ctx: Context, scope: str) -> Desk:
    return await scope_desk(call_of(ctx), scope)


@get("/layouts", needs=LAYOUT_MANAGE, no_store=NOW)
async def layouts(ctx: Context) -> list[LayerOut]:
    """The layers that there can be: the tenant's and one for each role."""
    return await service.layers(ctx)


@get("/layouts/orphans", needs=LAYOUT_MANAGE, no_store=NOW)
async def orphans(ctx: Context) -> list[Orphan]:
    """Portlets that layouts name and nobody sees, since their plugin is off or gone."""
    return await upkeep.orphans(ctx)


@delete("/layouts/orphans", needs=LAYOUT_MANAGE)
async def clear_orphans(ctx: Context, portlet_type: str | None = None) -> Cleared:
    """Takes them out of every layout, all or those of one type; whose layout it is can go back."""
    return await upkeep.clear(ctx, portlet_type)


@get("/layouts/damaged", needs=LAYOUT_MANAGE, no_store=NOW)
async def damaged(ctx: Context) -> list[Damaged]:
    """Layers that can't be read: what is below them is seen instead, and nothing writes over
    them."""
    return await upkeep.damaged(ctx)


@get("/layouts/{scope}", needs=LAYOUT_MANAGE, no_store=NOW)
async def layout(
    ctx: Context, scope: str, page: UUID = HOME, *, orphans: bool = False
) -> LayoutOut:
    """A page as it is being worked on."""
    return layout_out(await (await _desk(ctx, scope)).seen(), page, orphans=orphans)


@put("/layouts/{scope}", needs=LAYOUT_MANAGE)
async def change_layout(
    ctx: Context, scope: str, sent: LayoutIn, page: UUID = HOME, *, orphans: bool = False
) -> LayoutOut:
    """Changes the draft of a page, locks included."""
    found = await change(await _desk(ctx, scope), sent, page, orphans=orphans)
    return layout_out(found, page, orphans=orphans)


@get("/layouts/{scope}/reach", needs=LAYOUT_MANAGE, no_store=NOW)
async def reach(ctx: Context, scope: str) -> Reached:
    """How many people a change of this layer reaches."""
    return await service.reach(ctx, await _desk(ctx, scope))


@post("/layouts/{scope}/publish", needs=LAYOUT_MANAGE, status=200)
async def publish(ctx: Context, scope: str) -> Published:
    """Makes the draft what everybody sees; answers whom it reached."""
    return await service.publish(ctx, scope)


@post("/layouts/{scope}/discard", needs=LAYOUT_MANAGE, status=200)
async def discard(ctx: Context, scope: str) -> LayoutOut:
    """Forgets the draft."""
    desk = await _desk(ctx, scope)
    await keeping.discard(desk)
    return layout_out(await desk.seen(), HOME, orphans=False)


@get("/layouts/{scope}/history", needs=LAYOUT_MANAGE, no_store=NOW)
async def history(ctx: Context, scope: str) -> list[RevisionOut]:
    """What was published, the newest first."""
    return await history_out(await _desk(ctx, scope))


@post("/layouts/{scope}/history/{number}/restore", needs=LAYOUT_MANAGE, status=200)
async def restore(ctx: Context, scope: str, number: int) -> list[RevisionOut]:
    """Goes back to what was published once, for everybody and at once."""
    return await service.restore(ctx, scope, number)


@post("/layouts/{scope}/undo", needs=LAYOUT_MANAGE, status=200)
async def undo(ctx: Context, scope: str) -> list[RevisionOut]:
    """Takes back the draft, or where there is none what was published last."""
    return await service.undo(ctx, scope)


@get("/layouts/{scope}/export", needs=LAYOUT_MANAGE, no_store=NOW)
async def export_layout(ctx: Context, scope: str) -> LayoutPack:
    """The layout as JSON, for `import` here and elsewhere."""
    return packed(await (await _desk(ctx, scope)).seen())


@post("/layouts/{scope}/import", needs=LAYOUT_MANAGE, status=200)
async def import_layout(ctx: Context, scope: str, sent: LayoutPack) -> Imported:
    """Makes the draft that of an export, as far as its plugins are here."""
    return await unpack(await _desk(ctx, scope), sent)


@get("/layouts/{scope}/pages", needs=LAYOUT_MANAGE, no_store=NOW)
async def pages(ctx: Context, scope: str) -> list[TabOut]:
    """The pages, from left to right."""
    return tabs_out(await (await _desk(ctx, scope)).seen())


@post("/layouts/{scope}/pages", needs=LAYOUT_MANAGE)
async def open_page(ctx: Context, scope: str, sent: TabIn) -> list[TabOut]:
    """Adds a page to the draft; answers all of them, here and below."""
    desk = await _desk(ctx, scope)
    await tabs.open_page(desk, sent.title)
    return tabs_out(await desk.seen())


@put("/layouts/{scope}/pages", needs=LAYOUT_MANAGE)
async def order_pages(ctx: Context, scope: str, sent: TabOrder) -> list[TabOut]:
    """Puts the pages into another order."""
    desk = await _desk(ctx, scope)
    await tabs.order_pages(desk, sent.pages)
    return tabs_out(await desk.seen())


@put("/layouts/{scope}/pages/{page}", needs=LAYOUT_MANAGE)
async def name_page(ctx: Context, scope: str, page: UUID, sent: TabIn) -> list[TabOut]:
    """Renames a page."""
    desk = await _desk(ctx, scope)
    await tabs.name_page(desk, page, sent.title)
    return tabs_out(await desk.seen())


@delete("/layouts/{scope}/pages/{page}", needs=LAYOUT_MANAGE)
async def close_page(ctx: Context, scope: str, page: UUID) -> list[TabOut]:
    """Removes a page with what is on it."""
    desk = await _desk(ctx, scope)
    await tabs.close_page(desk, page)
    return tabs_out(await desk.seen())


ROUTES: Final[list[Route]] = [
    layouts,
    orphans,
    clear_orphans,
    damaged,
    layout,
    change_layout,
    reach,
    publish,
    discard,
    history,
    restore,
    undo,
    export_layout,
    import_layout,
    pages,
    open_page,
    order_pages,
    name_page,
    close_page,
]
