"""Roles of a tenant: how they begin, what plugins add to them, and who is given them."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from maru.access import queries
from maru.access.models import Role as RoleRow
from maru.access.models import RoleGrant, RolePermission
from maru.access.permissions import ADMIN, MANAGER, MEMBER, ROLES
from maru.audit.trail import NOBODY, Actor, AuditTrail
from maru.db.unit import Unit
from maru.tenancy.models import Setting
from maru_sdk import NotFound, Role
from maru_sdk.db import col, uuid7

Subject = Literal["person", "department", "group"]
Told = Callable[[Unit, UUID | None], Awaitable[None]]

BUILTIN: Final = ((ADMIN, "Administrator", 10), (MANAGER, "Manager", 50), (MEMBER, "Member", 100))
LAST_RANK: Final = 9_999
_GIVEN: Final = "core.roles"
_WHOLE: Final = ("tenant_id", "role_id", "subject_kind", "subject_id", "scope_id", "resource")


class RoleNotFound(NotFound):
    """404: the tenant has no such role."""

    code = "ROLE_NOT_FOUND"
    message = "There is no such role"


class Roles:
    """Changes roles and grants in the unit of work of its caller; every process obeys."""

    def __init__(self, audit: AuditTrail, changed: Told) -> None:
        """`changed` is told of each change, with the person where it is one person's alone."""
        self._audit = audit
        self._changed = changed

    async def begin(self, unit: Unit) -> None:
        """Gives the unit's tenant core's three roles with core's permissions; again does
        nothing."""
        session = await unit.session()
        rows = [
            {"id": uuid7(), "key": key, "name": name, "rank": rank, "builtin": True}
            for key, name, rank in BUILTIN
        ]
        await session.execute(insert(RoleRow).on_conflict_do_nothing(), rows)
        await self.grant_defaults(unit, ROLES)

    async def grant_defaults(self, unit: Unit, roles: Iterable[Role]) -> None:
        """Adds the permissions of these roles to the tenant's.

        What was added once isn't added again: an admin who has taken it out isn't overruled.
        """
        session = await unit.session()
        given = await _given(session)
        fresh = {
            (role.name, permission.name)
            for role in roles
            for permission in role.permissions
            if not role.title and permission.name not in given.get(role.name, ())
        }
        if not fresh:
            return
        ids = {row.key: row.id for row in await session.execute(queries.ROLES)}
        await _permit(session, [(ids[role], name) for role, name in fresh if role in ids])
        await _remember(session, given, fresh)
        await self._changed(unit, None)

    async def own(self, unit: Unit, role: Role, *, actor: Actor = NOBODY) -> UUID:
        """A plugin's own role, as the tenant has it; the first time it is made as declared."""
        row = {"id": uuid7(), "key": role.name, "name": role.title, "rank": LAST_RANK}
        making = insert(RoleRow).values(row).on_conflict_do_nothing()
        made: UUID | None = await unit.db.scalar(making.returning(col(RoleRow.id)))
        if made is None:
            return await _role_id(await unit.session(), role.name)
        names = [permission.name for permission in role.permissions]
        await _permit(await unit.session(), [(made, name) for name in names])
        said = {"name": role.title, "permissions": names}
        await self._audit.write(unit, "role.created", f"role:{made}", actor=actor, after=said)
        return made

    async def grant(
        self,
        unit: Unit,
        role: str,
        kind: Subject,
        subject_id: UUID,
        *,
        scope_id: UUID | None = None,
        resource: str | None = None,
        until: datetime | None = None,
        actor: Actor = NOBODY,
    ) -> None:
        """Gives a role to a person, a department (and all below it) or a group: everywhere, within
        one department, or for one resource (`board:17`); twice is once. It ends by itself at
        `until`; given again, the new end counts."""
        session = await unit.session()
        row = {
            "id": uuid7(),
            "role_id": await _role_id(session, role),
            "subject_kind": kind,
            "subject_id": subject_id,
            "scope_id": scope_id,
            "resource": resource,
            "until": until,
        }
        giving = insert(RoleGrant).values(row)
        made = await session.execute(
            giving.on_conflict_do_update(
                index_elements=_WHOLE,
                set_={"until": giving.excluded.until},
                where=col(RoleGrant.until).is_distinct_from(giving.excluded.until),
            ).returning(col(RoleGrant.id))
        )
        if made.one_or_none() is not None:
            said = _said(role, scope_id, resource)
            if until is not None:
                said["until"] = until.isoformat()
            await self._audit.write(
                unit, "rights.granted", f"{kind}:{subject_id}", actor=actor, after=said
            )
            await self._changed(unit, subject_id if kind == "person" else None)

    async def revoke(
        self,
        unit: Unit,
        role: str,
        kind: Subject,
        subject_id: UUID,
        *,
        scope_id: UUID | None = None,
        resource: str | None = None,
        actor: Actor = NOBODY,
    ) -> None:
        """Takes a role away again; nothing happens where it wasn't given."""
        session = await unit.session()
        gone = await session.execute(
            sa.delete(RoleGrant)
            .where(
                col(RoleGrant.role_id) == await _role_id(session, role),
                col(RoleGrant.subject_kind) == kind,
                col(RoleGrant.subject_id) == subject_id,
                col(RoleGrant.scope_id).is_not_distinct_from(scope_id),
                col(RoleGrant.resource).is_not_distinct_from(resource),
            )
            .returning(col(RoleGrant.id))
        )
        if gone.all():
            said = _said(role, scope_id, resource)
            await self._audit.write(
                unit, "rights.revoked", f"{kind}:{subject_id}", actor=actor, before=said
            )
            await self._changed(unit, subject_id if kind == "person" else None)

    async def clear(self, unit: Unit, resource: str, *, actor: Actor = NOBODY) -> None:
        """Takes away all that was given on a thing that is gone."""
        gone = await unit.db.execute(
            sa.delete(RoleGrant)
            .where(col(RoleGrant.resource) == resource)
            .returning(col(RoleGrant.id))
        )
        if count := len(gone.all()):
            lost, thing = {"grants": count}, f"resource:{resource}"
            await self._audit.write(unit, "rights.cleared", thing, actor=actor, before=lost)
            await self._changed(unit, None)


def _said(role: str, scope_id: UUID | None, resource: str | None) -> dict[str, str | None]:
    return {"role": role, "scope": str(scope_id) if scope_id else None, "resource": resource}


async def _role_id(session: AsyncSession, role: str) -> UUID:
    found: UUID | None = await session.scalar(queries.ROLE, {"key": role})
    if found is None:
        raise RoleNotFound
    return found


async def _given(session: AsyncSession) -> dict[str, list[str]]:
    """What was ever added to each role; the row stays locked, so two enablings take turns."""
    row = {"id": uuid7(), "plugin": _GIVEN, "content": {}}
    await session.execute(insert(Setting).values(row).on_conflict_do_nothing())
    content: Any = await session.scalar(
        sa.select(col(Setting.content)).where(col(Setting.plugin) == _GIVEN).with_for_update()
    )
    return dict(content or {})


async def _permit(session: AsyncSession, pairs: list[tuple[UUID, str]]) -> None:
    rows = [{"id": uuid7(), "role_id": role, "permission": name} for role, name in pairs]
    if rows:
        await session.execute(insert(RolePermission).on_conflict_do_nothing(), rows)


async def _remember(
    session: AsyncSession, given: dict[str, list[str]], fresh: set[tuple[str, str]]
) -> None:
    for role, name in fresh:
        given[role] = sorted({*given.get(role, ()), name})
    await session.execute(
        sa.update(Setting).where(col(Setting.plugin) == _GIVEN).values(content=given)
    )
