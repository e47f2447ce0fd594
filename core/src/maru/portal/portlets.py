"""Core's own portlet: the organisation."""

from uuid import UUID

from maru.identity.queries import DEPARTMENTS, DepartmentRow
from maru_sdk import Context, Model, portlet


class Department(Model):
    """A department in the tree; `people` counts everyone below it too, `depth` starts at 0."""

    id: UUID
    name: str
    people: int
    depth: int


class Organization(Model):
    """The tenant's departments, each after its parent."""

    people: int
    departments: list[Department]


@portlet(
    title="Organization",
    icon="building-2",
    template="maru/organization.html",
    size=(3, 5),
    min_size=(3, 3),
    cache="5m",
    audience="tenant",
    tags=("people",),
)
async def organization(ctx: Context) -> Organization:
    """The department tree with head counts."""
    rows = list(await ctx.read(DEPARTMENTS))
    children: dict[UUID | None, list[DepartmentRow]] = {}
    known = {row.id for row in rows}
    for row in rows:
        parent = row.parent_id if row.parent_id in known else None
        children.setdefault(parent, []).append(row)
    return Organization(
        people=sum(row.people for row in rows), departments=_walk(children, None, 0)
    )


def _walk(
    children: dict[UUID | None, list[DepartmentRow]], parent: UUID | None, depth: int
) -> list[Department]:
    found: list[Department] = []
    for row in children.get(parent, []):
        below = _walk(children, row.id, depth + 1)
        people = row.people + sum(one.people for one in below if one.depth == depth + 1)
        found += [Department(id=row.id, name=row.name, people=people, depth=depth), *below]
    return found
