"""`/admin/rights`: roles, who has what, groups, and why."""

from urllib.parse import urlencode
from uuid import UUID

from maru.access import grant_queries
from maru.access.giver import Place
from maru.access.grant_queries import GrantOut
from maru.access.permissions import RIGHTS_MANAGE
from maru.access.role_desk import one_role
from maru.admin.rights import choices, queries, service
from maru.admin.rights.choices import HERE, role_name, tabs
from maru.admin.rights.group_pages import PAGES as GROUP_PAGES
from maru.admin.rights.schemas import (
    GiveView,
    GrantForm,
    GrantIn,
    GrantLine,
    GrantsView,
    NewRole,
    Option,
    RoleForm,
    RoleIn,
    RolesView,
    RoleView,
    WhyView,
)
from maru.admin.service import call_of
from maru_sdk import Context, PageParams, Redirect, action, page

ON_PAGE = 25


# Roles


@page("/rights", title="Rights", needs=RIGHTS_MANAGE, template="maru/admin/roles.html")
async def roles(ctx: Context) -> RolesView:
    """All roles, and the form of a new one."""
    found = [choices.role_line(ctx, one) for one in await service.roles(ctx)]
    return RolesView(tabs=tabs(ctx, ""), roles=found, new_schema=NewRole.model_json_schema())


@action("/rights", needs=RIGHTS_MANAGE, again=roles)
async def create_role(ctx: Context, form: NewRole) -> Redirect:
    """Adds a role that permits nothing yet."""
    with service.beside_the_form():
        made = await service.create_role(ctx, RoleIn(**form.model_dump()))
    return Redirect(to=f"{HERE}/roles/{made.id}")


@page("/rights/roles/{role_id}", title="Role", needs=RIGHTS_MANAGE, template="maru/admin/role.html")
async def role(ctx: Context, role_id: UUID) -> RoleView:
    """One role: its name, and what it permits, by plugin."""
    found = choices.role_line(ctx, await one_role(call_of(ctx).unit, role_id))
    groups = service.permission_groups(ctx)
    there = {one.name for group in groups for one in group.permissions}
    schema = RoleForm.model_json_schema()
    if found.builtin:
        schema["properties"]["name"]["x-kind"] = "hidden"
    return RoleView(
        tabs=tabs(ctx, ""),
        role=found,
        groups=groups,
        lost=[name for name in found.permissions if name not in there],
        role_schema=schema,
    )


@action("/rights/roles/{role_id}", needs=RIGHTS_MANAGE, again=role)
async def change_role(ctx: Context, role_id: UUID, form: RoleForm) -> Redirect:
    """Saves a role."""
    with service.beside_the_form():
        made = await service.change_role(ctx, role_id, RoleIn(**form.model_dump()))
    said = call_of(ctx).t("{name} was saved.", name=role_name(ctx, made.key, made.name))
    return Redirect(to=f"{HERE}/roles/{role_id}", message=said)


@page(
    "/rights/roles/{role_id}/delete",
    title="Delete role",
    needs=RIGHTS_MANAGE,
    template="maru/admin/role_delete.html",
)
async def delete_one_role(ctx: Context, role_id: UUID) -> RoleView:
    """Asks, before a role goes with all its grants, whether that is meant."""
    return await role.function(ctx, role_id)  # type: ignore[no-any-return]


@action("/rights/roles/{role_id}/delete", needs=RIGHTS_MANAGE, again=delete_one_role)
async def delete_role(ctx: Context, role_id: UUID) -> Redirect:
    """Deletes a role with its grants: `delete_one_role` has shown how many."""
    with service.beside_the_form():
        await service.delete_role(ctx, role_id, with_grants=True)
    return Redirect(to=HERE, message=call_of(ctx).t("The role was deleted."))


# Grants


@page("/rights/grants", title="Rights", needs=RIGHTS_MANAGE, template="maru/admin/grants.html")
async def grants(
    ctx: Context, role: str = "", resource: str = "", subject: str = "", page: int = 1
) -> GrantsView:
    """Who has what, where: all of it, or of one role, one subject or one resource."""
    role_id = _uuid(role)
    params = PageParams(page=max(page, 1), limit=ON_PAGE)
    if role_id is not None:
        found = await ctx.page(grant_queries.OF_ROLE, params, role=role_id)
    elif subject:
        kind, number = service.subject_of(subject)
        found = await ctx.page(grant_queries.OF_SUBJECT, params, kind=kind, subject=number)
    elif resource:
        found = await ctx.page(grant_queries.ON_RESOURCE, params, resource=resource)
    else:
        found = await ctx.page(grant_queries.ALL, params)
    given = {"role": role, "resource": resource, "subject": subject}
    chosen = urlencode({name: value for name, value in given.items() if value})
    return GrantsView(
        tabs=tabs(ctx, "/grants"),
        grants=[_grant_line(ctx, one) for one in found],
        roles=choices.role_options(ctx, await service.roles(ctx)),
        subject_name=found[0].subject_name if subject and found else "",
        page=params.page,
        pages=found.pagination["totalPages"] or 1,
        total=found.pagination["total"] or 0,
        url=f"{HERE}/grants?{chosen}&page={{page}}" if chosen else f"{HERE}/grants?page={{page}}",
        **given,
    )


def _grant_line(ctx: Context, grant: GrantOut) -> GrantLine:
    shown = role_name(ctx, grant.role_key, grant.role_name)
    is_over = grant.until is not None and grant.until <= ctx.now
    return GrantLine(**grant.model_dump(), shown=shown, thing=grant.resource or "", is_over=is_over)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@page(
    "/rights/grants/new",
    title="Give a role",
    needs=RIGHTS_MANAGE,
    template="maru/admin/give.html",
)
async def new_grant(
    ctx: Context, q: str = "", role: str = "", resource: str = "", subject: str = ""
) -> GiveView:
    """Who gets which role, where."""
    found = await choices.people(ctx, q)
    return GiveView(
        tabs=tabs(ctx, "/grants"),
        q=q,
        people=found,
        departments=await choices.departments(ctx),
        groups=await choices.groups(ctx),
        subjects=[Option(value=f"person:{one.id}", title=one.name) for one in found],
        roles=choices.role_options(ctx, await service.roles(ctx)),
        role=role,
        resource=resource,
    )


@action("/rights/grants/new", needs=RIGHTS_MANAGE, again=new_grant)
async def give(ctx: Context, form: GrantForm, q: str = "") -> Redirect:
    """Gives a role."""
    kind, subject_id = service.subject_of(form.subject)
    body = GrantIn(
        role_id=form.role_id,
        subject_kind=kind,
        subject_id=subject_id,
        scope_id=form.scope_id,
        resource=form.resource,
        until=service.end_of(ctx, form.until),
    )
    with service.beside_the_form():
        made = await service.give(ctx, body)
    said = call_of(ctx).t(
        "{role} was given to {name}.",
        role=role_name(ctx, made.role_key, made.role_name),
        name=made.subject_name,
    )
    return Redirect(to=f"{HERE}/grants", message=said)


@action("/rights/grants/{grant_id}/take", needs=RIGHTS_MANAGE, again=grants)
async def take(ctx: Context, grant_id: UUID) -> Redirect:
    """Takes a role back."""
    with service.beside_the_form():
        made = await service.take(ctx, grant_id)
    said = call_of(ctx).t(
        "{role} was taken from {name}.",
        role=role_name(ctx, made.role_key, made.role_name),
        name=made.subject_name,
    )
    return Redirect(to=f"{HERE}/grants", message=said)


# Why


@page("/rights/why", title="Why?", needs=RIGHTS_MANAGE, template="maru/admin/why.html")
async def why(
    ctx: Context,
    q: str = "",
    person: str = "",
    permission: str = "",
    scope_id: str = "",
    resource: str = "",
) -> WhyView:
    """Why a person may or may not do something."""
    found = await choices.people(ctx, q)
    chosen = await _person(ctx, person) or (found[0] if len(found) == 1 else None)
    groups = service.permission_groups(ctx)
    titles = {one.name: one.title for group in groups for one in group.permissions}
    answer = None
    if chosen is not None and permission:
        place = Place(_uuid(scope_id), resource or None)
        answer = await service.explained(ctx, chosen.id, permission, place)
    return WhyView(
        tabs=tabs(ctx, "/why"),
        q=q,
        person=chosen,
        people=found if chosen is None else [],
        permission=permission,
        permission_title=titles.get(permission, permission),
        scope_id=scope_id,
        resource=resource,
        permissions=groups,
        departments=await choices.departments(ctx),
        why=answer,
        role_names={
            one.name: role_name(ctx, one.key, one.name) for one in await service.roles(ctx)
        },
    )


async def _person(ctx: Context, person: str) -> queries.PersonFound | None:
    person_id = _uuid(person)
    found = [] if person_id is None else list(await ctx.read(queries.PERSON, id=person_id))
    return found[0] if found else None


PAGES = (
    roles,
    create_role,
    role,
    change_role,
    delete_one_role,
    delete_role,
    grants,
    new_grant,
    give,
    take,
    *GROUP_PAGES,
    why,
)
