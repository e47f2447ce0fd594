"""Why somebody may or may not do something: the grants that decide it, and what else stands in the
way."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from maru.access import queries
from maru.access.compiling import compile_rights
from maru.access.giver import Place
from maru.access.queries import Grant, Held, RoleName
from maru.db.unit import Unit
from maru_sdk import Model

Obstacle = Literal[
    "inactive", "unknown_permission", "plugin_off", "withheld", "no_role", "elsewhere_only"
]


class Way(Held):
    """A role that a person has; `applies` where it permits what was asked, there."""

    applies: bool


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
    ways = []
    for one in held:
        if one.permits:
            applies = compile_rights([_grant(one, permission)], tree).can(permission, place)
            ways.append(Way(**one.model_dump(), applies=applies))
    mine = {one.role_id for one in ways}
    others = list(await unit.read(queries.PERMITTING, permission=permission))
    obstacle = _obstacle(known, ways)
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
