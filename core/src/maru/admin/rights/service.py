"""What admins do with rights: core's desks, in the name of whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from maru.access import group_queries
from maru.access.giver import AdministratorsOnly, Giver, Place
from maru.access.grant_queries import GrantOut, SubjectKind
from maru.access.group_desk import one_group
from maru.access.queries import ROLES_SHOWN, RoleOut
from maru.access.rights import Rights
from maru.access.role_desk import Draft
from maru.access.why import Known, Why, why
from maru.admin.rights import queries
from maru.admin.rights.schemas import (
    GrantIn,
    GroupIn,
    GroupWhole,
    PermissionGroup,
    PermissionOut,
    RoleIn,
)
from maru.admin.service import call_of
from maru.audit.trail import Actor
from maru.identity.errors import UserNotFound
from maru.plugins.registry import Installed
from maru_sdk import Conflict, Context, InvalidInput, NotFound, Permission, PermissionDenied


def rights_of(ctx: Context) -> Rights:
    """The rights of this installation."""
    return cast("Rights", call_of(ctx).services.rights)


async def giver_of(ctx: Context) -> Giver:
    """Whoever asks, with what they may give."""
    call = call_of(ctx)
    return await Giver.of(call.unit, Actor(call.actor, "core", call.address, call.trace))


@contextmanager
def beside_the_form() -> Iterator[None]:
    """What is refused is said above the form, with what was typed, and not on a page of its own."""
    try:
        yield
    except (Conflict, NotFound, PermissionDenied) as refused:
        raise InvalidInput(refused.text, **refused.details) from refused


# Permissions


def known(ctx: Context) -> dict[str, tuple[Installed, Permission]]:
    """Every permission that an installed plugin declares."""
    declared = call_of(ctx).services.host.declared("permissions")
    return {permission.name: (whose, permission) for whose, permission in declared}


def permission_groups(ctx: Context) -> list[PermissionGroup]:
    """The permissions by plugin, in the reader's words; core's own first."""
    found: dict[str, PermissionGroup] = {}
    for whose, permission in known(ctx).values():
        group = found.setdefault(whose.key, _group(ctx, whose))
        group.permissions.append(_permission(ctx, whose, permission))
    return sorted(found.values(), key=lambda group: group.key != "admin")


def _group(ctx: Context, whose: Installed) -> PermissionGroup:
    is_on = call_of(ctx).services.gate.on(ctx.tenant.id, whose.key)
    title = call_of(ctx).ctx(whose.key).t(whose.title)
    return PermissionGroup(key=whose.key, title=title, is_on=is_on, permissions=[])


def _permission(ctx: Context, whose: Installed, permission: Permission) -> PermissionOut:
    say = call_of(ctx).ctx(whose.key).t
    return PermissionOut(
        name=permission.name,
        title=say(permission.title),
        description=say(permission.description) if permission.description else "",
        scoped=permission.scoped,
    )


# Roles


async def roles(ctx: Context) -> list[RoleOut]:
    """All roles, those that always exist first."""
    return list(await call_of(ctx).unit.read(ROLES_SHOWN))


def draft(body: RoleIn) -> Draft:
    """A role as it was asked for."""
    return Draft(body.name, body.description, body.rank, frozenset(body.permissions))


async def create_role(ctx: Context, body: RoleIn) -> RoleOut:
    """Adds a role."""
    desk, unit = rights_of(ctx).role_desk, call_of(ctx).unit
    return await desk.create(unit, await giver_of(ctx), draft(body), known(ctx))


async def change_role(ctx: Context, role_id: UUID, body: RoleIn) -> RoleOut:
    """Replaces a role."""
    desk, unit = rights_of(ctx).role_desk, call_of(ctx).unit
    return await desk.change(unit, await giver_of(ctx), role_id, draft(body), known(ctx))


async def delete_role(ctx: Context, role_id: UUID, *, with_grants: bool) -> None:
    """Takes a role away."""
    desk, unit = rights_of(ctx).role_desk, call_of(ctx).unit
    await desk.delete(unit, await giver_of(ctx), role_id, with_grants=with_grants)


# Grants


async def give(ctx: Context, body: GrantIn) -> GrantOut:
    """Gives a role."""
    place = Place(body.scope_id, body.resource)
    return await rights_of(ctx).grant_desk.give(
        call_of(ctx).unit,
        await giver_of(ctx),
        body.role_id,
        body.subject_kind,
        body.subject_id,
        place,
        body.until,
    )


async def take(ctx: Context, grant_id: UUID) -> GrantOut:
    """Takes a grant back."""
    return await rights_of(ctx).grant_desk.take(call_of(ctx).unit, await giver_of(ctx), grant_id)


def end_of(ctx: Context, day: date | None) -> datetime | None:
    """The end of a day where the company is."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(ctx.tenant.timezone))


async def set_private(ctx: Context, resource: str, private: bool) -> None:
    """Makes a thing private or open again, for administrators: what is private is no business of
    others who manage rights."""
    if not (await giver_of(ctx)).is_administrator:
        raise AdministratorsOnly
    call = call_of(ctx)
    actor = Actor(call.actor, "core", call.address, call.trace)
    await rights_of(ctx).set_private(call.unit, resource, private, actor)


def subject_of(text: str) -> tuple[SubjectKind, UUID]:
    """`person:…` as kind and id; raises InvalidInput."""
    kind, _, number = text.partition(":")
    try:
        found = UUID(number)
    except ValueError:
        raise InvalidInput("Choose who gets the role") from None
    if kind not in ("person", "department", "group"):
        raise InvalidInput("Choose who gets the role")
    return cast("SubjectKind", kind), found


# Groups


async def group(ctx: Context, group_id: UUID) -> GroupWhole:
    """A group with who is in it."""
    unit = call_of(ctx).unit
    found = await one_group(unit, group_id)
    return GroupWhole(
        **found.model_dump(),
        members=list(await unit.read(group_queries.MEMBERS, id=group_id)),
        inside=list(await unit.read(group_queries.INSIDE, id=group_id)),
    )


async def create_group(ctx: Context, body: GroupIn) -> GroupWhole:
    """Adds a group."""
    desk, unit = rights_of(ctx).group_desk, call_of(ctx).unit
    made = await desk.create(unit, await giver_of(ctx), body.name, body.description)
    return await group(ctx, made.id)


async def change_group(ctx: Context, group_id: UUID, body: GroupIn) -> GroupWhole:
    """Renames and describes a group."""
    desk, unit = rights_of(ctx).group_desk, call_of(ctx).unit
    await desk.change(unit, await giver_of(ctx), group_id, body.name, body.description)
    return await group(ctx, group_id)


async def delete_group(ctx: Context, group_id: UUID) -> None:
    """Takes a group away."""
    await rights_of(ctx).group_desk.delete(call_of(ctx).unit, await giver_of(ctx), group_id)


# Why


async def explained(ctx: Context, person_id: UUID, permission: str, place: Place) -> Why:
    """Why a person may or may not do something; raises UserNotFound."""
    call = call_of(ctx)
    found = await call.unit.read(queries.PERSON, id=person_id)
    if not found:
        raise UserNotFound
    declared = known(ctx).get(permission)
    stands = Known(
        is_active=found[0].state == "active",
        is_declared=declared is not None,
        plugin_is_on=declared is not None and call.services.gate.on(ctx.tenant.id, declared[0].key),
        is_withheld=permission in rights_of(ctx).withheld(ctx.tenant.id),
    )
    return await why(call.unit, person_id, permission, place, stands)
