"""What admins do with groups: make their own, say who is in them, and put one into another."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.access import group_queries
from maru.access.administrators import take_turns
from maru.access.giver import Giver, Place
from maru.access.grant_desk import check_there
from maru.access.group_queries import GroupOut
from maru.access.groups import key_of, named
from maru.access.models import GroupMember, GroupNesting, PersonGroup, RoleGrant
from maru.access.roles import Told
from maru.audit.trail import AuditTrail
from maru.db.unit import Unit
from maru_sdk import Conflict, NotFound
from maru_sdk.db import col, uuid7


class GroupNotFound(NotFound):
    """404: the tenant has no such group."""

    code = "GROUP_NOT_FOUND"
    message = "There is no such group"


class GroupExists(Conflict):
    """409: admins made a group of this name already."""

    code = "GROUP_EXISTS"
    message = "There is already a group {name}"


class GroupKeptElsewhere(Conflict):
    """409: a sign-in provider says who is in the group, at each sign-in."""

    code = "GROUP_KEPT_ELSEWHERE"
    message = "{name} is filled by {source}: put it into a group of your own instead"


class GroupCircle(Conflict):
    """409: a group would be inside itself."""

    code = "GROUP_CIRCLE"
    message = "{inner} can't be put into {outer}, which is inside it"


class GroupDesk:
    """Changes groups in the unit of work of its caller; every process obeys. Whoever puts somebody
    into a group gives them what it holds, so it must be theirs to give."""

    def __init__(self, audit: AuditTrail, changed: Told) -> None:
        self._audit = audit
        self._changed = changed

    async def create(self, unit: Unit, giver: Giver, name: str, description: str) -> GroupOut:
        """A new group. Raises GroupExists."""
        row = {**_names(name), "id": uuid7(), "description": description}
        made = insert(PersonGroup).values(row).on_conflict_do_nothing()
        if await unit.db.scalar(made.returning(col(PersonGroup.id))) is None:
            raise GroupExists(name=name)
        await self._tell(unit, giver, "group.created", row["id"], after={"name": name})
        return await one_group(unit, row["id"])

    async def change(
        self, unit: Unit, giver: Giver, group_id: UUID, name: str, description: str
    ) -> GroupOut:
        """Renames and describes a group; a provider's keeps its name."""
        await take_turns(unit)
        group = await one_group(unit, group_id)
        if group.source is not None and name != group.name:
            raise GroupKeptElsewhere(name=group.name, source=group.source)
        others = await unit.read(group_queries.ALL)
        if any(_same(one, group, name) for one in others):
            raise GroupExists(name=name)
        values = {**_names(name), "description": description}
        where = col(PersonGroup.id) == group_id
        await unit.db.execute(sa.update(PersonGroup).where(where).values(values))
        before = group.model_dump(include={"name", "description"})
        after = {"name": name, "description": description}
        await self._tell(unit, giver, "group.changed", group_id, before=before, after=after)
        return await one_group(unit, group_id)

    async def delete(self, unit: Unit, giver: Giver, group_id: UUID) -> None:
        """Takes a group away with what it holds; its people stay."""
        await take_turns(unit)
        group = await one_group(unit, group_id)
        await self._check(unit, giver, group_id)
        held = sa.delete(RoleGrant).where(
            col(RoleGrant.subject_kind) == "group", col(RoleGrant.subject_id) == group_id
        )
        gone = (await unit.db.execute(held.returning(col(RoleGrant.role_id)))).scalars().all()
        await unit.db.execute(sa.delete(PersonGroup).where(col(PersonGroup.id) == group_id))
        before = {"name": group.name, "roles": [str(one) for one in gone]}
        await self._tell(unit, giver, "group.deleted", group_id, before=before)

    async def add(self, unit: Unit, giver: Giver, group_id: UUID, person_id: UUID) -> None:
        """Puts a person into a group; twice is once."""
        await self._own(unit, giver, group_id)
        await check_there(unit, "person", person_id)
        row = {"id": uuid7(), "group_id": group_id, "person_id": person_id}
        made = insert(GroupMember).values(row).on_conflict_do_nothing()
        if await unit.db.scalar(made.returning(col(GroupMember.id))) is not None:
            said = {"person": str(person_id)}
            await self._tell(unit, giver, "group.member_added", group_id, after=said)

    async def remove(self, unit: Unit, giver: Giver, group_id: UUID, person_id: UUID) -> None:
        """Takes a person out of a group; nothing happens where they aren't in it."""
        await self._own(unit, giver, group_id)
        gone = sa.delete(GroupMember).where(
            col(GroupMember.group_id) == group_id, col(GroupMember.person_id) == person_id
        )
        if await unit.db.scalar(gone.returning(col(GroupMember.id))) is not None:
            said = {"person": str(person_id)}
            await self._tell(unit, giver, "group.member_removed", group_id, before=said)

    async def put_in(self, unit: Unit, giver: Giver, outer_id: UUID, inner_id: UUID) -> None:
        """Puts a group into another: its people are in both. Raises GroupCircle."""
        outer = await self._own(unit, giver, outer_id)
        inner = await one_group(unit, inner_id)
        around = {one.id for one in await unit.read(group_queries.AROUND, id=outer_id)}
        if inner_id in around:
            raise GroupCircle(inner=inner.name, outer=outer.name)
        row = {"id": uuid7(), "outer_id": outer_id, "inner_id": inner_id}
        made = insert(GroupNesting).values(row).on_conflict_do_nothing()
        if await unit.db.scalar(made.returning(col(GroupNesting.id))) is not None:
            said = {"group": str(inner_id)}
            await self._tell(unit, giver, "group.group_added", outer_id, after=said)

    async def take_out(self, unit: Unit, giver: Giver, outer_id: UUID, inner_id: UUID) -> None:
        """Takes a group out of another; nothing happens where it isn't in it."""
        await self._own(unit, giver, outer_id)
        gone = sa.delete(GroupNesting).where(
            col(GroupNesting.outer_id) == outer_id, col(GroupNesting.inner_id) == inner_id
        )
        if await unit.db.scalar(gone.returning(col(GroupNesting.id))) is not None:
            said = {"group": str(inner_id)}
            await self._tell(unit, giver, "group.group_removed", outer_id, before=said)

    async def _own(self, unit: Unit, giver: Giver, group_id: UUID) -> GroupOut:
        """A group of the admins' own, whose members the giver may choose."""
        await take_turns(unit)
        group = await one_group(unit, group_id)
        if group.source is not None:
            raise GroupKeptElsewhere(name=group.name, source=group.source)
        await self._check(unit, giver, group_id)
        return group

    async def _check(self, unit: Unit, giver: Giver, group_id: UUID) -> None:
        around = await unit.read(group_queries.AROUND, id=group_id)
        for one in await unit.read(group_queries.BESTOWED, ids=[each.id for each in around]):
            giver.check_role(one.role)
            giver.check(_held(one.permission), Place(one.scope_id, one.resource))

    async def _tell(
        self, unit: Unit, giver: Giver, action: str, group_id: UUID, **said: Mapping[str, Any]
    ) -> None:
        await self._audit.write(unit, action, f"group:{group_id}", actor=giver.actor, **said)
        await self._changed(unit, None)


async def one_group(unit: Unit, group_id: UUID) -> GroupOut:
    """A group as it stands; raises GroupNotFound."""
    found = await unit.read(group_queries.ONE, id=group_id)
    if not found:
        raise GroupNotFound
    return found[0]


def _names(name: str) -> dict[str, Any]:
    return {"name": named(name), "name_key": key_of(name)}


def _same(one: GroupOut, group: GroupOut, name: str) -> bool:
    """Whether another group of the same source has this name."""
    mine = one.id == group.id or one.source != group.source
    return not mine and key_of(one.name) == key_of(name)


def _held(permission: str | None) -> Iterable[str]:
    return () if permission is None else (permission,)
