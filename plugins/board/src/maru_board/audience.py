"""Whom something on the boards is meant for: everybody; or some departments with all below them,
roles, and people."""

from collections.abc import Iterable
from typing import Annotated, Any, Protocol
from uuid import UUID

from pydantic import Field

from maru_board.errors import NobodyMeant
from maru_sdk import Context, Model
from maru_sdk.directory import Department
from maru_sdk.forms import DepartmentId, PersonId, when
from maru_sdk.notifications import Recipients


class Audience(Protocol):
    """Anything that is meant for somebody."""

    everyone: bool
    departments: list[UUID]
    roles: list[str]
    people: list[UUID]


RoleKey = Annotated[str, Field(max_length=200)]


class ForWhom(Model):
    """The fields of a form or a body that say whom something is meant for."""

    everyone: bool = Field(True, title="For everybody")
    departments: Annotated[list[DepartmentId], Field(max_length=200)] = Field(
        default_factory=list,
        title="Departments",
        description="With all departments below them.",
        json_schema_extra=when("everyone", "false"),
    )
    roles: Annotated[list[RoleKey], Field(max_length=50)] = Field(
        default_factory=list, title="Roles", json_schema_extra=when("everyone", "false")
    )
    people: Annotated[list[PersonId], Field(max_length=200)] = Field(
        default_factory=list, title="People by name", json_schema_extra=when("everyone", "false")
    )

    def kept(self) -> dict[str, list[str]]:
        """Those who are meant, as tables keep them: nobody by name where everybody is."""
        names = ("departments", "roles", "people")
        return {name: [] if self.everyone else [*map(str, getattr(self, name))] for name in names}


async def schema_for(ctx: Context, form: type[ForWhom]) -> dict[str, Any]:
    """What `fields_of` draws of such a form: the roles that there are now."""
    schema = form.model_json_schema()
    roles = {one.role: one.title for one in await ctx.access.roles()}
    schema["properties"]["roles"] |= {"items": {"enum": [*roles]}, "x-names": roles}
    return schema


async def check(ctx: Context, meant: Audience) -> None:
    """Raises NobodyMeant where nobody is named, or somebody who isn't there."""
    if meant.everyone:
        return
    departments = {one.id for one in await ctx.people.departments()}
    roles = {one.role for one in await ctx.access.roles()} if meant.roles else set()
    people = await ctx.people.names(meant.people) if meant.people else {}
    known = (departments.issuperset(meant.departments), roles.issuperset(meant.roles))
    if not all(known) or not people.keys() >= set(meant.people):
        raise NobodyMeant
    if not (meant.departments or meant.roles or meant.people):
        raise NobodyMeant


async def meant_for_reader(ctx: Context, meant: Audience) -> bool:
    """Whether the reader is among those whom it is meant for."""
    if meant.everyone or ctx.me.id in meant.people or any(map(ctx.access.holds, meant.roles)):
        return True
    if not meant.departments:
        return False
    above = _above(await ctx.people.departments(), ctx.me.department_id)
    return not above.isdisjoint(meant.departments)


def recipients(meant: Audience) -> Recipients:
    """All of them, to be told something."""
    if meant.everyone:
        return Recipients(everyone=True)
    return Recipients(people=meant.people, departments=meant.departments, roles=meant.roles)


async def departments_of(ctx: Context, meant: Audience) -> list[UUID]:
    """The departments that are meant, with all below them."""
    wanted = set(meant.departments)
    for one in _from_the_top(await ctx.people.departments()):
        if one.parent_id in wanted:
            wanted.add(one.id)
    return sorted(wanted)


def _above(departments: Iterable[Department], at: UUID | None) -> set[UUID]:
    parents = {one.id: one.parent_id for one in departments}
    found: set[UUID] = set()
    while at is not None and at not in found:
        found.add(at)
        at = parents.get(at)
    return found


def _from_the_top(departments: Iterable[Department]) -> Iterable[Department]:
    """Each department after the one that it belongs to."""
    below: dict[UUID | None, list[Department]] = {}
    for one in departments:
        below.setdefault(one.parent_id, []).append(one)
    waiting = list(below.get(None, []))
    while waiting:
        one = waiting.pop()
        yield one
        waiting += below.get(one.id, [])
