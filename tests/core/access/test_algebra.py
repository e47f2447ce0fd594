"""The rights algebra against a plain model of it: any departments, groups, roles and grants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.identity.company import Company, Process

from maru.access.compiling import compile_rights
from maru.access.giver import Place
from maru.access.grant_queries import SubjectKind
from maru.access.granted import Granted
from maru.access.models import (
    GroupMember,
    GroupNesting,
    PersonGroup,
    PrivateResource,
    Role,
    RoleGrant,
    RolePermission,
)
from maru.access.queries import GRANTS, TREE
from maru.access.resources import private_resources
from maru.db.scope import Scope
from maru.identity.models import Department, Person
from maru_sdk.db import TenantModel, uuid7

PERMISSIONS = ("a:x:read", "a:x:write", "b:y:read")
RESOURCES = ("a:1", "a:2")
KINDS: tuple[SubjectKind, ...] = ("person", "department", "group")
SMALL = st.integers(0, 3)
ADMINISTRATORS = 2
PAST = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Gift:
    """A role given to a subject, somewhere; numbers name departments, groups and roles."""

    role: int
    kind: SubjectKind
    subject: int
    scope: int | None
    resource: str | None
    over: bool = False


@dataclass
class World:
    """A small company as numbers: the plain model."""

    parents: list[int | None]
    manager_of: set[int]
    home: int | None
    is_active: bool
    nestings: set[tuple[int, int]]
    member_of: set[int]
    roles: list[set[str]]
    manager_role: set[str]
    gifts: list[Gift]
    private: set[str]
    ids: dict[str, UUID] = field(default_factory=dict)

    def above(self, department: int | None) -> set[int]:
        """A department and those above it."""
        found: set[int] = set()
        while department is not None and department not in found:
            found.add(department)
            department = self.parents[department]
        return found

    def groups(self) -> set[int]:
        """The person's groups, with those around them."""
        found = set(self.member_of)
        while more := {o for o, i in self.nestings if i in found} - found:
            found |= more
        return found

    def holds(self, gift: Gift) -> bool:
        """Whether the person has this gift."""
        if gift.kind == "person":
            return gift.subject == 0
        there = self.above(self.home) if gift.kind == "department" else self.groups()
        return gift.subject in there

    def may(self, permission: str, department: int | None, resource: str | None) -> bool:
        """What is right, said as plainly as can be."""
        if not self.is_active:
            return False
        around = self.above(department)
        mine = [gift for gift in self.gifts if self.holds(gift) and not gift.over]
        is_admin = any(
            gift.role == ADMINISTRATORS and gift.scope is None and gift.resource is None
            for gift in mine
        )
        shut = resource in self.private and not is_admin
        if permission in self.manager_role and around & self.manager_of and not shut:
            return True
        return any(
            permission in self.roles[gift.role]
            and (gift.scope is None or gift.scope in around)
            and (gift.resource is None or gift.resource == resource)
            and (gift.resource == resource or not shut)
            for gift in mine
        )


@st.composite
def gifts(draw: st.DrawFn) -> Gift:
    where = draw(st.sampled_from(("everywhere", "department", "resource")))
    return Gift(
        draw(st.integers(0, 2)),
        draw(st.sampled_from(KINDS)),
        draw(SMALL),
        draw(SMALL) if where == "department" else None,
        draw(st.sampled_from(RESOURCES)) if where == "resource" else None,
        draw(st.sampled_from((False, False, True))),
    )


def _place(gift: Gift) -> object:
    """What there is once: a role given to somebody somewhere, with one end."""
    return gift.role, gift.kind, gift.subject, gift.scope, gift.resource


@st.composite
def worlds(draw: st.DrawFn) -> World:
    some = st.sets(st.sampled_from(PERMISSIONS))
    return World(
        parents=[None, *(draw(st.none() | st.integers(0, n - 1)) for n in range(1, 4))],
        manager_of=draw(st.sets(SMALL, max_size=2)),
        home=draw(st.none() | SMALL),
        is_active=draw(st.sampled_from((True, True, True, False))),
        nestings=draw(st.sets(st.tuples(SMALL, SMALL).filter(lambda p: p[0] != p[1]), max_size=4)),
        member_of=draw(st.sets(SMALL, max_size=2)),
        roles=[draw(some) for _ in range(3)],
        manager_role=draw(some),
        gifts=draw(st.lists(gifts(), max_size=6, unique_by=_place)),
        private=draw(st.sets(st.sampled_from(RESOURCES))),
    )


def rows(world: World) -> list[Sequence[TenantModel]]:
    """The world as rows, in the order in which they may be stored."""
    people = [uuid7() for _ in range(4)]
    departments = [uuid7() for _ in world.parents]
    groups = [uuid7() for _ in range(4)]
    roles = [uuid7() for _ in range(4)]
    world.ids = {"me": people[0]} | {f"d{n}": one for n, one in enumerate(departments)}
    subjects = {"person": people, "department": departments, "group": groups}
    permits = [*enumerate(world.roles), (3, world.manager_role)]
    return [
        *[[_department(world, n, departments)] for n in range(4)],
        [_person(world, n, one, departments) for n, one in enumerate(people)],
        [PersonGroup(id=one, name=f"g{n}", name_key=f"g{n}") for n, one in enumerate(groups)],
        [_role(n, one) for n, one in enumerate(roles)],
        [RolePermission(role_id=roles[n], permission=p) for n, some in permits for p in some],
        [GroupMember(group_id=groups[n], person_id=people[0]) for n in world.member_of],
        [GroupNesting(outer_id=groups[o], inner_id=groups[i]) for o, i in world.nestings],
        [
            RoleGrant(
                role_id=roles[gift.role],
                subject_kind=gift.kind,
                subject_id=subjects[gift.kind][gift.subject],
                scope_id=None if gift.scope is None else departments[gift.scope],
                resource=gift.resource,
                until=PAST if gift.over else None,
            )
            for gift in world.gifts
        ],
        [PrivateResource(resource=one) for one in world.private],
    ]  # fmt: skip


def _role(n: int, own: UUID) -> Role:
    return Role(id=own, key={3: "manager", ADMINISTRATORS: "admin"}.get(n, f"r{n}"), name=f"r{n}")


def _department(world: World, n: int, ids: list[UUID]) -> Department:
    above = world.parents[n]
    return Department(id=ids[n], name=f"d{n}", parent_id=None if above is None else ids[above])


def _person(world: World, n: int, own: UUID, departments: list[UUID]) -> Person:
    home = None if n or world.home is None else departments[world.home]
    active = bool(n) or world.is_active
    name = f"p{own.hex}"
    return Person(
        id=own,
        username=name,
        username_key=name,
        name=name,
        department_id=home,
        state="active" if active else "inactive",
    )


async def stored_rights(process: Process, company: Company, world: World) -> Granted:
    """What core makes of the world; nothing of it stays."""
    async with process.database.unit(Scope(company.id)) as unit:
        await unit.db.execute(sa.text("DELETE FROM maru.role"))
        for batch in rows(world):
            unit.db.add_all(batch)
            await unit.db.flush()
        for n in world.manager_of:
            where = {"d": world.ids[f"d{n}"], "me": world.ids["me"]}
            await unit.db.execute(
                sa.text("UPDATE maru.department SET manager_id = :me WHERE id = :d"), where
            )
        grants = await unit.read(GRANTS, person=world.ids["me"])
        tree, private = await unit.read(TREE), await private_resources(unit)
        return compile_rights(grants, tree, private)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds())
async def test_core_says_what_the_plain_model_says(
    process: Process, company: Company, world: World
) -> None:
    granted = await stored_rights(process, company, world)
    for permission in PERMISSIONS:
        assert granted.can(permission) == world.may(permission, None, None)
        for n in range(4):
            place = Place(scope_id=world.ids[f"d{n}"])
            assert granted.can(permission, place) == world.may(permission, n, None)
        for resource in RESOURCES:
            expected = world.may(permission, None, resource)
            assert granted.can(permission, Place(resource=resource)) == expected
            for n in range(4):
                both = Place(scope_id=world.ids[f"d{n}"], resource=resource)
                assert granted.can(permission, both) == world.may(permission, n, resource)
        if granted.everywhere(permission):
            assert all(
                world.may(permission, None, one) for one in RESOURCES if one[0] == permission[0]
            )
