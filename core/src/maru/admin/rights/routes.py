"""`/api/v1/admin/roles`, `/grants`, `/groups`, `/permissions` and `/rights/why`."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from maru.access import grant_queries, group_queries
from maru.access.giver import Place
from maru.access.grant_queries import GrantOut, SubjectKind
from maru.access.group_queries import GroupOut
from maru.access.permissions import RIGHTS_MANAGE
from maru.access.queries import RoleOut
from maru.access.resources import private_resources
from maru.access.role_desk import one_role
from maru.access.why import Why
from maru.admin.rights import service
from maru.admin.rights.schemas import (
    GrantIn,
    GroupIn,
    GroupWhole,
    PermissionGroup,
    PrivateIn,
    RoleIn,
)
from maru.admin.service import call_of
from maru_sdk import Context, InvalidInput, Page, PageParams, delete, get, post, put

NOW = "who changes rights starts from those that are in force"
Short = Annotated[str, StringConstraints(max_length=200)]


class SubjectHalf(InvalidInput):
    """422: a subject is a kind and an id together."""

    code = "SUBJECT_INCOMPLETE"
    message = "Give subject_kind and subject_id together"


@get("/permissions", needs=RIGHTS_MANAGE, no_store=NOW)
async def permissions(ctx: Context) -> list[PermissionGroup]:
    """What a role can permit, by plugin, in the reader's words."""
    return service.permission_groups(ctx)


@get("/roles", needs=RIGHTS_MANAGE, no_store=NOW)
async def roles(ctx: Context) -> list[RoleOut]:
    """All roles with what they permit and how often each is given."""
    return await service.roles(ctx)


@post("/roles", needs=RIGHTS_MANAGE)
async def create_role(ctx: Context, body: RoleIn) -> RoleOut:
    """Adds a role. Its permissions must be the caller's own, unless they are an administrator."""
    return await service.create_role(ctx, body)


@get("/roles/{role_id}", needs=RIGHTS_MANAGE, no_store=NOW)
async def role(ctx: Context, role_id: UUID) -> RoleOut:
    """One role."""
    return await one_role(call_of(ctx).unit, role_id)


@put("/roles/{role_id}", needs=RIGHTS_MANAGE)
async def change_role(ctx: Context, role_id: UUID, body: RoleIn) -> RoleOut:
    """Replaces a role; every process obeys within two seconds."""
    return await service.change_role(ctx, role_id, body)


@delete("/roles/{role_id}", needs=RIGHTS_MANAGE)
async def delete_role(ctx: Context, role_id: UUID, with_grants: bool = False) -> None:
    """Deletes a role of the tenant's own. One that is given is refused with the count, unless
    `?with_grants=true` says that the grants go with it."""
    await service.delete_role(ctx, role_id, with_grants=with_grants)


@get("/grants", needs=RIGHTS_MANAGE, no_store=NOW)
async def grants(
    ctx: Context,
    page: PageParams,
    role_id: UUID | None = None,
    subject_kind: SubjectKind | None = None,
    subject_id: UUID | None = None,
    resource: Short | None = None,
) -> Page[GrantOut]:
    """Who has what, where, the newest first: all of it, of a role, of a subject, or on a
    resource. The first of these that is given counts."""
    if role_id is not None:
        return await ctx.page(grant_queries.OF_ROLE, page, role=role_id)
    if (subject_kind is None) != (subject_id is None):
        raise SubjectHalf
    if subject_id is not None:
        return await ctx.page(grant_queries.OF_SUBJECT, page, kind=subject_kind, subject=subject_id)
    if resource is not None:
        return await ctx.page(grant_queries.ON_RESOURCE, page, resource=resource)
    return await ctx.page(grant_queries.ALL, page)


@post("/grants", needs=RIGHTS_MANAGE)
async def give(ctx: Context, body: GrantIn) -> GrantOut:
    """Gives a role to a person, a department with those below it, or a group; twice is once."""
    return await service.give(ctx, body)


@delete("/grants/{grant_id}", needs=RIGHTS_MANAGE)
async def take(ctx: Context, grant_id: UUID) -> None:
    """Takes a role back. The last administrator keeps theirs."""
    await service.take(ctx, grant_id)


@get("/groups", needs=RIGHTS_MANAGE, no_store=NOW)
async def groups(ctx: Context) -> list[GroupOut]:
    """All groups, those of sign-in providers among them."""
    return list(await ctx.read(group_queries.ALL))


@post("/groups", needs=RIGHTS_MANAGE)
async def create_group(ctx: Context, body: GroupIn) -> GroupWhole:
    """Adds a group."""
    return await service.create_group(ctx, body)


@get("/groups/{group_id}", needs=RIGHTS_MANAGE, no_store=NOW)
async def group(ctx: Context, group_id: UUID) -> GroupWhole:
    """A group with its people and the groups in it."""
    return await service.group(ctx, group_id)


@put("/groups/{group_id}", needs=RIGHTS_MANAGE)
async def change_group(ctx: Context, group_id: UUID, body: GroupIn) -> GroupWhole:
    """Renames and describes a group."""
    return await service.change_group(ctx, group_id, body)


@delete("/groups/{group_id}", needs=RIGHTS_MANAGE)
async def delete_group(ctx: Context, group_id: UUID) -> None:
    """Deletes a group with the roles that it holds; its people stay."""
    await service.delete_group(ctx, group_id)


@put("/groups/{group_id}/members/{person_id}", needs=RIGHTS_MANAGE)
async def add_member(ctx: Context, group_id: UUID, person_id: UUID) -> GroupWhole:
    """Puts a person into a group of the admins' own."""
    desk, unit = service.rights_of(ctx).group_desk, call_of(ctx).unit
    await desk.add(unit, await service.giver_of(ctx), group_id, person_id)
    return await service.group(ctx, group_id)


@delete("/groups/{group_id}/members/{person_id}", needs=RIGHTS_MANAGE)
async def remove_member(ctx: Context, group_id: UUID, person_id: UUID) -> None:
    """Takes a person out of a group."""
    desk, unit = service.rights_of(ctx).group_desk, call_of(ctx).unit
    await desk.remove(unit, await service.giver_of(ctx), group_id, person_id)


@put("/groups/{group_id}/groups/{inner_id}", needs=RIGHTS_MANAGE)
async def put_in(ctx: Context, group_id: UUID, inner_id: UUID) -> GroupWhole:
    """Puts a group into another; 409 where that would be a circle."""
    desk, unit = service.rights_of(ctx).group_desk, call_of(ctx).unit
    await desk.put_in(unit, await service.giver_of(ctx), group_id, inner_id)
    return await service.group(ctx, group_id)


@delete("/groups/{group_id}/groups/{inner_id}", needs=RIGHTS_MANAGE)
async def take_out(ctx: Context, group_id: UUID, inner_id: UUID) -> None:
    """Takes a group out of another."""
    desk, unit = service.rights_of(ctx).group_desk, call_of(ctx).unit
    await desk.take_out(unit, await service.giver_of(ctx), group_id, inner_id)


@get("/rights/private", needs=RIGHTS_MANAGE, no_store=NOW)
async def private(ctx: Context) -> list[str]:
    """The things that are open to those alone whom a grant names them to."""
    return sorted(await private_resources(call_of(ctx).unit))


@put("/rights/private", needs=RIGHTS_MANAGE)
async def set_private(ctx: Context, body: PrivateIn) -> PrivateIn:
    """Makes a thing private, or open again; for administrators."""
    await service.set_private(ctx, body.resource, body.private)
    return body


@get("/rights/why", needs=RIGHTS_MANAGE, no_store=NOW)
async def why(
    ctx: Context,
    person_id: UUID,
    permission: Short,
    department_id: UUID | None = None,
    resource: Short | None = None,
) -> Why:
    """Why a person may or may not do something, on a department's things, on a resource, or
    everywhere: the grants that decide it, or what is missing."""
    return await service.explained(ctx, person_id, permission, Place(department_id, resource))


ROUTES = (
    private,
    set_private,
    permissions,
    roles,
    create_role,
    role,
    change_role,
    delete_role,
    grants,
    give,
    take,
    groups,
    create_group,
    group,
    change_group,
    delete_group,
    add_member,
    remove_member,
    put_in,
    take_out,
    why,
)
