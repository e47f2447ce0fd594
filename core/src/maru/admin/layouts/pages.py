"""`/admin/layouts`: the portal page of everybody and of each role, worked on in its place."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from maru.access.permissions import LAYOUT_MANAGE
from maru.admin.layouts import service, upkeep
from maru.admin.layouts.schemas import (
    AsPersonView,
    Cleared,
    DamagedView,
    LayerView,
    LayoutsView,
    PackForm,
    WhoForm,
)
from maru.admin.service import call_of
from maru.portal import keeping
from maru.portal.desks import scope_desk
from maru.portal.packs import read_pack, unpack
from maru.portal.routes import history_out
from maru.portal.schemas import HOME
from maru.portal.service import Portal
from maru_sdk import Context, Model, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE = "/admin/layouts"


class Nothing(Model):
    """A form without fields."""


@page("/layouts", title="Portal pages", needs=LAYOUT_MANAGE, template="maru/admin/layouts.html")
async def layouts(ctx: Context) -> LayoutsView:
    """The layers there are, whom each reaches, and what nobody sees."""
    return LayoutsView(
        layers=await service.layers(ctx),
        orphans=await upkeep.orphans(ctx),
        who_schema=WhoForm.model_json_schema(),
    )


@page(
    "/layouts/damaged",
    title="Portal pages",
    needs=LAYOUT_MANAGE,
    template="maru/admin/layouts_damaged.html",
)
async def damaged(ctx: Context) -> DamagedView:
    """Which layouts can't be read: each is looked at, so only when somebody asks."""
    return DamagedView(damaged=await upkeep.damaged(ctx))


@action("/layouts/orphans/clear", needs=LAYOUT_MANAGE, again=layouts)
async def clear_all(ctx: Context, form: Nothing) -> Redirect:
    """Takes everything without a plugin out of every layout."""
    return _cleared(ctx, await upkeep.clear(ctx))


@action("/layouts/orphans/{portlet_type}/clear", needs=LAYOUT_MANAGE, again=layouts)
async def clear_one(ctx: Context, portlet_type: str, form: Nothing) -> Redirect:
    """The same of one portlet type."""
    return _cleared(ctx, await upkeep.clear(ctx, portlet_type))


def _cleared(ctx: Context, done: Cleared) -> Redirect:
    said = call_of(ctx).t("Taken out of {count} layouts.", count=done.layers)
    return Redirect(to=HERE, message=said)


@action("/layouts/as", needs=LAYOUT_MANAGE, again=layouts)
async def look_as(ctx: Context, form: WhoForm) -> Redirect:
    """Leads to the portal as somebody sees it."""
    person = await service.person_named(ctx, form.username)
    return Redirect(to=f"{HERE}/as/{person}")


@action("/layouts/{scope}/publish", needs=LAYOUT_MANAGE, again=layouts)
async def publish(ctx: Context, scope: str, form: Nothing) -> Redirect:
    """Publishes the draft."""
    done = await service.publish(ctx, scope)
    said = call_of(ctx).t("Published. It reaches {count} people.", count=done.people)
    return Redirect(to=f"{HERE}/{scope}", message=said)


@action("/layouts/{scope}/discard", needs=LAYOUT_MANAGE, again=layouts)
async def discard(ctx: Context, scope: str, form: Nothing) -> Redirect:
    """Forgets the draft."""
    await keeping.discard(await scope_desk(call_of(ctx), scope))
    return Redirect(to=f"{HERE}/{scope}", message=call_of(ctx).t("The draft was discarded."))


@action("/layouts/{scope}/history/{number}", needs=LAYOUT_MANAGE, again=layouts)
async def restore(ctx: Context, scope: str, number: int, form: Nothing) -> Redirect:
    """Goes back to what was published once."""
    await service.restore(ctx, scope, number)
    return Redirect(to=f"{HERE}/{scope}", message=call_of(ctx).t("The page is as it was then."))


@action("/layouts/{scope}/import", needs=LAYOUT_MANAGE, again=layouts)
async def import_pack(ctx: Context, scope: str, form: PackForm) -> Redirect:
    """Makes the draft that of an export."""
    told = await unpack(await scope_desk(call_of(ctx), scope), read_pack(form.pack))
    said = call_of(ctx).t("{count} portlets were taken over.", count=told.portlets)
    if told.left_out:
        names = ", ".join(told.left_out)
        said += " " + call_of(ctx).t("These aren't here: {names}", names=names)
    return Redirect(to=f"{HERE}/{scope}", message=said)


def layout_pages(portal: Portal) -> Sequence[PageDeclaration | ActionDeclaration]:
    """All pages; those that show portlets need the loader."""

    @page(
        "/layouts/{scope}",
        title="Portal pages",
        needs=LAYOUT_MANAGE,
        template="maru/admin/layout.html",
    )
    async def layout(ctx: Context, scope: str, page: UUID = HOME) -> LayerView:
        desk = await scope_desk(call_of(ctx), scope)
        layer = await desk.layer()
        below, found = desk.without(layer), desk.with_layer(layer)
        view = await portal.shown_as(desk.call, found, page, f"{HERE}/{scope}", below)
        return LayerView(
            layer=await service.one_layer(ctx, scope),
            view=view,
            revisions=await history_out(desk),
            pack_schema=PackForm.model_json_schema(),
        )

    @page(
        "/layouts/as/{person}",
        title="Portal pages",
        needs=LAYOUT_MANAGE,
        template="maru/admin/layout_as.html",
    )
    async def as_person(ctx: Context, person: UUID, page: UUID = HOME) -> AsPersonView:
        call, found = await service.as_person(ctx, person)
        view = await portal.shown_as(call, found, page, f"{HERE}/as/{person}")
        assert call.user is not None
        return AsPersonView(name=call.user.name, view=view)

    return [*PAGES, layout, as_person]


PAGES: Final = (
    *(layouts, damaged, clear_all, clear_one, look_as),
    *(publish, discard, restore, import_pack),
)
