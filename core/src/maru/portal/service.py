"""What the portal answers: one portlet's data, its preview, the whole page."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final
from uuid import UUID

from pydantic import Field, ValidationError

from maru.access.permissions import LAYOUT_MANAGE
from maru.cache.recent import Recent
from maru.plugins.context import Call
from maru.portal.desks import Seen, seen
from maru.portal.errors import PortletUnknown
from maru.portal.frames import (
    Frame,
    Offer,
    address,
    config_in_force,
    frame,
    free,
    gone,
    has_links,
    offer,
    parts_of,
)
from maru.portal.kinds import usable
from maru.portal.layers import is_held
from maru.portal.loading import BUDGET, DEADLINE, Loaded, Loader, version_of
from maru.portal.models import OwnerKind
from maru.portal.schemas import HOME, Placed, PortletData, PreviewIn, PreviewOut
from maru.web.drawn import Composed, Fragment, Unchanging, seam
from maru.web.submitted import FormRefused, bind
from maru_sdk import InvalidInput, Model
from maru_sdk.declarations import Portlet

VIEWS = 500
PRIVATE: Final = "private"
_Shown = tuple[object, ...]
Frames = dict[UUID | None, Frame]


class TabLink(Model):
    """One of the pages as a tab; the title is empty where nobody has given the first one any."""

    id: UUID
    title: str
    url: str
    active: bool


class PortalView(Unchanging):
    """Everything that the page needs."""

    version: str
    page: UUID
    tabs: list[TabLink]
    portlets: list[Frame]
    gallery: list[Offer]
    safe: bool = False
    news: int = 0
    damaged: list[OwnerKind] = Field(default_factory=list)


class Portal:
    """The portal's rules over layouts and loading."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._pages: Recent[_Shown, tuple[Sequence[Loaded], Composed]] = Recent(VIEWS)
        self._views: Recent[_Shown, PortalView] = Recent(VIEWS)

    async def data(self, call: Call, portlet_type: str, placement: UUID | None) -> PortletData:
        """One portlet's data, waited for up to its deadline."""
        portlet = _usable(call, portlet_type)
        config: dict[str, Any] = {}
        if placement is not None:
            boxes = (await seen(call)).whole.boxes
            config = _placed(boxes, placement, portlet_type).config
        loaded = await self._load(call, portlet, config, DEADLINE)
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
        box = _placed((await seen(call)).whole.boxes, placement)
        portlet = _usable(call, box.portlet_type)
        return frame(call, box, portlet, await self._load(call, portlet, box.config, DEADLINE))

    async def fragment(self, call: Call, portlet_type: str, config: str) -> Fragment:
        """One portlet's content as open pages fetch it again; from what is kept where it can be."""
        portlet = _usable(call, portlet_type)
        asked = _config(portlet, config)
        loaded = await self._loader.load(call, portlet, asked, DEADLINE)
        if loaded.state == "ok":
            return Fragment(html=loaded.html, version=loaded.version, made_at=loaded.made_at)
        if loaded.state != "failed":
            return Fragment(html="", version="")
        html = _failed(call, loaded, address(portlet_type, asked))
        return Fragment(html=html, version=version_of(html))

    async def preview(self, call: Call, sent: PreviewIn) -> PreviewOut:
        """What a portlet would show with the settings of a form."""
        portlet = _usable(call, sent.portlet_type)
        if not sent.fields:  # its defaults, which a form of nothing but unticked boxes is not
            loaded = await self._load(call, portlet, {}, DEADLINE)
            return _previewed(call, {}, loaded)
        try:
            made = bind(portlet.config or Model, list(sent.fields), call.locale, whole=True)
        except FormRefused as refused:
            form = refused.form
            return PreviewOut(errors=dict(form.errors), fault=form.fault, state="failed")
        config = made.model_dump(mode="json", exclude_defaults=True)
        loaded = await self._load(call, portlet, config, DEADLINE)
        return _previewed(call, config, loaded)

    async def page(self, call: Call, page: UUID = HOME, *, safe: bool = False) -> Unchanging:
        """The whole page, waited for up to its budget; only placed, visible, allowed portlets
        load. While nothing has changed it is the same object."""
        found, known = await seen(call), usable(call)
        boxes = [box for box in found.on(page, orphans=True) if box.is_visible]
        if safe:
            boxes = [box for box in boxes if _is_core(call, box)]
        asked = [box for box in boxes if box.portlet_type in known]
        loaded = await self._loaded(call, asked, known)
        if any(one.state != "ok" for one in loaded):
            return _view(call, found, page, boxes, _frames(call, asked, known, loaded), safe=safe)
        version, tabs = found.version(page), tuple(found.whole.tabs)
        key = (call.tenant.id, call.locale, page, safe, version, str(tabs), tuple(known))
        around = (*key, found.rules.today, *_damaged(call, found), tuple(map(has_links, loaded)))
        # The values are held as long as the key, so their ids are nobody else's.
        shown = (*around, tuple(map(id, loaded)))
        kept = self._pages.get(shown)
        if kept is None:
            view = self._views.get(around)
            if view is None:
                frames = _seamed(_frames(call, asked, known, loaded))
                view = self._views.put(around, _view(call, found, page, boxes, frames, safe=safe))
            parts = tuple(part for one in loaded for part in parts_of(one))
            kept = self._pages.put(shown, (loaded, Composed(view=view, parts=parts)))
        return kept[1]

    async def shown_as(
        self, call: Call, found: Seen, page: UUID, here: str, below: Seen | None = None
    ) -> PortalView:
        """A layout as somebody else sees it, at another address: with what portlets show to all
        of the tenant, and without what they show to one person. For whoever works on the layer
        over `below`, only what is locked there is."""
        every = {one.name: one for _, one in call.services.host.declared("portlets")}
        boxes = [box for box in found.on(page, orphans=True) if box.is_visible]
        there = [box for box in boxes if not found.rules.is_gone(box)]
        boxed = {box.id: box for box in boxes}
        open_to = {n: one for n, one in usable(call).items() if one.audience == "tenant"}
        asked = [box for box in there if box.portlet_type in open_to]
        frames = _frames(call, asked, open_to, await self._loaded(call, asked, open_to))
        for box in there:
            if box.id not in frames:
                frames[box.id] = frame(call, box, every[box.portlet_type], Loaded(PRIVATE))
        view = _view(call, found, page, boxes, frames, safe=False)
        for one in view.portlets:
            if not found.rules.is_gone(boxed[one.id]):
                one.url = address(
                    one.type, config_in_force(every[one.type], boxed[one.id].config) or {}
                )
        if below is not None:
            free(view.portlets, below)
        for tab in view.tabs:
            tab.url = here if tab.id == HOME else f"{here}?page={tab.id}"
        return view

    async def _load(
        self, call: Call, portlet: Portlet, config: dict[str, Any], wait: float
    ) -> Loaded:
        """Loads a placement; settings that no longer fit give way to the defaults."""
        given = config_in_force(portlet, config)
        if given is None:
            return Loaded("failed", reason=call.t("This portlet needs to be set up again"))
        return await self._loader.load(call, portlet, given, wait)

    async def _loaded(
        self, call: Call, boxes: Sequence[Placed], known: Mapping[str, Portlet]
    ) -> list[Loaded]:
        """Loads these portlets together; the page holds no connection while they do."""
        asked = [(known[box.portlet_type], box.config) for box in boxes]
        found = [self._kept(call, *one) for one in asked]
        missing = [
            self._load(call, *one, BUDGET)
            for one, kept in zip(asked, found, strict=True)
            if kept is None
        ]
        made = iter(await asyncio.gather(*missing) if missing else ())
        return [next(made) if kept is None else kept for kept in found]

    def _kept(self, call: Call, portlet: Portlet, config: dict[str, Any]) -> Loaded | None:
        given = config_in_force(portlet, config)
        return None if given is None else self._loader.kept(call, portlet, given)


def _frames(
    call: Call,
    boxes: Sequence[Placed],
    known: Mapping[str, Portlet],
    loaded: Sequence[Loaded],
) -> Frames:
    return {
        box.id: frame(call, box, known[box.portlet_type], one)
        for box, one in zip(boxes, loaded, strict=True)
    }


def _seamed(frames: Frames) -> Frames:
    """The same frames without what their portlets show: seams in the order of `parts_of`."""
    numbers = map(seam, count())
    for one in frames.values():
        one.html, one.version, one.made = next(numbers), next(numbers), next(numbers)
    return frames


def _view(
    call: Call,
    found: Seen,
    page: UUID,
    boxes: Sequence[Placed],
    frames: Mapping[UUID | None, Frame],
    *,
    safe: bool,
) -> PortalView:
    for box in boxes:
        if box.id in frames:
            frames[box.id].is_held = is_held(box, found.rules.today)
    known = usable(call)
    return PortalView(
        version=found.version(page),
        page=page,
        tabs=[_tab(tab.id, tab.title, page) for tab in found.whole.tabs],
        portlets=[frames.get(box.id) or gone(call, box) for box in boxes],
        gallery=[offer(call, name, portlet) for name, portlet in known.items()],
        safe=safe,
        news=sum(box.is_new for box in boxes),
        damaged=_damaged(call, found),
    )


def _damaged(call: Call, found: Seen) -> list[OwnerKind]:
    """The layers that can't be read, of which whoever asks can do something about."""
    manages = call.granted.can(LAYOUT_MANAGE.name)
    return [kind for kind in found.damaged if kind == "person" or manages]


def _tab(id_: UUID, title: str, page: UUID) -> TabLink:
    url = "/" if id_ == HOME else f"/?page={id_}"
    return TabLink(id=id_, title=title, url=url, active=id_ == page)


def _is_core(call: Call, box: Placed) -> bool:
    """Whether a portlet is core's own: these are what `?safe=1` shows."""
    return any(
        installed.core and portlet.name == box.portlet_type
        for installed, portlet in call.services.host.declared("portlets")
    )


def _usable(call: Call, portlet_type: str) -> Portlet:
    try:
        return usable(call)[portlet_type]
    except KeyError:
        raise PortletUnknown from None


def _placed(boxes: Sequence[Placed], id_: UUID, portlet_type: str | None = None) -> Placed:
    for box in boxes:
        if box.id == id_ and portlet_type in {None, box.portlet_type}:
            return box
    raise PortletUnknown


def _previewed(call: Call, config: dict[str, Any], loaded: Loaded) -> PreviewOut:
    html = _failed(call, loaded, "") if loaded.state == "failed" else loaded.html
    html = html.replace(call.services.renderer.mark, "")
    return PreviewOut(config=config, state=loaded.state, html=html)


def _failed(call: Call, loaded: Loaded, url: str) -> str:
    given = {"portlet": {"state": "failed", "reason": loaded.reason, "url": url}}
    return call.services.renderer.render("maru/portlet.html", given, locale=call.locale)


def _config(portlet: Portlet, text: str) -> dict[str, Any]:
    """The settings of a fragment's address; raises InvalidInput where they aren't the portlet's."""
    try:
        given = (portlet.config or Model).model_validate_json(text or "{}")
    except ValidationError:
        raise InvalidInput from None
    return given.model_dump(mode="json", exclude_unset=True)
