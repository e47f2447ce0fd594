"""The portal as a plugin of core: its routes, its page and core's own portlet."""

from typing import cast
from uuid import UUID

from maru.plugins.context import Call, PluginContext
from maru.portal.portlets import organization
from maru.portal.schemas import LayoutIn, LayoutOut, PortletData
from maru.portal.service import Frame, Portal, PortalView
from maru.web.drawn import Fragment
from maru_sdk import Context, Model, Plugin, get, page, put
from maru_sdk.declarations import PageDeclaration, Route


class FrameView(Model):
    """One frame as a fragment."""

    portlet: Frame


def portal_plugin(portal: Portal) -> Plugin:
    """The core plugin `portal`: `/api/v1/portal/…`, `/` and the parts that a page fetches."""
    return Plugin(
        title="Portal",
        icon="layout-grid",
        routes=_routes(portal),
        pages=_pages(portal),
        portlets=[organization],
    )


def _routes(portal: Portal) -> list[Route]:
    @get("/layout", signed_in=True, no_store="a person's own, read in one round trip")
    async def layout(ctx: Context) -> LayoutOut:
        return await portal.layout(_call(ctx))

    @put("/layout", signed_in=True)
    async def change_layout(ctx: Context, sent: LayoutIn) -> LayoutOut:
        return await portal.change(_call(ctx), sent)

    @get("/data/{portlet_type}", signed_in=True, no_store="the portlet's own cache keeps it")
    async def data(ctx: Context, portlet_type: str, placement: UUID | None = None) -> PortletData:
        return await portal.data(_call(ctx), portlet_type, placement)

    return [layout, change_layout, data]


def _pages(portal: Portal) -> list[PageDeclaration]:
    @page("/", title="Portal", signed_in=True, template="maru/portal.html")
    async def home(ctx: Context) -> PortalView:
        return await portal.page(_call(ctx))

    @page("/portlet/{placement}", title="Portlet", signed_in=True, template="maru/portlet.html")
    async def frame(ctx: Context, placement: UUID) -> FrameView:
        return FrameView(portlet=await portal.frame(_call(ctx), placement))

    @page("/fragment/{portlet_type}", title="Portlet", signed_in=True, template="maru/portlet.html")
    async def fragment(ctx: Context, portlet_type: str, config: str = "") -> Fragment:
        return await portal.fragment(_call(ctx), portlet_type, config)

    return [home, frame, fragment]


def _call(ctx: Context) -> Call:
    return cast("PluginContext", ctx).call
