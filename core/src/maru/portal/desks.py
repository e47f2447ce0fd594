"""Whose layer somebody works on: their own, or as an admin the tenant's or a role's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from maru.access.queries import ROLES_SHOWN
from maru.access.role_desk import one_role
from maru.access.roles import RoleNotFound
from maru.plugins.context import Call
from maru.portal.errors import PageUnknown, PortletUnknown
from maru.portal.kinds import Kinds, as_role, kinds_of
from maru.portal.layers import Differences, layer_from
from maru.portal.layout import Rules, Whole, base, resolve, version
from maru.portal.models import OwnerKind
from maru.portal.queries import LAYERS, OWN, LayerRow
from maru.portal.schemas import HOME, Placed
from maru_sdk import NotFound

_ORDER: Final = {"tenant": 0, "role": 1, "person": 2}
TENANT: Final = "tenant"
"""The name of the tenant's layer where roles' have their ids."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A layout as somebody sees it; kept, so its boxes aren't to be changed. `damaged` are the
    layers that can't be read: what is below them is seen instead."""

    whole: Whole
    rules: Rules
    versions: Mapping[UUID, str]
    damaged: tuple[OwnerKind, ...] = ()

    def on(self, page: UUID, *, orphans: bool = False) -> list[Placed]:
        """What stands on a page; with `orphans` what is left of plugins that are off too."""
        if all(tab.id != page for tab in self.whole.tabs):
            raise PageUnknown
        return [box for box in self.whole.on(page) if orphans or not self.rules.is_gone(box)]

    def version(self, page: UUID = HOME) -> str:
        """What goes back with a change of this page."""
        return self.versions[page]


@lru_cache(maxsize=2_000)
def _resolved(tenant: UUID, kinds: Kinds, rows: bytes, today: date) -> Seen:
    """Layouts change seldom, and working one out costs more than the rest of the page."""
    stored = sorted(orjson.loads(rows), key=lambda row: _ORDER[row["kind"]])
    found = {row["kind"]: layer_from(row["differences"]) for row in stored}
    made = looked_at(tenant, kinds, [layer for layer in found.values() if layer], today)
    return replace(made, damaged=tuple(kind for kind, layer in found.items() if layer is None))


def looked_at(tenant: UUID, kinds: Kinds, layers: Sequence[Differences], today: date) -> Seen:
    """A tenant's start with these layers on top, as somebody with these kinds sees it."""
    rules = Rules({kind.name: kind for kind in kinds}, today)
    return _seen(resolve(base(tenant, kinds, layers), layers, rules), rules)


def _seen(whole: Whole, rules: Rules) -> Seen:
    return Seen(whole, rules, {tab.id: version(whole.on(tab.id)) for tab in whole.tabs})


async def seen(call: Call) -> Seen:
    """The layout that the signed-in person sees."""
    rows = await call.unit.read(LAYERS, roles=list(call.granted.roles), person=person_of(call))
    return _resolved(call.tenant.id, kinds_of(call), rows.json, today(call))


def today(call: Call) -> date:
    """The day where the tenant is."""
    return call.now.astimezone(ZoneInfo(call.tenant.timezone)).date()


def person_of(call: Call) -> UUID:
    """The signed-in person."""
    if call.user is None:
        raise PortletUnknown
    return call.user.id


@dataclass(frozen=True, slots=True)
class Desk:
    """One layer to work on. An admin's is a draft until it is published, and may lock."""

    call: Call
    kind: OwnerKind
    owner: UUID
    kinds: Kinds
    below: Sequence[Differences]
    role: str = ""

    @property
    def may_lock(self) -> bool:
        """Whether this is a layer that others stand on."""
        return self.kind != "person"

    @property
    def today(self) -> date:
        """The day where the tenant is."""
        return today(self.call)

    @property
    def of(self) -> dict[str, str | UUID]:
        """The owner, as statements take it."""
        return {"kind": self.kind, "owner": self.owner}

    def with_layer(self, own: Differences) -> Seen:
        """The layout with this as the topmost layer."""
        return looked_at(self.call.tenant.id, self.kinds, [*self.below, own], self.today)

    def without(self, own: Differences) -> Seen:
        """The layout that the layer stands on; it knows whatever the layer names."""
        rules = Rules({kind.name: kind for kind in self.kinds}, self.today)
        there = base(self.call.tenant.id, self.kinds, [*self.below, own])
        return _seen(resolve(there, self.below, rules), rules)

    async def layer(self) -> Differences:
        """The layer as it is being worked on; an empty one where it can't be read."""
        for row in await self.call.unit.read(OWN, **self.of):
            return layer_from(row.draft or row.differences) or Differences()
        return Differences()

    async def seen(self) -> Seen:
        """The layout as it is being worked on."""
        return self.with_layer(await self.layer())


async def own_desk(call: Call) -> Desk:
    """The signed-in person's layer, on those below it."""
    person = person_of(call)
    rows = await call.unit.read(LAYERS, roles=list(call.granted.roles), person=person)
    below = sorted((row for row in rows if row.kind != "person"), key=lambda r: _ORDER[r.kind])
    return Desk(call, "person", person, kinds_of(call), _readable(below))


async def scope_desk(call: Call, scope: str) -> Desk:
    """The layer of the tenant (`tenant`), or of the role with this id."""
    if scope == TENANT:
        return Desk(call, "tenant", call.tenant.id, kinds_of(call, all_usable=True), [])
    try:
        role = await one_role(call.unit, UUID(scope))
    except ValueError:
        raise NotFound from None
    as_it = as_role(call, role.key, role.permissions)
    rows = await call.unit.read(LAYERS, roles=[], person=HOME)
    call = replace(call, granted=as_it.granted, _contexts={})
    return Desk(call, "role", role.id, kinds_of(call), _readable(rows), role.key)


async def desk_named(call: Call, role: str | None) -> Desk:
    """The layer of the tenant, or of the role of this key."""
    if role is None:
        return await scope_desk(call, TENANT)
    for one in await call.unit.read(ROLES_SHOWN):
        if one.key == role:
            return await scope_desk(call, str(one.id))
    raise RoleNotFound


def _readable(rows: Iterable[LayerRow]) -> list[Differences]:
    found = (layer_from(row.differences) for row in rows)
    return [layer for layer in found if layer is not None]
