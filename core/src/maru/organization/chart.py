"""`/organization`: the chart of departments, who works in each, and a page for every colleague."""

from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field, StringConstraints

from maru.access.permissions import USERS_READ
from maru.identity.errors import UserNotFound
from maru.identity.hangul import initials
from maru.identity.names import name_key
from maru.identity.people import TAG, People
from maru.identity.people_queries import UserOut
from maru.organization.calling import call_of
from maru.organization.departments import Tree
from maru.organization.errors import DepartmentNotFound
from maru.organization.listing import colleagues
from maru.organization.queries import CARD
from maru.organization.schemas import PersonCard
from maru_sdk import Context, Model, Navigation, PageParams, Plugin, get, page

HERE: Final = "/organization"
SHOWN: Final = 50
MOST_DEPARTMENTS: Final = 20
Sought = Annotated[str, StringConstraints(max_length=200)]
Most = Annotated[int, Field(ge=1, le=MOST_DEPARTMENTS)]


class Node(Model):
    """A department in the tree; of one that isn't `open` those below are fetched when wanted."""

    id: UUID
    name: str
    people: int
    parent: bool
    open: bool = False
    current: bool = False
    below: list["Node"] = []  # noqa: RUF012 (pydantic copies it)


class Branch(Model):
    """The departments directly below one: a part of the page."""

    nodes: list[Node]


class Place(Model):
    """A department with the way to it."""

    id: UUID
    name: str
    path: str
    people: int


class Selected(Place):
    """The department that is looked at."""

    above: list[Place]
    below: list[Place]
    manager_id: UUID | None
    manager_name: str | None
    here: int


class ChartView(Model):
    """The chart: the tree beside a department's people, or beside what was sought."""

    q: str
    nodes: list[Node]
    selected: Selected | None
    departments: list[Place]
    people: list[UserOut]
    total: int
    page: int
    pages: int
    url: str


class PersonView(Model):
    """A colleague's page."""

    person: PersonCard
    path: str
    manager_id: UUID | None
    manager_name: str | None


async def known_tree(ctx: Context) -> Tree:
    """The tenant's departments as this process knows them: no query on a warm request."""
    people = call_of(ctx).services.people
    assert isinstance(people, People)
    return Tree(await people.departments(ctx.tenant.id))


@page("", title="Organization chart", needs=USERS_READ, template="maru/organization/chart.html")
async def chart(
    ctx: Context, department: UUID | None = None, q: Sought = "", page: int = 1
) -> ChartView:
    """The tree as far as it is open, and the people of one department or those sought."""
    tree = await known_tree(ctx)
    sought = q.strip()
    if department is not None and department not in tree.rows:
        raise DepartmentNotFound
    at = department or (None if sought else next(iter(tree.children(None)), None))
    asked = PageParams(page=min(max(page, 1), 10_000), limit=SHOWN, sort="position")
    found = await colleagues(ctx, asked, sought, at, below=bool(sought))
    totals = tree.totals()
    kept = {"department": str(department or ""), "q": sought}
    kept = {name: value for name, value in kept.items() if value}
    return ChartView(
        q=sought,
        nodes=nodes(tree, totals, None, set(tree.above(at) or tree.children(None)), at),
        selected=None if at is None else _selected(tree, totals, at),
        departments=sought_departments(tree, sought) if sought else [],
        people=list(found),
        total=found.pagination["total"],
        page=asked.page,
        pages=found.pagination["totalPages"],
        url=f"{HERE}?{urlencode(kept)}&page={{page}}",
    )


@page("/below/{department}", title="Organization chart", needs=USERS_READ,
      template="maru/organization/branch.html")  # fmt: skip
async def below(ctx: Context, department: UUID) -> Branch:
    """What stands below a department, when it is opened."""
    tree = await known_tree(ctx)
    if department not in tree.rows:
        raise DepartmentNotFound
    return Branch(nodes=nodes(tree, tree.totals(), department, set(), None))


@page("/people/{person_id}", title="Organization chart", needs=USERS_READ,
      template="maru/organization/person.html")  # fmt: skip
async def person(ctx: Context, person_id: UUID) -> PersonView:
    """A colleague: where they work, and how to reach them."""
    tree = await known_tree(ctx)
    for found in await ctx.read(CARD, id=person_id):
        at = found.department.id if found.department else None
        row = tree.rows.get(at) if at else None
        return PersonView(
            person=found,
            path=path_of(tree, at) if at else "",
            manager_id=row.manager_id if row else None,
            manager_name=row.manager_name if row else None,
        )
    raise UserNotFound


def nodes(
    tree: Tree, totals: dict[UUID, int], parent: UUID | None, open_: set[UUID], at: UUID | None
) -> list[Node]:
    """The departments below one, those that are open with what stands below them."""
    return [
        Node(
            id=each,
            name=tree.rows[each].name,
            people=totals[each],
            parent=bool(tree.children(each)),
            open=each in open_,
            current=each == at,
            below=nodes(tree, totals, each, open_, at) if each in open_ else [],
        )
        for each in tree.children(parent)
    ]


def path_of(tree: Tree, at: UUID) -> str:
    """A department's name with those above it."""
    return " / ".join(tree.rows[each].name for each in tree.above(at))


def _place(tree: Tree, totals: dict[UUID, int], at: UUID) -> Place:
    return Place(id=at, name=tree.rows[at].name, path=path_of(tree, at), people=totals[at])


def _selected(tree: Tree, totals: dict[UUID, int], at: UUID) -> Selected:
    row = tree.rows[at]
    return Selected(
        **_place(tree, totals, at).model_dump(),
        above=[_place(tree, totals, each) for each in tree.above(at)[:-1]],
        below=[_place(tree, totals, each) for each in tree.children(at)],
        manager_id=row.manager_id,
        manager_name=row.manager_name,
        here=row.people,
    )


def sought_departments(tree: Tree, sought: str) -> list[Place]:
    """Departments whose name, or its initial consonants, have what is sought in them."""
    key, consonants, totals = name_key(sought), initials(sought), tree.totals()
    found = [
        each
        for each, _ in tree.walk()
        if key in name_key(tree.rows[each].name) or consonants in initials(tree.rows[each].name)
    ]
    return [_place(tree, totals, each) for each in found[:MOST_DEPARTMENTS]]


@get("/departments", needs=USERS_READ, cache="30s", audience="tenant", tags=(TAG,))
async def departments(ctx: Context, q: Sought = "", limit: Most = 8) -> list[Place]:
    """The first departments that `q` may mean: a part of their name, or of its initial consonants
    (ㅇㅅㅌ)."""
    return sought_departments(await known_tree(ctx), q.strip())[:limit]


def organization_plugin() -> Plugin:
    """The core plugin `organization`."""
    chart_link = Navigation(
        "Organization chart", HERE, icon="building-2", needs=USERS_READ, order=20
    )
    return Plugin(
        title="Organization",
        icon="building-2",
        navigation=[chart_link],
        routes=[departments],
        pages=[chart, below, person],
    )
