"""`/admin/people`: the list, and one person."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from maru.access.permissions import USERS_MANAGE
from maru.admin.people.routes import Sought
from maru.admin.people.schemas import (
    Choices,
    DepartmentChoice,
    NewPersonView,
    PeopleView,
    PersonForm,
    PersonView,
    PostForm,
    PostGone,
)
from maru.admin.refused import beside
from maru.identity.accounts import UserExists
from maru.organization import people as rules
from maru.organization import positions
from maru.organization.departments import tree_of
from maru.organization.errors import DepartmentNotFound, EmployeeNumberTaken, PositionNotFound
from maru.organization.listing import everybody
from maru.organization.queries import SORTS
from maru.organization.schemas import PersonChange, PersonIn, PostIn, State
from maru.web.addresses import address
from maru_sdk import Context, MaruError, PageParams, Redirect, action, page

HERE: Final = "/admin/people"
SHOWN: Final = 50
BESIDE: Final[Mapping[type[MaruError], str]] = {
    UserExists: "username",
    EmployeeNumberTaken: "employee_number",
    DepartmentNotFound: "department_id",
    PositionNotFound: "position_id",
}


async def choices(ctx: Context) -> dict[str, Any]:
    """What the selects offer."""
    tree = await tree_of(ctx)
    found = Choices(
        departments=[
            DepartmentChoice(id=each, name=tree.rows[each].name, depth=depth)
            for each, depth in tree.walk()
        ],
        positions=await positions.listed(ctx),
    )
    return {name: getattr(found, name) for name in Choices.model_fields}


@page("/people", title="People", needs=USERS_MANAGE, template="maru/admin/organization/people.html")
async def people(
    ctx: Context,
    q: Sought = "",
    department: UUID | str = "",
    position: UUID | str = "",
    state: State | str = "active",
    page: int = 1,
    sort: str = "name",
    order: Literal["asc", "desc"] = "asc",
    columns: Annotated[list[str], Field(max_length=20)] = [],  # noqa: B006 (FastAPI copies it)
) -> PeopleView:
    """The people of the company, narrowed by the form above them."""
    by = sort if sort in SORTS else "name"
    asked = PageParams(page=min(max(page, 1), 10_000), limit=SHOWN, sort=by, order=order)
    chosen = {"department": department, "position": position}
    narrowed = {name: one for name, one in chosen.items() if isinstance(one, UUID)}
    known: State | None = state if state in ("active", "inactive") else None
    found = await everybody(ctx, asked, q, state=known, **narrowed)
    kept: dict[str, Any] = {
        "q": q,
        "state": known or "all",
        **{name: str(one) for name, one in narrowed.items()},
        "sort": by,
        "order": order,
        "columns": columns,
    }
    return PeopleView(
        **await choices(ctx),
        people=list(found),
        total=found.pagination["total"],
        page=asked.page,
        pages=found.pagination["totalPages"],
        url=f"{address(HERE, kept)}&page={{page}}",
        asked=kept,
        q=q,
        department=str(narrowed.get("department", "")),
        position=str(narrowed.get("position", "")),
        state=known or "all",
    )


@page("/people/new", title="New person", needs=USERS_MANAGE,
      template="maru/admin/organization/new_person.html")  # fmt: skip
async def new_person(ctx: Context) -> NewPersonView:
    """The form of a new person."""
    return NewPersonView(**await choices(ctx))


@action("/people", needs=USERS_MANAGE, again=new_person)
async def create(ctx: Context, form: PersonForm) -> Redirect:
    """Makes a new person."""
    with beside(ctx, BESIDE):
        made = await rules.created(ctx, PersonIn(**form.model_dump()))
    return Redirect(to=f"{HERE}/{made.id}", message=ctx.t("{name} is added", name=made.name))


@page("/people/{person_id}", title="Person", needs=USERS_MANAGE,
      template="maru/admin/organization/person.html")  # fmt: skip
async def person(ctx: Context, person_id: UUID) -> PersonView:
    """One person: what is known of them, and what can be done."""
    found = await rules.one(ctx, person_id)
    return PersonView(person=found, is_me=found.id == ctx.me.id, **await choices(ctx))


@action("/people/{person_id}", needs=USERS_MANAGE, again=person)
async def change(ctx: Context, person_id: UUID, form: PersonForm) -> Redirect:
    """Stores what was changed of a person."""
    with beside(ctx, BESIDE):
        await rules.changed(ctx, person_id, PersonChange(**form.model_dump()))
    return _saved(ctx, person_id)


@action("/people/{person_id}/deactivate", needs=USERS_MANAGE, again=person)
async def deactivate(ctx: Context, person_id: UUID) -> Redirect:
    """Shuts a person out; their sessions end."""
    with beside(ctx, {}):
        gone = await rules.deactivated(ctx, person_id)
    said = ctx.t("{name} is deactivated, and signed out everywhere", name=gone.name)
    return Redirect(to=f"{HERE}/{person_id}", message=said)


@action("/people/{person_id}/reactivate", needs=USERS_MANAGE, again=person)
async def reactivate(ctx: Context, person_id: UUID) -> Redirect:
    """Brings back a person who had left."""
    back = await rules.changed(ctx, person_id, PersonChange(state="active"))
    said = ctx.t("{name} is active again", name=back.name)
    return Redirect(to=f"{HERE}/{person_id}", message=said)


@action("/people/{person_id}/posts", needs=USERS_MANAGE, again=person)
async def add_post(ctx: Context, person_id: UUID, form: PostForm) -> Redirect:
    """Gives a person a further post, or another position in one that they hold."""
    held = [one for one in await _posts(ctx, person_id) if one.department_id != form.department_id]
    with beside(ctx, {}):
        posts = [*held, PostIn(**form.model_dump())]
        await rules.changed(ctx, person_id, PersonChange(posts=posts))
    return _saved(ctx, person_id)


@action("/people/{person_id}/posts/end", needs=USERS_MANAGE, again=person)
async def end_post(ctx: Context, person_id: UUID, form: PostGone) -> Redirect:
    """Ends a further post."""
    held = [one for one in await _posts(ctx, person_id) if one.department_id != form.department_id]
    await rules.changed(ctx, person_id, PersonChange(posts=held))
    return _saved(ctx, person_id)


async def _posts(ctx: Context, person_id: UUID) -> list[PostIn]:
    return [
        PostIn(department_id=one.department.id, position_id=one.position and one.position.id)
        for one in (await rules.one(ctx, person_id)).posts
    ]


def _saved(ctx: Context, person_id: UUID) -> Redirect:
    return Redirect(to=f"{HERE}/{person_id}", message=ctx.t("The changes are saved"))


PAGES = (
    people,
    new_person,
    create,
    person,
    change,
    deactivate,
    reactivate,
    add_post,
    end_post,
)
