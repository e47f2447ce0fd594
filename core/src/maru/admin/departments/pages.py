"""`/admin/departments`: the tree, and one department."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from maru.access.permissions import ORGANIZATION_MANAGE
from maru.admin.departments.schemas import (
    Candidate,
    DepartmentForm,
    DepartmentsView,
    DepartmentView,
    NewDepartment,
)
from maru.admin.refused import beside
from maru.identity.errors import UserNotFound
from maru.identity.queries import CREDENTIALS
from maru.identity.sign_in import fold
from maru.organization import departments as rules
from maru.organization.errors import (
    DepartmentCycle,
    DepartmentExists,
    DepartmentNotFound,
    DepartmentTooDeep,
    unfit,
)
from maru.organization.listing import colleagues
from maru.organization.schemas import DepartmentChange, DepartmentIn
from maru_sdk import Context, MaruError, PageParams, Redirect, action, page

HERE: Final = "/admin/departments"
CANDIDATES: Final = 100
BESIDE: Final[Mapping[type[MaruError], str]] = {
    DepartmentExists: "name",
    DepartmentCycle: "parent_id",
    DepartmentTooDeep: "parent_id",
    DepartmentNotFound: "parent_id",
    UserNotFound: "manager",
}


@page("/departments", title="Departments", needs=ORGANIZATION_MANAGE,
      template="maru/admin/organization/departments.html")  # fmt: skip
async def departments(ctx: Context) -> DepartmentsView:
    """All departments as a tree."""
    return DepartmentsView(departments=await rules.listed(ctx))


@action("/departments", needs=ORGANIZATION_MANAGE, again=departments)
async def create(ctx: Context, form: NewDepartment) -> Redirect:
    """Makes a department."""
    with beside(ctx, BESIDE):
        made = await rules.created(ctx, DepartmentIn(**form.model_dump()))
    return Redirect(to=HERE, message=ctx.t("{name} is added", name=made.name))


@page("/departments/{department_id}", title="Department", needs=ORGANIZATION_MANAGE,
      template="maru/admin/organization/department.html")  # fmt: skip
async def department(ctx: Context, department_id: UUID) -> DepartmentView:
    """One department."""
    tree = await rules.tree_of(ctx)
    if department_id not in tree.rows:
        raise DepartmentNotFound
    listed = rules.drawn(tree)
    below = {department_id, *(each for each, _ in tree.walk(department_id))}
    found = next(one for one in listed if one.id == department_id)
    siblings = tree.children(found.parent_id)
    people = await colleagues(ctx, PageParams(limit=CANDIDATES), "", department_id)
    return DepartmentView(
        department=found,
        manager=await _username(ctx, found.manager_id),
        departments=[one for one in listed if one.id not in below],
        candidates=[Candidate(username=one.username, name=one.name) for one in people],
        first=siblings[0] == department_id,
        last=siblings[-1] == department_id,
    )


@action("/departments/{department_id}", needs=ORGANIZATION_MANAGE, again=department)
async def change(ctx: Context, department_id: UUID, form: DepartmentForm) -> Redirect:
    """Renames a department, moves it, gives it another head."""
    with beside(ctx, BESIDE):
        manager = await _manager(ctx, form.manager)
        given = DepartmentChange(name=form.name, parent_id=form.parent_id, manager_id=manager)
        await rules.changed(ctx, department_id, given)
    return Redirect(to=f"{HERE}/{department_id}", message=ctx.t("The changes are saved"))


@action("/departments/{department_id}/up", needs=ORGANIZATION_MANAGE)
async def up(ctx: Context, department_id: UUID) -> Redirect:
    """Puts a department one place higher among its siblings."""
    return await _put(ctx, department_id, -1)


@action("/departments/{department_id}/down", needs=ORGANIZATION_MANAGE)
async def down(ctx: Context, department_id: UUID) -> Redirect:
    """Puts a department one place lower among its siblings."""
    return await _put(ctx, department_id, 1)


@action("/departments/{department_id}/remove", needs=ORGANIZATION_MANAGE, again=department)
async def remove(ctx: Context, department_id: UUID) -> Redirect:
    """Takes a department away to which nothing refers."""
    with beside(ctx, {}):
        await rules.removed(ctx, department_id)
    return Redirect(to=HERE, message=ctx.t("The department is removed"))


async def _put(ctx: Context, department_id: UUID, by: int) -> Redirect:
    tree = await rules.tree_of(ctx)
    if department_id not in tree.rows:
        raise DepartmentNotFound
    siblings = tree.children(tree.rows[department_id].parent_id)
    place = min(max(siblings.index(department_id) + by, 0), len(siblings) - 1)
    await rules.placed(ctx, department_id, place)
    return Redirect(to=f"{HERE}/{department_id}", message=ctx.t("The changes are saved"))


async def _manager(ctx: Context, username: str) -> UUID | None:
    if not username.strip():
        return None
    for found in await ctx.read(CREDENTIALS, key=fold(username)):
        return found.id
    raise unfit("manager", "unknown", ctx.t("There is no such user"))


async def _username(ctx: Context, person_id: UUID | None) -> str:
    found = await ctx.people.get(person_id) if person_id else None
    return found.username if found else ""


PAGES = (departments, create, department, change, up, down, remove)
