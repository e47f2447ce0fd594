"""What one layer of a layout changes of what is below it, and its merging: plain values in, plain
values out.

The layers are the tenant's, one role's, the person's, each over the one before. A layer holds
differences per field, so that a change below still reaches whoever has changed something else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import Field, ValidationError

from maru.portal.schemas import HOME, Lock, Placed, Tab
from maru_sdk import Model

_LOCKED_BY: Final[dict[str, Lock]] = {
    "x": "place",
    "y": "place",
    "page": "place",
    "w": "size",
    "h": "size",
    "is_visible": "is_visible",
    "config": "config",
    "without": "config",
}
PLAIN: Final = ("x", "y", "page", "w", "h", "is_visible")
LOCKS: Final = ("is_locked", "locked", "is_mandatory", "mandatory_until")


class Change(Model):
    """The fields of a placement that a layer changes: those that were set, and no others.

    `config` holds the settings that differ, `without` those that are left to their default.
    """

    x: int = 0
    y: int = 0
    w: int = 1
    h: int = 1
    page: UUID = HOME
    is_visible: bool = True
    config: dict[str, Any] = Field(default_factory=dict)
    without: list[str] = Field(default_factory=list)
    is_locked: bool = False
    locked: list[Lock] = Field(default_factory=list)
    is_mandatory: bool = False
    mandatory_until: date | None = None


class TabChange(Model):
    """What a layer changes of a page."""

    title: str = Field(default="", max_length=60)
    rank: int = 0


class Differences(Model):
    """One layer: fields of placements below it, placements of its own, ones it removes; the same
    for pages. `met` are the placements below that it was made of: others are new to it."""

    changed: dict[UUID, Change] = Field(default_factory=dict)
    added: list[Placed] = Field(default_factory=list)
    removed: list[UUID] = Field(default_factory=list)
    met: list[UUID] | None = None
    pages: list[Tab] = Field(default_factory=list)
    tabs: dict[UUID, TabChange] = Field(default_factory=dict)
    closed: list[UUID] = Field(default_factory=list)


def layer_from(stored: object) -> Differences | None:
    """A layer as it is stored; None where it is damaged, or of another version's shape."""
    try:
        return Differences.model_validate(stored)
    except ValidationError:
        return None


@dataclass
class Merged:
    """Placements and pages while layers are laid on one another."""

    boxes: dict[UUID, Placed] = field(default_factory=dict)
    tabs: dict[UUID, Tab] = field(default_factory=dict)
    fixed: set[UUID] = field(default_factory=set)
    """What was locked further below: it moves for nothing that a layer above locks."""

    def lay(self, layer: Differences, today: date) -> None:
        """Lays one layer on top; what is locked below it stays as it is."""
        self.fixed = {id_ for id_, box in self.boxes.items() if box.stays}
        self._mark_new(layer)
        self._turn_pages(layer, today)
        for id_, change in layer.changed.items():
            if id_ in self.boxes:
                self.boxes[id_] = _changed(self.boxes[id_], change, today)
        for id_ in layer.removed:
            if id_ in self.boxes and not is_held(self.boxes[id_], today):
                del self.boxes[id_]
        for box in layer.added:
            if box.id is not None:
                self.boxes.setdefault(box.id, box.model_copy())
        for box in self.boxes.values():
            if box.page not in self.tabs:
                box.page = HOME  # its page is gone: better there than lost

    def _mark_new(self, layer: Differences) -> None:
        met = None if layer.met is None else set(layer.met)
        for id_, box in self.boxes.items():
            if met is not None:
                box.is_new = id_ not in met

    def _turn_pages(self, layer: Differences, today: date) -> None:
        for tab in layer.pages:
            self.tabs.setdefault(tab.id, tab)
        for id_, change in layer.tabs.items():
            if id_ in self.tabs:
                given = {name: getattr(change, name) for name in change.model_fields_set}
                self.tabs[id_] = self.tabs[id_].model_copy(update=given)
        for id_ in layer.closed:
            self._close(id_, today)

    def _close(self, page: UUID, today: date) -> None:
        """Takes a page away with what is on it, unless something there has to stay."""
        there = [id_ for id_, box in self.boxes.items() if box.page == page]
        if page == HOME or any(is_held(self.boxes[id_], today) for id_ in there):
            return
        self.tabs.pop(page, None)
        for id_ in there:
            del self.boxes[id_]


def is_held(box: Placed, today: date) -> bool:
    """Whether layers above can neither hide nor remove it."""
    return box.is_locked or "is_visible" in box.locked or box.is_due(today)


def is_open(box: Placed, name: str, today: date) -> bool:
    """Whether layers above can change this field of it."""
    if name == "is_visible" and box.is_due(today):
        return False
    return not box.is_locked and _LOCKED_BY.get(name) not in box.locked


def _changed(box: Placed, change: Change, today: date) -> Placed:
    given = [name for name in change.model_fields_set if is_open(box, name, today)]
    update: dict[str, Any] = {name: getattr(change, name) for name in given if name in PLAIN}
    if "config" in given or "without" in given:
        kept = {k: value for k, value in box.config.items() if k not in change.without}
        update["config"] = kept | change.config
    return box.model_copy(update=update | dict(_locks(box, change)))


def _locks(box: Placed, change: Change) -> Iterator[tuple[str, Any]]:
    """Locks add up: none above can open what is locked below."""
    if change.model_fields_set.isdisjoint(LOCKS):
        return
    yield "is_locked", box.is_locked or change.is_locked
    yield "locked", sorted({*box.locked, *change.locked})
    yield "is_mandatory", box.is_mandatory or change.is_mandatory
    if box.is_mandatory and change.is_mandatory:
        days = (box.mandatory_until, change.mandatory_until)
        yield "mandatory_until", max(day for day in days if day) if all(days) else None
    elif change.is_mandatory:
        yield "mandatory_until", change.mandatory_until


def difference(parent: Placed, box: Placed, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields, of these, in which `box` differs, as a `Change` takes them."""
    found = {
        name: getattr(box, name) for name in names if getattr(box, name) != getattr(parent, name)
    }
    if box.config != parent.config:
        nothing = object()
        found["config"] = {
            k: value for k, value in box.config.items() if parent.config.get(k, nothing) != value
        }
        if lost := [k for k in parent.config if k not in box.config]:
            found["without"] = lost
    return found
