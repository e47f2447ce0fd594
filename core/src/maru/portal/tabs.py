"""The pages of a layout: opened, named, put in order, closed."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from maru.portal.desks import Desk
from maru.portal.errors import PageHeld, PageUnknown, TooManyPages
from maru.portal.keeping import layer_of, locked, write
from maru.portal.layers import Differences, TabChange, is_held
from maru.portal.schemas import HOME, Tab
from maru_sdk.db import uuid7

MOST_PAGES: Final = 12


async def open_page(desk: Desk, title: str) -> Tab:
    """A new, empty page behind all others."""
    row = await locked(desk)
    layer = layer_of(row)
    tabs = desk.with_layer(layer).whole.tabs
    if len(tabs) >= MOST_PAGES:
        raise TooManyPages(problem="too many pages", most=MOST_PAGES)
    tab = Tab(id=uuid7(), title=title, rank=max(one.rank for one in tabs) + 1)
    await write(desk, row, layer.model_copy(update={"pages": [*layer.pages, tab]}))
    return tab


async def name_page(desk: Desk, page: UUID, title: str) -> None:
    """Another title for a page."""
    row = await locked(desk)
    layer = layer_of(row)
    _known(desk.with_layer(layer).whole.tabs, page)
    await write(desk, row, _changed(layer, page, TabChange(title=title)))


async def order_pages(desk: Desk, pages: Sequence[UUID]) -> None:
    """Puts all pages into this order."""
    row = await locked(desk)
    layer = layer_of(row)
    tabs = desk.with_layer(layer).whole.tabs
    if sorted(pages) != sorted(tab.id for tab in tabs):
        raise PageUnknown
    for rank, page in enumerate(pages):
        layer = _changed(layer, page, TabChange(rank=rank))
    await write(desk, row, layer)


async def close_page(desk: Desk, page: UUID) -> None:
    """Takes a page away with all that is on it; what was on it before can be gone back to."""
    row = await locked(desk)
    layer = layer_of(row)
    now, below = desk.with_layer(layer).whole, desk.without(layer).whole
    _known(now.tabs, page)
    held = {box.id for box in below.boxes if is_held(box, desk.today)}
    there = {box.id for box in (*now.boxes, *now.unseen) if box.page == page}
    if page == HOME or there & held:
        raise PageHeld(problem="held")
    own = {box.id for box in layer.added}
    away = [id_ for id_ in there if id_ is not None and id_ not in own]
    update = {
        "pages": [tab for tab in layer.pages if tab.id != page],
        "tabs": {id_: one for id_, one in layer.tabs.items() if id_ != page},
        "added": [box for box in layer.added if box.id not in there],
        "removed": [*layer.removed, *sorted(away)],
        "closed": [*layer.closed, *([page] if any(t.id == page for t in below.tabs) else [])],
    }
    await write(desk, row, layer.model_copy(update=update))


def _known(tabs: Sequence[Tab], page: UUID) -> None:
    if all(tab.id != page for tab in tabs):
        raise PageUnknown


def _changed(layer: Differences, page: UUID, change: TabChange) -> Differences:
    """The layer with this said of a page: in the page itself where it is the layer's own."""
    given = {name: getattr(change, name) for name in change.model_fields_set}
    if any(tab.id == page for tab in layer.pages):
        pages = [t.model_copy(update=given) if t.id == page else t for t in layer.pages]
        return layer.model_copy(update={"pages": pages})
    old = layer.tabs.get(page, TabChange())
    return layer.model_copy(update={"tabs": {**layer.tabs, page: old.model_copy(update=given)}})
