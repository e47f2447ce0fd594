"""A layout of layers: a start, and differences per field on top of it; positions come from
`pack`."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson

from maru.portal.layers import (
    LOCKS,
    PLAIN,
    Change,
    Differences,
    Merged,
    difference,
    is_held,
    is_open,
)
from maru.portal.pack import first_free, pack
from maru.portal.schemas import COLUMNS, HOME, Placed, Tab

Size = tuple[int, int]
LARGEST: Size = (COLUMNS, 24)


class Kind(NamedTuple):
    """A portlet type as one person meets it: whether its plugin is on, whether they may use it."""

    name: str
    is_on: bool = True
    is_usable: bool = True
    size: Size = (3, 2)
    least: Size = (1, 1)
    most: Size = LARGEST


@dataclass(frozen=True)
class Rules:
    """What a layout is resolved by. A type that isn't there is one of a plugin that is gone."""

    kinds: Mapping[str, Kind]
    today: date = date(2026, 1, 1)

    def is_gone(self, box: Placed) -> bool:
        """Whether its plugin is off or not there any more."""
        kind = self.kinds.get(box.portlet_type)
        return kind is None or not kind.is_on

    def is_shown(self, box: Placed) -> bool:
        """Whether it takes a place: what a person may not use takes none, what is gone does."""
        kind = self.kinds.get(box.portlet_type)
        return kind is None or not kind.is_on or kind.is_usable


@dataclass(frozen=True)
class Whole:
    """A resolved layout: its pages from left to right, its placements in reading order, and those
    that nobody may see as they stand in the layers."""

    tabs: Sequence[Tab]
    boxes: Sequence[Placed]
    unseen: Sequence[Placed] = field(default=())

    def on(self, page: UUID) -> list[Placed]:
        """What stands on a page, what is hidden there last."""
        return [box for box in self.boxes if box.page == page]


def start_id(tenant: UUID, portlet_type: str) -> UUID:
    """The id of a portlet that stands in the start: the same in every process and at every time."""
    return uuid5(tenant, f"start:{portlet_type}")


def start(tenant: UUID, portlets: Iterable[tuple[str, Size]]) -> list[Placed]:
    """The layout of a tenant that has changed nothing: each type at the first free place."""
    boxes: list[Placed] = []
    for portlet_type, (w, h) in portlets:
        id_ = start_id(tenant, portlet_type)
        box = Placed(id=id_, portlet_type=portlet_type, x=0, y=0, w=w, h=h)
        boxes.append(first_free(box, boxes))
    return boxes


def base(tenant: UUID, kinds: Iterable[Kind], layers: Sequence[Differences]) -> list[Placed]:
    """The start as these layers know it: a type of a plugin that was switched off stays where a
    layer has arranged it, and goes where none has."""
    named = {id_ for layer in layers for id_ in layer.changed}
    there = [kind for kind in kinds if kind.is_on or start_id(tenant, kind.name) in named]
    return start(tenant, [(kind.name, kind.size) for kind in there])


def resolve(below: Sequence[Placed], layers: Sequence[Differences], rules: Rules) -> Whole:
    """The layout that a person sees: `below` with each layer on top, packed after each; what is
    hidden takes no place and comes last. What is new to a layer takes what place it leaves.

    What the person may not use is left out, but keeps its differences, so it comes back as it was.
    """
    merged = Merged(tabs={HOME: Tab(id=HOME)})
    merged.boxes = {box.id: box.model_copy() for box in below if box.id is not None}
    _settle(merged, rules)
    for layer in layers:
        merged.lay(layer, rules.today)
        _settle(merged, rules)
    tabs = sorted(merged.tabs.values(), key=lambda tab: (tab.rank, tab.id != HOME, tab.id))
    shown = [box for box in merged.boxes.values() if rules.is_shown(box)]
    shown.sort(key=lambda box: (not box.is_visible, box.y, box.x))
    unseen = [box for box in merged.boxes.values() if not rules.is_shown(box)]
    return Whole(tuple(tabs), tuple(shown), tuple(unseen))


def _settle(merged: Merged, rules: Rules) -> None:
    """Packs each page, in place."""
    pages: dict[UUID, list[Placed]] = {}
    for box in merged.boxes.values():
        if rules.is_shown(box):
            _fit(box, rules)
            if box.is_visible:
                pages.setdefault(box.page, []).append(box)
    for boxes in pages.values():
        fixed = pack([box for box in boxes if box.id in merged.fixed])
        old = [b for b in boxes if b.id not in merged.fixed and (b.stays or not b.is_new)]
        placed = pack(old, around=fixed)
        new = [box for box in boxes if box.is_new and not box.stays]
        for box in sorted(new, key=lambda b: (b.y, b.x, str(b.id))):
            placed.append(first_free(box, placed))


def _fit(box: Placed, rules: Rules) -> None:
    """Keeps a size within what its type allows."""
    kind = rules.kinds.get(box.portlet_type)
    least, most = ((1, 1), LARGEST) if kind is None else (kind.least, kind.most)
    box.w = max(min(box.w, most[0], COLUMNS), min(least[0], COLUMNS))
    box.h = max(min(box.h, most[1]), least[1])


@dataclass(frozen=True)
class Wanted:
    """One page as somebody wants it. `seen` are the placements there that they know of: one of
    them that isn't in `boxes` is to go."""

    page: UUID
    boxes: Sequence[Placed]
    seen: frozenset[UUID]

    @property
    def ids(self) -> set[UUID]:
        """The placements that are to be there."""
        return {box.id for box in self.boxes if box.id is not None}


def fitted(boxes: Sequence[Placed], rules: Rules) -> list[Placed]:
    """These placements in sizes that their types allow, without overlaps."""
    copies = [box.model_copy() for box in boxes]
    for box in copies:
        _fit(box, rules)
    return pack([b for b in copies if b.is_visible]) + [b for b in copies if not b.is_visible]


def differences(
    below: Whole, wanted: Wanted, kept: Differences, rules: Rules, *, may_lock: bool = False
) -> Differences:
    """The layer that makes `wanted` of `below`, which is resolved without this layer.

    What `kept`, the layer as it was, says of everything else is taken over.
    """
    parents = {box.id: box for box in below.boxes if box.id is not None}
    ids, gone = wanted.ids, wanted.seen - wanted.ids
    changed = {id_: one for id_, one in kept.changed.items() if id_ not in ids}
    added = [box for box in kept.added if box.id not in ids | gone]
    for box in wanted.boxes:
        assert box.id is not None
        here = box.model_copy(update={"page": wanted.page, "is_new": False})
        if (parent := parents.get(box.id)) is None:
            added.append(here if may_lock else _unlocked(here))
        elif fields := _change(parent, here, kept.changed.get(box.id), rules, may_lock=may_lock):
            changed[box.id] = Change(**fields)
    away = [id_ for id_ in kept.removed if id_ not in ids]
    away += [id_ for id_ in sorted(gone) if id_ in parents and id_ not in away]
    met = _met(below, wanted, kept)
    return kept.model_copy(update={"changed": changed, "added": added, "removed": away, "met": met})


def _met(below: Whole, wanted: Wanted, kept: Differences) -> list[UUID]:
    """What the layer knows of below it from now on."""
    there = [b for b in below.boxes if kept.met is None or b.page == wanted.page]
    now = {b.id for b in there if b.id is not None} | (wanted.ids & {b.id for b in below.boxes})
    return sorted(now | set(kept.met or ()))


def _unlocked(box: Placed) -> Placed:
    """What a person places can't be locked against themselves."""
    nothing = Placed(portlet_type="", x=0, y=0, w=1, h=1)
    return box.model_copy(update={name: getattr(nothing, name) for name in LOCKS})


def _change(
    parent: Placed, box: Placed, kept: Change | None, rules: Rules, *, may_lock: bool
) -> dict[str, Any]:
    """What the layer changes of one placement. Of fields locked below it keeps what it had."""
    names = (*PLAIN, *LOCKS) if may_lock else PLAIN
    fields = {
        name: value
        for name, value in difference(parent, box, names).items()
        if is_open(parent, name, rules.today)
    }
    for name in kept.model_fields_set if kept else ():
        if name not in LOCKS and not is_open(parent, name, rules.today):
            fields[name] = getattr(kept, name)
    return fields


def lock_broken(below: Whole, wanted: Wanted, rules: Rules) -> Placed | None:
    """A placement that `wanted` changes or removes though it is locked below, if there is one."""
    parents = {box.id: box for box in below.boxes}
    for id_ in sorted(wanted.seen - wanted.ids):
        if (parent := parents.get(id_)) and is_held(parent, rules.today):
            return parent
    for box in wanted.boxes:
        if (parent := parents.get(box.id)) is None:
            continue
        here = box.model_copy(update={"page": wanted.page})
        fields = difference(parent, here, PLAIN)
        if any(not is_open(parent, name, rules.today) for name in fields):
            return parent
    return None


def version(boxes: Sequence[Placed]) -> str:
    """An opaque string that changes whenever the layout does."""
    raw = orjson.dumps([box.model_dump(mode="json") for box in boxes])
    return hashlib.blake2b(raw, digest_size=12).hexdigest()
