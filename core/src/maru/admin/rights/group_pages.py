"""`/admin/rights/groups`."""

from uuid import UUID

from maru.access import group_queries
from maru.access.permissions import RIGHTS_MANAGE
from maru.admin.rights import choices, service
from maru.admin.rights.choices import HERE, tabs
from maru.admin.rights.schemas import Chosen, GroupIn, GroupsView, GroupView
from maru.admin.service import call_of
from maru_sdk import Context, Redirect, action, page

GROUPS = f"{HERE}/groups"


@page("/rights/groups", title="Groups", needs=RIGHTS_MANAGE, template="maru/admin/groups.html")
async def groups(ctx: Context) -> GroupsView:
    """All groups, and the form of a new one."""
    found = list(await ctx.read(group_queries.ALL))
    schema = GroupIn.model_json_schema()
    return GroupsView(tabs=tabs(ctx, "/groups"), groups=found, new_schema=schema)


@action("/rights/groups", needs=RIGHTS_MANAGE, again=groups)
async def create_group(ctx: Context, form: GroupIn) -> Redirect:
    """Adds a group."""
    with service.beside_the_form():
        made = await service.create_group(ctx, form)
    return Redirect(to=f"{GROUPS}/{made.id}")


@page(
    "/rights/groups/{group_id}",
    title="Group",
    needs=RIGHTS_MANAGE,
    template="maru/admin/group.html",
)
async def group(ctx: Context, group_id: UUID, q: str = "") -> GroupView:
    """One group: its people, the groups in it, and who could be put into it."""
    found = await service.group(ctx, group_id)
    there = {one.id for one in found.members}
    return GroupView(
        tabs=tabs(ctx, "/groups"),
        group=found,
        q=q,
        people=[one for one in await choices.people(ctx, q) if one.id not in there],
        others=await choices.groups(ctx, [group_id, *(one.id for one in found.inside)]),
        group_schema=GroupIn.model_json_schema(),
    )


@action("/rights/groups/{group_id}", needs=RIGHTS_MANAGE, again=group)
async def change_group(ctx: Context, group_id: UUID, form: GroupIn) -> Redirect:
    """Renames and describes a group."""
    with service.beside_the_form():
        made = await service.change_group(ctx, group_id, form)
    said = call_of(ctx).t("{name} was saved.", name=made.name)
    return Redirect(to=f"{GROUPS}/{group_id}", message=said)


@action("/rights/groups/{group_id}/delete", needs=RIGHTS_MANAGE, again=group)
async def delete_group(ctx: Context, group_id: UUID) -> Redirect:
    """Deletes a group with the roles that it holds."""
    with service.beside_the_form():
        await service.delete_group(ctx, group_id)
    return Redirect(to=GROUPS, message=call_of(ctx).t("The group was deleted."))


@action("/rights/groups/{group_id}/members", needs=RIGHTS_MANAGE, again=group)
async def add_member(ctx: Context, group_id: UUID, form: Chosen) -> Redirect:
    """Puts a person into a group."""
    desk, unit = service.rights_of(ctx).group_desk, call_of(ctx).unit
    with service.beside_the_form():
        await desk.add(unit, await service.giver_of(ctx), group_id, form.id)
    return Redirect(to=f"{GROUPS}/{group_id}")


@action("/rights/groups/{group_id}/members/{person_id}/remove", needs=RIGHTS_MANAGE)
async def remove_member(ctx: Context, group_id: UUID, person_id: UUID) -> Redirect:
    """Takes a person out of a group."""
    desk, unit = service.rights_of(ctx).group_desk, call_of(ctx).unit
    await desk.remove(unit, await service.giver_of(ctx), group_id, person_id)
    return Redirect(to=f"{GROUPS}/{group_id}")


@action("/rights/groups/{group_id}/groups", needs=RIGHTS_MANAGE, again=group)
async def put_in(ctx: Context, group_id: UUID, form: Chosen) -> Redirect:
    """Puts a group into another."""
    desk, unit = service.rights_of(ctx).group_desk, call_of(ctx).unit
    with service.beside_the_form():
        await desk.put_in(unit, await service.giver_of(ctx), group_id, form.id)
    return Redirect(to=f"{GROUPS}/{group_id}")


@action("/rights/groups/{group_id}/groups/{inner_id}/remove", needs=RIGHTS_MANAGE)
async def take_out(ctx: Context, group_id: UUID, inner_id: UUID) -> Redirect:
    """Takes a group out of another."""
    desk, unit = service.rights_of(ctx).group_desk, call_of(ctx).unit
    await desk.take_out(unit, await service.giver_of(ctx), group_id, inner_id)
    return Redirect(to=f"{GROUPS}/{group_id}")


PAGES = (
    groups,
    create_group,
    group,
    change_group,
    delete_group,
    add_member,
    remove_member,
    put_in,
    take_out,
)
