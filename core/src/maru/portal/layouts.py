"""A layout is changed: what was sent is judged, and becomes the differences of one layer."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import ValidationError

from maru.api.errors import fields_of
from maru.plugins.context import Call
from maru.portal.desks import Desk, Seen
from maru.portal.errors import LayoutChanged, PortletLocked, TypeChanged
from maru.portal.keeping import layer_of, locked, write
from maru.portal.kinds import usable
from maru.portal.layout import Wanted, differences, fitted, lock_broken
from maru.portal.pack import check
from maru.portal.schemas import HOME, LayoutIn, Placed
from maru_sdk import InvalidInput, Model
from maru_sdk.db import uuid7


async def change(desk: Desk, sent: LayoutIn, page: UUID = HOME, *, orphans: bool = False) -> Seen:
    """Stores what `sent` changes of a page; raises LayoutChanged where it was made of an old
    layout. With `orphans` what is left of plugins that are off was shown, and may be removed."""
    check(sent.portlets)
    row = await locked(desk)
    kept = layer_of(row)
    now, below = desk.with_layer(kept), desk.without(kept)
    there = now.on(page, orphans=orphans)
    if now.version(page) != sent.version:
        raise LayoutChanged
    _check_types(desk.call, sent.portlets, now, all_usable=desk.kind == "tenant")
    boxes = fitted(_named(sent.portlets), now.rules)
    wanted = Wanted(page, boxes, frozenset(box.id for box in there if box.id))
    if lock_broken(below.whole, wanted, now.rules):
        raise PortletLocked(problem="locked")
    layer = differences(below.whole, wanted, kept, now.rules, may_lock=desk.may_lock)
    await write(desk, row, layer)
    return desk.with_layer(layer)


def _check_types(
    call: Call, boxes: Sequence[Placed], now: Seen, *, all_usable: bool = False
) -> None:
    """What stands there may stay as it is, whatever became of its plugin and its settings."""
    there, known = {box.id: box for box in now.whole.boxes}, usable(call)
    for i, box in enumerate(boxes):
        old = there.get(box.id) if box.id is not None else None
        if old is not None and old.portlet_type != box.portlet_type:
            raise TypeChanged(problem="type")
        if old is not None and old.config == box.config:
            continue
        if box.portlet_type not in known and not (all_usable and _is_on(now, box)):
            raise _unknown(call, i, box.portlet_type)
        _check_config(call, i, box)


def _is_on(now: Seen, box: Placed) -> bool:
    return not now.rules.is_gone(box)


def _check_config(call: Call, i: int, box: Placed) -> None:
    declared = call.services.host.declared("portlets")
    portlet = next(one for _, one in declared if one.name == box.portlet_type)
    try:
        (portlet.config or Model).model_validate(box.config)
    except ValidationError as error:
        raise InvalidInput(fields=_in_config(call, i, error)) from None


def _unknown(call: Call, i: int, name: str) -> InvalidInput:
    message = call.t("There is no portlet type {name}", name=name)
    path = f"portlets.{i}.portlet_type"
    return InvalidInput(fields=[{"path": path, "code": "unknown", "message": message}])


def _in_config(call: Call, i: int, error: ValidationError) -> list[dict[str, str]]:
    place = ("portlets", i, "config")
    found = [{**item, "loc": (*place, *item["loc"])} for item in error.errors()]
    return list(fields_of(found, call.locale, skip=0))


def _named(boxes: Sequence[Placed]) -> list[Placed]:
    return [box if box.id else box.model_copy(update={"id": uuid7()}) for box in boxes]
