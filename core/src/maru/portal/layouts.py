"""A person's layout in the database: read, and changed with a version that guards against two
tabs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from maru.plugins.context import Call
from maru.portal.errors import LayoutChanged, PortletUnknown
from maru.portal.layout import Differences, differences, resolve, start, version
from maru.portal.models import Layout
from maru.portal.pack import check
from maru.portal.queries import LAYER
from maru.portal.schemas import LayoutIn, Placed
from maru_sdk import InvalidInput
from maru_sdk.db import uuid7
from maru_sdk.declarations import Portlet

Offered = tuple[tuple[str, tuple[int, int]], ...]


def usable(call: Call) -> dict[str, Portlet]:
    """The portlet types that this person may use in this tenant now, in the order of the
    plugins."""
    services = call.services
    return {
        portlet.name: portlet
        for installed, portlet in services.host.declared("portlets")
        if services.gate.on(call.tenant.id, installed.key)
        and (portlet.needs is None or call.granted.can(portlet.needs.name))
    }


@dataclass(frozen=True, slots=True)
class Seen:
    """A layout as somebody sees it; kept, so its boxes aren't to be changed."""

    boxes: tuple[Placed, ...]
    version: str


def _offered(call: Call) -> Offered:
    """The tenant's start: every portlet of the plugins that are on there, whoever looks."""
    services = call.services
    offered = [
        (installed.core, portlet.name, portlet.size)
        for installed, portlet in services.host.declared("portlets")
        if services.gate.on(call.tenant.id, installed.key)
    ]
    offered.sort(key=lambda offer: offer[0])  # what the tenant has added stands before core's own
    return tuple((name, size) for _, name, size in offered)


def _base(call: Call) -> list[Placed]:
    return start(call.tenant.id, _offered(call))


async def seen(call: Call) -> Seen:
    """The layout that the signed-in person sees."""
    rows = await call.unit.read(LAYER, owner_kind="person", owner_id=_person(call))
    return _resolved(call.tenant.id, _offered(call), rows.json, frozenset(usable(call)))


@lru_cache(maxsize=2_000)
def _resolved(tenant: UUID, offered: Offered, rows: bytes, known: frozenset[str]) -> Seen:
    """Layouts change seldom, and working one out costs more than the rest of the page."""
    stored = [Differences.model_validate(row["differences"]) for row in orjson.loads(rows)]
    boxes = resolve(start(tenant, offered), stored, dict.fromkeys(known, True))
    return Seen(tuple(boxes), version(boxes))


async def change(call: Call, sent: LayoutIn) -> list[Placed]:
    """Stores what `sent` changes of the start; raises LayoutChanged where it was made of an old
    layout."""
    _check_types(call, sent.portlets)
    check([box for box in sent.portlets if box.is_visible])
    row = await _locked(call)
    kept, known = Differences.model_validate(row.differences), _known(call)
    if version(resolve(_base(call), [kept], known)) != sent.version:
        raise LayoutChanged
    layer = differences(resolve(_base(call), [], known), _named(sent.portlets), kept, known)
    row.differences = layer.model_dump(mode="json")
    row.version += 1
    return resolve(_base(call), [layer], known)


def _known(call: Call) -> Mapping[str, bool]:
    return dict.fromkeys(usable(call), True)


def _person(call: Call) -> UUID:
    if call.user is None:
        raise PortletUnknown
    return call.user.id


def _check_types(call: Call, boxes: list[Placed]) -> None:
    known = usable(call)
    for i, box in enumerate(boxes):
        if box.portlet_type not in known:
            field = {
                "path": f"portlets.{i}.portlet_type",
                "code": "unknown",
                "message": call.t("There is no portlet type {name}", name=box.portlet_type),
            }
            raise InvalidInput(fields=[field])
        if (config := known[box.portlet_type].config) is not None:
            config.model_validate(box.config)


def _named(boxes: list[Placed]) -> list[Placed]:
    return [box if box.id else box.model_copy(update={"id": uuid7()}) for box in boxes]


async def _locked(call: Call) -> Layout:
    """The person's row, made where there is none, locked against a second change at the same
    time."""
    session, person = call.unit.db, _person(call)
    owner = {"owner_kind": "person", "owner_id": person}
    await session.execute(
        insert(Layout)
        .values(id=uuid7(), differences=Differences().model_dump(mode="json"), version=0, **owner)
        .on_conflict_do_nothing()
    )
    found = await session.execute(select(Layout).filter_by(**owner).with_for_update())
    return found.scalar_one()
