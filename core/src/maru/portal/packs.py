"""A whole layout as JSON, to be kept, carried elsewhere and given to several tenants.

It names no ids: what stands below the layer it is put on is recognised by its type.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, ValidationError

from maru.plugins.context import Call
from maru.portal.desks import Desk, Seen
from maru.portal.errors import PackUnfit, TooManyPages
from maru.portal.keeping import discard, layer_of, locked, publish, write
from maru.portal.layers import Differences
from maru.portal.layout import Wanted, differences, fitted
from maru.portal.pack import check
from maru.portal.schemas import HOME, Lock, Placed, Tab
from maru.portal.tabs import MOST_PAGES
from maru_sdk import Model
from maru_sdk.db import uuid7


class PackedPortlet(Model):
    """One portlet of a pack."""

    portlet_type: str = Field(max_length=120)
    x: int
    y: int
    w: int
    h: int
    is_visible: bool = True
    config: dict[str, Any] = Field(default_factory=dict)
    is_locked: bool = False
    locked: list[Lock] = Field(default_factory=list)
    is_mandatory: bool = False
    mandatory_until: date | None = None


class PackedPage(Model):
    """One page of a pack; the first one is everybody's first page."""

    title: str = Field(default="", max_length=60)
    portlets: list[PackedPortlet]


class LayoutPack(Model):
    """A layout as it is exported and imported."""

    format: Literal["maru-layout-1"] = "maru-layout-1"
    pages: list[PackedPage] = Field(min_length=1, max_length=MOST_PAGES)


class Imported(Model):
    """What became of a pack: `left_out` are portlet types that aren't here, `reset` those whose
    settings don't fit here and were left to their defaults."""

    portlets: int
    pages: int
    left_out: list[str] = Field(default_factory=list)
    reset: list[str] = Field(default_factory=list)


class Applied(Imported):
    """The same where it was published at once, with how many placements came, went and changed."""

    added: int = 0
    removed: int = 0
    changed: int = 0


async def apply(desk: Desk, pack: LayoutPack) -> Applied:
    """Publishes a pack; the draft that somebody works on there gives way to it."""
    await discard(desk)
    before = {box.id: box for box in (await desk.seen()).whole.boxes}
    told = await unpack(desk, pack)
    await publish(desk)
    after = {box.id: box for box in (await desk.seen()).whole.boxes}
    stay = before.keys() & after.keys()
    return Applied(
        **told.model_dump(),
        added=len(after) - len(stay),
        removed=len(before) - len(stay),
        changed=sum(_place(before[id_]) != _place(after[id_]) for id_ in stay),
    )


def _place(box: Placed) -> Placed:
    return box.model_copy(update={"is_new": False})


def packed(seen: Seen) -> LayoutPack:
    """The layout as a pack, the first page first."""
    tabs = sorted(seen.whole.tabs, key=lambda tab: tab.id != HOME)
    names = set(PackedPortlet.model_fields)
    return LayoutPack(
        pages=[
            PackedPage(
                title=tab.title,
                portlets=[
                    PackedPortlet(**box.model_dump(include=names)) for box in seen.whole.on(tab.id)
                ],
            )
            for tab in tabs
        ]
    )


async def unpack(desk: Desk, pack: LayoutPack) -> Imported:
    """Makes the layer show what the pack says, as far as its plugins are here; what is locked
    below stays. The layer as it was can be gone back to."""
    row = await locked(desk)
    if len(pack.pages) > MOST_PAGES:
        raise TooManyPages(problem="too many pages", most=MOST_PAGES)
    for page in pack.pages:
        check([Placed(**one.model_dump()) for one in page.portlets])
    fresh = Differences()
    below = desk.without(fresh)
    known = {name for name, kind in below.rules.kinds.items() if kind.is_on and kind.is_usable}
    told = Imported(portlets=0, pages=len(pack.pages))
    waiting: defaultdict[str, list[UUID]] = defaultdict(list)
    for box in below.whole.boxes:
        waiting[box.portlet_type].append(box.id or HOME)
    layer, tabs = _tabs(fresh, pack)
    for tab, page in zip(tabs, pack.pages, strict=True):
        boxes = [
            _box(desk.call, one, waiting, told)
            for one in page.portlets
            if one.portlet_type in known or _left_out(told, one.portlet_type)
        ]
        there = frozenset(b.id for b in below.whole.on(tab) if b.id)
        wanted = Wanted(tab, fitted(boxes, below.rules), there)
        layer = differences(below.whole, wanted, layer, below.rules, may_lock=desk.may_lock)
    met = sorted({*(layer.met or ()), *(layer_of(row).met or ())})
    await write(desk, row, layer.model_copy(update={"met": met}))
    return told


def _tabs(layer: Differences, pack: LayoutPack) -> tuple[Differences, Sequence[UUID]]:
    tabs = [Tab(id=uuid7(), title=page.title, rank=i) for i, page in enumerate(pack.pages[1:], 1)]
    return layer.model_copy(update={"pages": tabs}), [HOME, *(tab.id for tab in tabs)]


def _left_out(told: Imported, name: str) -> bool:
    if name not in told.left_out:
        told.left_out.append(name)
    return False


def _box(
    call: Call, one: PackedPortlet, waiting: defaultdict[str, list[UUID]], told: Imported
) -> Placed:
    there = waiting[one.portlet_type]
    told.portlets += 1
    box = Placed(**one.model_dump(), id=there.pop(0) if there else uuid7())
    if not _fits(call, box):
        told.reset.append(one.portlet_type)
        box.config = {}
    return box


def _fits(call: Call, box: Placed) -> bool:
    for _, portlet in call.services.host.declared("portlets"):
        if portlet.name == box.portlet_type:
            try:
                (portlet.config or Model).model_validate(box.config)
            except ValidationError:
                return False
    return True


def read_pack(text: str) -> LayoutPack:
    """A pack from its JSON; raises PackUnfit."""
    try:
        return LayoutPack.model_validate_json(text)
    except ValidationError:
        raise PackUnfit from None
