"""Layers of a layout: a start, and differences per field on top of it; positions come from
`pack`."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

import orjson
from pydantic import Field

from maru.portal.pack import first_free, pack
from maru.portal.schemas import Placed
from maru_sdk import Model

FIELDS = ("x", "y", "w", "h", "is_visible", "config")


class Differences(Model):
    """What one layer changes: fields of placements below it, placements of its own, and ones it
    removes."""

    changed: dict[UUID, dict[str, Any]] = Field(default_factory=dict)
    added: list[Placed] = Field(default_factory=list)
    removed: list[UUID] = Field(default_factory=list)


def start_id(tenant: UUID, portlet_type: str) -> UUID:
    """The id of a portlet that stands in the start: the same in every process and at every time."""
    return uuid5(tenant, f"start:{portlet_type}")


def start(tenant: UUID, portlets: Iterable[tuple[str, tuple[int, int]]]) -> list[Placed]:
    """The layout of a tenant that has changed nothing: each type at the first free place."""
    boxes: list[Placed] = []
    for portlet_type, (w, h) in portlets:
        id_ = start_id(tenant, portlet_type)
        box = Placed(id=id_, portlet_type=portlet_type, x=0, y=0, w=w, h=h)
        boxes.append(first_free(box, boxes))
    return boxes


def resolve(
    base: Sequence[Placed], layers: Sequence[Differences], known: Mapping[str, bool]
) -> list[Placed]:
    """The layout that a person sees: `base` with each layer on top, packed; what is hidden takes
    no place and comes last.

    `known` says which portlet types the person may use now; others are left out, but keep their
    differences, so they come back as they were.
    """
    boxes = {box.id: box.model_copy() for box in base}
    for layer in layers:
        boxes |= {box.id: box.model_copy() for box in layer.added}
        for id_, fields in layer.changed.items():
            if id_ in boxes:
                boxes[id_] = boxes[id_].model_copy(update=fields)
        for id_ in layer.removed:
            boxes.pop(id_, None)
    usable = [box for box in boxes.values() if known.get(box.portlet_type, False)]
    hidden = [box for box in usable if not box.is_visible]
    return pack([box for box in usable if box.is_visible]) + hidden


def differences(
    below: Sequence[Placed], wanted: Sequence[Placed], kept: Differences, known: Mapping[str, bool]
) -> Differences:
    """The layer that makes `wanted` of `below`.

    `below` is resolved without this layer. What concerns types that the person can't see now is
    taken over from `kept`, the layer as it was.
    """
    parents = {box.id: box for box in below}
    ids = {box.id for box in wanted}
    changed: dict[UUID, dict[str, Any]] = {}
    added = [b for b in kept.added if not known.get(b.portlet_type, False)]
    for box in wanted:
        if (parent := parents.get(box.id)) is None:
            added.append(box)
        elif fields := _difference(parent, box):
            changed[parent.id] = fields  # type: ignore[index]  # placements below have an id
    unseen = {id_: fields for id_, fields in kept.changed.items() if id_ not in parents}
    gone = [id_ for id_ in parents if id_ not in ids and id_ is not None]
    return Differences(
        changed=unseen | changed,
        added=added,
        removed=[id_ for id_ in kept.removed if id_ not in parents] + gone,
    )


def _difference(parent: Placed, box: Placed) -> dict[str, Any]:
    return {f: value for f in FIELDS if (value := getattr(box, f)) != getattr(parent, f)}


def version(boxes: Sequence[Placed]) -> str:
    """An opaque string that changes whenever the layout does."""
    raw = orjson.dumps([box.model_dump(mode="json") for box in boxes])
    return hashlib.blake2b(raw, digest_size=12).hexdigest()
