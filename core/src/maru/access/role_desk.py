"""What admins do with roles: make their own, change what a role permits, take one away."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.access import queries
from maru.access.administrators import take_turns
from maru.access.giver import Giver
from maru.access.models import Role, RoleGrant, RolePermission
from maru.access.permissions import ADMIN, RIGHTS_MANAGE
from maru.access.queries import RoleOut
from maru.access.roles import RoleNotFound, Told
from maru.audit.trail import AuditTrail
from maru.db.unit import Unit
from maru.identity.hangul import romanize
from maru_sdk import Conflict, InvalidInput
from maru_sdk.db import col, uuid7

_KEY_LENGTH: Final = 40


class RoleExists(Conflict):
    """409: the tenant has a role of this name."""

    code = "ROLE_EXISTS"
    message = "There is already a role {name}"


class RoleBuiltin(Conflict):
    """409: the roles that every tenant has keep their names and stay."""

    code = "ROLE_BUILTIN"
    message = "{name} is one of the roles that always exist: it can't be renamed or deleted"


class RoleGranted(Conflict):
    """409: somebody holds the role, and it wasn't said that they are to lose it."""

    code = "ROLE_GRANTED"
    message = "The role {name} is given {grants} times: say that these grants go with it"


class AdministratorsKeepRights(Conflict):
    """409: administrators must be able to change rights, or nobody could mend them."""

    code = "ROLE_NEEDS_RIGHTS"
    message = "Administrators keep the right to change roles"


class PermissionUnknown(InvalidInput):
    """422: no installed plugin declares the permission."""

    code = "PERMISSION_UNKNOWN"
    message = "No plugin knows the permission {permission}"


@dataclass(frozen=True)
class Draft:
    """A role as an admin wants it."""

    name: str
    description: str
    rank: int
    permissions: frozenset[str]


class RoleDesk:
    """Changes roles in the unit of work of its caller; every process obeys. Each change is
    audited, and nobody changes what they lack."""

    def __init__(self, audit: AuditTrail, changed: Told) -> None:
        self._audit = audit
        self._changed = changed

    async def create(
        self, unit: Unit, giver: Giver, draft: Draft, known: Collection[str]
    ) -> RoleOut:
        """A new role; `known` are the permissions that there are."""
        await take_turns(unit)
        _check_known(draft.permissions, known)
        giver.check(draft.permissions)
        there = await unit.read(queries.ROLES_SHOWN)
        _check_name(draft.name, there)
        role_id, key = uuid7(), _key(draft.name, {one.key for one in there})
        row = {"name": draft.name, "description": draft.description, "rank": draft.rank}
        await unit.db.execute(insert(Role).values(row | {"id": role_id, "key": key}))
        await _permit(unit, role_id, draft.permissions)
        await self._tell(unit, giver, "role.created", role_id, after=_said(draft))
        return await one_role(unit, role_id)

    async def change(
        self, unit: Unit, giver: Giver, role_id: UUID, draft: Draft, known: Collection[str]
    ) -> RoleOut:
        """Makes a role what the draft says; every permission that comes or goes must be the
        giver's."""
        await take_turns(unit)
        role = await one_role(unit, role_id)
        before = frozenset(role.permissions)
        moved = draft.permissions ^ before
        _check_known(draft.permissions - before, known)
        _check_kept(role, draft)
        if moved:
            giver.check_role(role.key)
            giver.check(moved)
        _check_name(
            draft.name, [r for r in await unit.read(queries.ROLES_SHOWN) if r.id != role_id]
        )
        await self._store(unit, role, draft)
        said = Draft(role.name, role.description, role.rank, before)
        await self._tell(
            unit, giver, "role.changed", role_id, before=_said(said), after=_said(draft)
        )
        return await one_role(unit, role_id)

    async def delete(
        self, unit: Unit, giver: Giver, role_id: UUID, *, with_grants: bool = False
    ) -> None:
        """Takes a role away, with its grants where that is said; else raises RoleGranted."""
        await take_turns(unit)
        role = await one_role(unit, role_id)
        if role.builtin:
            raise RoleBuiltin(name=role.name)
        giver.check(role.permissions)
        if role.grants and not with_grants:
            raise RoleGranted(name=role.name, grants=role.grants)
        held = await unit.db.execute(
            sa.select(
                col(RoleGrant.subject_kind),
                col(RoleGrant.subject_id),
                col(RoleGrant.scope_id),
                col(RoleGrant.resource),
            ).where(col(RoleGrant.role_id) == role_id)
        )
        said = role.model_dump(include={"name", "key", "permissions"})
        said["grants"] = [[str(part) for part in row if part is not None] for row in held]
        await unit.db.execute(sa.delete(Role).where(col(Role.id) == role_id))
        await self._tell(unit, giver, "role.deleted", role_id, before=said)

    async def _store(self, unit: Unit, role: RoleOut, draft: Draft) -> None:
        values = {"name": draft.name, "description": draft.description, "rank": draft.rank}
        await unit.db.execute(sa.update(Role).where(col(Role.id) == role.id).values(values))
        before = frozenset(role.permissions)
        gone = sa.delete(RolePermission).where(
            col(RolePermission.role_id) == role.id,
            col(RolePermission.permission).in_(before - draft.permissions),
        )
        await unit.db.execute(gone)
        await _permit(unit, role.id, draft.permissions - before)

    async def _tell(
        self, unit: Unit, giver: Giver, action: str, role_id: UUID, **said: Mapping[str, Any]
    ) -> None:
        await self._audit.write(unit, action, f"role:{role_id}", actor=giver.actor, **said)
        await self._changed(unit, None)


async def one_role(unit: Unit, role_id: UUID) -> RoleOut:
    """A role as it stands; raises RoleNotFound."""
    found = await unit.read(queries.ROLE_SHOWN, id=role_id)
    if not found:
        raise RoleNotFound
    return found[0]


async def _permit(unit: Unit, role_id: UUID, names: Iterable[str]) -> None:
    rows = [{"id": uuid7(), "role_id": role_id, "permission": name} for name in sorted(names)]
    if rows:
        await unit.db.execute(insert(RolePermission).on_conflict_do_nothing(), rows)


def _check_known(names: Iterable[str], known: Collection[str]) -> None:
    for name in sorted(names):
        if name not in known:
            raise PermissionUnknown(permission=name)


def _check_name(name: str, others: Iterable[RoleOut]) -> None:
    if any(one.name.casefold() == name.casefold() for one in others):
        raise RoleExists(name=name)


def _check_kept(role: RoleOut, draft: Draft) -> None:
    if role.builtin and draft.name != role.name:
        raise RoleBuiltin(name=role.name)
    if role.key == ADMIN and RIGHTS_MANAGE.name not in draft.permissions:
        raise AdministratorsKeepRights


def _key(name: str, taken: Collection[str]) -> str:
    """A readable key that no other role has: `게시판 담당` → `gesipan_damdang`."""
    letters = [
        char if char.isascii() and char.isalnum() else "_" for char in romanize(name).lower()
    ]
    base = "_".join(filter(None, "".join(letters).split("_")))[:_KEY_LENGTH] or "role"
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


def _said(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "description": draft.description,
        "rank": draft.rank,
        "permissions": sorted(draft.permissions),
    }
