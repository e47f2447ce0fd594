"""What the portal answers: the layout, one portlet's data, the whole page."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson
from pydantic import ValidationError

from maru.cache.recent import Recent
from maru.plugins.context import Call
from maru.portal import layouts
from maru.portal.errors import PortletUnknown
from maru.portal.layout import version
from maru.portal.loading import BUDGET, DEADLINE, Loaded, Loader, version_of
from maru.portal.schemas import LayoutIn, LayoutOut, Placed, PortletData
from maru.web.drawn import Fragment, Unchanging
from maru_sdk import InvalidInput, Model
from maru_sdk.declarations import Portlet

VIEWS = 500
_Shown = tuple[UUID, str, str, tuple[str, ...], tuple[int, ...]]


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
    live: str = ""
    version: str = ""
    made: int = 0
    is_locked: bool


class Offer(Model):
    """A portlet type that the person may add."""

    portlet_type: str
    title: str
    icon: str
    w: int
    h: int


class PortalView(Unchanging):
    """Everything that the page needs."""

    version: str
    portlets: list[Frame]
    gallery: list[Offer]


class Portal:
    """The portal's rules over layouts and loading."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._views: Recent[_Shown, tuple[Sequence[Loaded], PortalView]] = Recent(VIEWS)

    async def layout(self, call: Call) -> LayoutOut:
        """The signed-in person's layout with its version."""
        seen = await layouts.seen(call)
        return _out(seen.version, seen.boxes)

    async def change(self, call: Call, sent: LayoutIn) -> LayoutOut:
        """Stores a layout; answers it as it will be seen."""
        boxes = await layouts.change(call, sent)
        return _out(version(boxes), boxes)

    async def data(self, call: Call, portlet_type: str, placement: UUID | None) -> PortletData:
        """One portlet's data, waited for up to its deadline."""
        portlet = _usable(call, portlet_type)
        config: dict[str, Any] = {}
        if placement is not None:
            seen = await layouts.seen(call)
            config = _placed(seen.boxes, placement, portlet_type).config
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
        box = _placed((await layouts.seen(call)).boxes, placement)
        portlet = layouts.usable(call)[box.portlet_type]
        loaded = await self._loader.load(call, portlet, box.config, DEADLINE)
        return _frame(call, box, portlet, loaded)

    async def fragment(self, call: Call, portlet_type: str, config: str) -> Fragment:
        """One portlet's content as open pages fetch it again; from what is kept where it can be."""
        portlet = _usable(call, portlet_type)
        asked = _config(portlet, config)
        loaded = await self._loader.load(call, portlet, asked, DEADLINE)
        if loaded.state == "ok":
            return Fragment(html=loaded.html, version=loaded.version, made_at=loaded.made_at)
        if loaded.state != "failed":
            return Fragment(html="", version="")
        url = _address(portlet_type, asked)
        given = {"portlet": {"state": "failed", "reason": loaded.reason, "url": url}}
        html = call.services.renderer.render("maru/portlet.html", given, locale=call.locale)
        return Fragment(html=html, version=version_of(html))

    async def page(self, call: Call) -> PortalView:
        """The whole page, waited for up to its budget; only placed, visible, allowed portlets
        load. While nothing has changed it is the same object."""
        seen, known = await layouts.seen(call), layouts.usable(call)
        boxes = [box for box in seen.boxes if box.is_visible]
        loaded = await self._loaded(call, boxes, known)
        if any(one.state != "ok" for one in loaded):
            return _view(call, seen, boxes, known, loaded)
        # The values are held as long as the key, so their ids are nobody else's.
        shown = (call.tenant.id, call.locale, seen.version, tuple(known), tuple(map(id, loaded)))
        kept = self._views.get(shown)
        if kept is None:
            kept = self._views.put(shown, (loaded, _view(call, seen, boxes, known, loaded)))
        return kept[1]

    async def _loaded(
        self, call: Call, boxes: Sequence[Placed], known: Mapping[str, Portlet]
    ) -> list[Loaded]:
        """Loads these portlets together; the page holds no connection while they do."""
        asked = [(known[box.portlet_type], box.config) for box in boxes]
        found = [self._loader.kept(call, *one) for one in asked]
        missing = [
            self._loader.load(call, *one, BUDGET)
            for one, kept in zip(asked, found, strict=True)
            if kept is None
        ]
        made = iter(await asyncio.gather(*missing) if missing else ())
        return [next(made) if kept is None else kept for kept in found]


def _view(
    call: Call,
    seen: layouts.Seen,
    boxes: Sequence[Placed],
    known: Mapping[str, Portlet],
    loaded: Sequence[Loaded],
) -> PortalView:
    frames = [
        _frame(call, box, known[box.portlet_type], one)
        for box, one in zip(boxes, loaded, strict=True)
    ]
    gallery = [_offer(call, name, portlet) for name, portlet in known.items()]
    return PortalView(version=seen.version, portlets=frames, gallery=gallery)


def _offer(call: Call, name: str, portlet: Portlet) -> Offer:
    return Offer(
        portlet_type=name,
        title=call.translate(portlet.title, portlet),
        icon=portlet.icon,
        w=portlet.size[0],
        h=portlet.size[1],
    )


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


def _out(version: str, boxes: Sequence[Placed]) -> LayoutOut:
    return LayoutOut(version=version, portlets=list(boxes))


def _address(portlet_type: str, config: Mapping[str, Any]) -> str:
    """Where the fragment is fetched again: it says all, so that answering reads no layout."""
    path = f"/portal/fragment/{portlet_type}"
    return f"{path}?config={quote(orjson.dumps(config))}" if config else path


def _config(portlet: Portlet, text: str) -> dict[str, Any]:
    """The settings of a fragment's address; raises InvalidInput where they aren't the portlet's."""
    try:
        given = (portlet.config or Model).model_validate_json(text or "{}")
    except ValidationError:
        raise InvalidInput from None
    return given.model_dump(mode="json", exclude_unset=True)


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
        live=_address(box.portlet_type, box.config) if portlet.live else "",
        version=loaded.version,
        made=int(loaded.made_at * 1000),
        is_locked=box.is_locked,
    )
