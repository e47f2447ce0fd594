"""Where portlets stand: one pure function that lets nothing overlap, and the rules of a sent
layout."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from maru.portal.errors import (
    PlaceNegative,
    PlaceOutside,
    PortletsOverlap,
    PortletTwice,
    TooManyPortlets,
)
from maru.portal.schemas import COLUMNS, MOST_PORTLETS, Placed

MOST_ROWS = 1000


class Box(Protocol):
    """A rectangle on the grid."""

    x: int
    y: int
    w: int
    h: int

    @property
    def stays(self) -> bool:
        """Whether it keeps its place, whatever stands there too."""
        ...


B = TypeVar("B", bound=Box)


def overlap(a: Box, b: Box) -> bool:
    """Whether two boxes share a cell."""
    return a.x < b.x + b.w and b.x < a.x + a.w and a.y < b.y + b.h and b.y < a.y + a.h


def pack(boxes: Sequence[B], around: Sequence[B] = ()) -> list[B]:
    """Moves boxes so that none overlaps another or leaves the grid; in reading order, changed in
    place.

    A box that already fits stays: packing what is packed changes nothing, and of two that collide
    the one that is locked, then starts higher (then further left, then earlier in `boxes`), keeps
    its place. Those in `around` are packed already and move for nobody.
    """
    placed: list[B] = list(around)
    for box in sorted(boxes, key=lambda b: (not b.stays, b.y, b.x)):
        box.w = min(max(box.w, 1), COLUMNS)
        box.h = max(box.h, 1)
        box.x = min(max(box.x, 0), COLUMNS - box.w)
        box.y = min(max(box.y, 0), MOST_ROWS)
        _drop(box, placed)
        placed.append(box)
    return sorted(placed, key=lambda b: (b.y, b.x))


def _drop(box: Box, placed: Sequence[Box]) -> None:
    """Moves `box` down to the first row where it touches nobody."""
    while hits := [other for other in placed if overlap(box, other)]:
        box.y = min(other.y + other.h for other in hits)


def first_free(box: B, placed: Sequence[Box]) -> B:
    """Moves `box` to the first free place in reading order."""
    for y in range(1 + max((other.y + other.h for other in placed), default=0)):
        for x in range(COLUMNS - box.w + 1):
            box.x, box.y = x, y
            if not any(overlap(box, other) for other in placed):
                return box
    return box


def check(boxes: Sequence[Placed]) -> None:
    """Raises LayoutInvalid for a layout that a client may not send; what is hidden may lie under
    others."""
    if len(boxes) > MOST_PORTLETS:
        raise TooManyPortlets(problem="too many portlets", most=MOST_PORTLETS)
    for box in boxes:
        if box.x < 0 or box.y < 0 or box.w < 1 or box.h < 1:
            raise PlaceNegative(problem="negative place or size")
        if box.x + box.w > COLUMNS or box.y + box.h > MOST_ROWS:
            raise PlaceOutside(problem="outside the columns", columns=COLUMNS)
    ids = [box.id for box in boxes if box.id is not None]
    if len(ids) != len(set(ids)):
        raise PortletTwice(problem="twice")
    rows = sorted((box for box in boxes if box.is_visible), key=lambda b: (b.y, b.x))
    for i, box in enumerate(rows):
        if any(overlap(box, other) for other in rows[i + 1 :]):
            raise PortletsOverlap(problem="portlets overlap")
