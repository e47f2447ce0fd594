"""Core's own portlet: the organisation."""

from typing import Final
from uuid import UUID

from maru.organization.departments import tree_of
from maru_sdk import Context, Model, portlet

MOST: Final = 60


class Department(Model):
    """A department in the tree; `people` counts everyone below it too, `depth` starts at 0."""

    id: UUID
    name: str
    people: int
    depth: int


class Organization(Model):
    """The tenant's departments, each after its parent; `more` are those that a portlet has no
    room for: they are in the chart."""

    people: int
    departments: list[Department]
    more: int = 0


@portlet(
    title="Organization",
    icon="building-2",
    template="maru/organization.html",
    size=(3, 5),
    min_size=(3, 3),
    max_size=(12, 16),
    cache="5m",
    audience="tenant",
    tags=("people",),
    stale="1h",
)
async def organization(ctx: Context) -> Organization:
    """The department tree with head counts."""
    tree = await tree_of(ctx)
    totals, walked = tree.totals(), list(tree.walk())
    depth = _shown_depth([depth for _, depth in walked])
    shown = [(each, level) for each, level in walked if level <= depth][:MOST]
    return Organization(
        people=sum(row.people for row in tree.rows.values()),
        departments=[
            Department(id=each, name=tree.rows[each].name, people=totals[each], depth=level)
            for each, level in shown
        ],
        more=len(walked) - len(shown),
    )


def _shown_depth(depths: list[int]) -> int:
    """The deepest level that fits whole; the top one always does."""
    fitting = [level for level in set(depths) if sum(one <= level for one in depths) <= MOST]
    return max(fitting, default=0)
