"""Why somebody may or may not do something: the grants that decide it, and what else stands in the
way."""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from maru.access import queries
from maru.access.compiling import compile_rights
from maru.access.giver import Place
from maru.access.permissions import ADMIN
from maru.access.queries import Grant, Held, Nested, RoleName
from maru.access.resources import private_resources
from maru.db.unit import Unit
from maru_sdk import Model

Obstacle = Literal[
    "inactive",
    "unknown_permission",
    "plugin_off",
    "withheld",
    "no_role",
    "elsewhere_only",
    "private",
]


class Way(Held):
    """A role that a person has; `applies` where it permits what was asked, there. `path` are the
    groups from the one they are in themselves to the one that holds the role."""

    applies: bool
    path: list[str]


class Why(Model):
    """The answer: `allowed`, the `obstacle` otherwise, and the ways that lead or would lead there.

    `ways` are the person's roles that hold the permission, those that apply first; `others` the
    roles that hold it and the person doesn't have; `roles` all that the person has.
    """

    allowed: bool
    obstacle: Obstacle | None
    ways: list[Way]
    others: list[RoleName]
    roles: list[str]


class Known(Model):
    """What stands in the way whatever the person's roles are."""

    is_active: bool
    is_declared: bool
    plugin_is_on: bool
    is_withheld: bool


async def why(unit: Unit, person_id: UUID, permission: str, place: Place, known: Known) -> Why:
    """Looks through the person's roles for this permission at this place."""
    held = list(await unit.read(queries.HELD, person=person_id, permission=permission))
    tree = await unit.read(queries.TREE)
    nested = {one.id: one for one in await unit.read(queries.NESTED, person=person_id)}
    private = await private_resources(unit)
    if any(_administers(one) for one in held):
        private = frozenset()
    ways = []
    for one in held:
        if one.permits:
            rights = compile_rights([_grant(one, permission)], tree, private)
            path = _path(one.subject_id, nested) if one.kind == "group" else []
            applies = rights.can(permission, place)
            ways.append(Way(**one.model_dump(), applies=applies, path=path))
    mine = {one.role_id for one in ways}
    others = list(await unit.read(queries.PERMITTING, permission=permission))
    obstacle = _obstacle(known, ways)
    if obstacle == "elsewhere_only" and place.resource in private:
        obstacle = "private"
    return Why(
        allowed=obstacle is None,
        obstacle=obstacle,
        ways=sorted(ways, key=lambda way: not way.applies),
        others=[role for role in others if role.id not in mine],
        roles=list(dict.fromkeys(one.role_name for one in held)),
    )


def _grant(one: Held, permission: str) -> Grant:
    return Grant(
        role=one.role_key, rank=0, permission=permission, scope_id=one.scope_id,
        resource=one.resource,
    )  # fmt: skip


def _administers(one: Held) -> bool:
    return one.role_key == ADMIN and one.scope_id is None and one.resource is None


def _path(group: UUID, nested: Mapping[UUID, Nested]) -> list[str]:
    """The names of the groups, the innermost first."""
    found: list[str] = []
    at: UUID | None = group
    while at is not None and at in nested and len(found) <= len(nested):
        found.append(nested[at].name)
        at = nested[at].inner_id
    return found[::-1]


def _obstacle(known: Known, ways: Sequence[Way]) -> Obstacle | None:
    if not known.is_declared:
        return "unknown_permission"
    if not known.is_active:
        return "inactive"
    if known.is_withheld:
        return "withheld"
    if not known.plugin_is_on:
        return "plugin_off"
    if not ways:
        return "no_role"
    return None if any(way.applies for way in ways) else "elsewhere_only"
