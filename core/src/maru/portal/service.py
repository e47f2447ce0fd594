"""What the portal answers: the layout, one portlet's data, the whole page."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from maru.plugins.context import Call
from maru.portal import layouts
from maru.portal.errors import PortletUnknown
from maru.portal.layout import version
from maru.portal.loading import BUDGET, DEADLINE, Loaded, Loader
from maru.portal.schemas import LayoutIn, LayoutOut, Placed, PortletData
from maru_sdk import Model
from maru_sdk.declarations import Portlet


class Frame(Model):
    """One portlet as the page draws it; `html` is the portlet's own, already escaped where
    needed."""

    id: UUID
    type: str
    title: str
    icon: str
    x: int
    y: int
    w: int
    h: int
    min_w: int
    min_h: int
    state: str
    html: str
    reason: str
    age_seconds: int
    url: str
    link: str = ""
    is_locked: bool


class Offer(Model):
    """A portlet type that the person may add."""

    portlet_type: str
    title: str
    icon: str
    w: int
    h: int


class PortalView(Model):
    """Everything that the page needs."""

    version: str
    portlets: list[Frame]
    gallery: list[Offer]


class Portal:
    """The portal's rules over layouts and loading."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    async def layout(self, call: Call) -> LayoutOut:
        """The signed-in person's layout with its version."""
        return _out(await layouts.seen(call))

    async def change(self, call: Call, sent: LayoutIn) -> LayoutOut:
        """Stores a layout; answers it as it will be seen."""
        return _out(await layouts.change(call, sent))

    async def data(self, call: Call, portlet_type: str, placement: UUID | None) -> PortletData:
        """One portlet's data, waited for up to its deadline."""
        portlet = _usable(call, portlet_type)
        config: dict[str, Any] = {}
        if placement is not None:
            config = _placed(await layouts.seen(call), placement, portlet_type).config
        loaded = await self._loader.load(call, portlet, config, DEADLINE)
        return PortletData(
            type=portlet_type,
            title=call.translate(portlet.title, portlet),
            state=loaded.state,
            age_seconds=loaded.age_seconds,
            content=loaded.content,
            reason=loaded.reason or None,
        )

    async def frame(self, call: Call, placement: UUID) -> Frame:
        """One portlet's frame, waited for up to its deadline: what a late one asks for."""
        box = _placed(await layouts.seen(call), placement)
        return (await self._frames(call, [box], DEADLINE))[0]

    async def page(self, call: Call) -> PortalView:
        """The whole page, waited for up to its budget; only placed, visible, allowed portlets
        load."""
        boxes = await layouts.seen(call)
        frames = await self._frames(call, [box for box in boxes if box.is_visible], BUDGET)
        gallery = [
            Offer(
                portlet_type=name,
                title=call.translate(portlet.title, portlet),
                icon=portlet.icon,
                w=portlet.size[0],
                h=portlet.size[1],
            )
            for name, portlet in layouts.usable(call).items()
        ]
        return PortalView(version=version(boxes), portlets=frames, gallery=gallery)

    async def _frames(self, call: Call, boxes: Sequence[Placed], wait: float) -> list[Frame]:
        """Loads these portlets together; the page holds no connection while they do."""
        known = layouts.usable(call)
        loads = [
            self._loader.load(call, known[box.portlet_type], box.config, wait) for box in boxes
        ]
        done = await asyncio.gather(*loads)
        return [
            _frame(call, box, known[box.portlet_type], loaded)
            for box, loaded in zip(boxes, done, strict=True)
        ]


def _usable(call: Call, portlet_type: str) -> Portlet:
    try:
        return layouts.usable(call)[portlet_type]
    except KeyError:
        raise PortletUnknown from None


def _placed(boxes: Sequence[Placed], id_: UUID, portlet_type: str | None = None) -> Placed:
    for box in boxes:
        if box.id == id_ and portlet_type in {None, box.portlet_type}:
            return box
    raise PortletUnknown


def _out(boxes: list[Placed]) -> LayoutOut:
    return LayoutOut(version=version(boxes), portlets=boxes)


def _frame(call: Call, box: Placed, portlet: Portlet, loaded: Loaded) -> Frame:
    if box.id is None:
        raise PortletUnknown
    return Frame(
        id=box.id,
        type=box.portlet_type,
        title=call.translate(portlet.title, portlet),
        icon=portlet.icon,
        x=box.x,
        y=box.y,
        w=box.w,
        h=box.h,
        min_w=portlet.min_size[0],
        min_h=portlet.min_size[1],
        state=loaded.state,
        html=loaded.html,
        reason=loaded.reason,
        age_seconds=loaded.age_seconds,
        url=f"/portal/portlet/{box.id}",
        is_locked=box.is_locked,
    )
