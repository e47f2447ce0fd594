"""Whom something on the boards is meant for: everybody, or some departments with all below them."""

from collections.abc import Iterable
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import Field

from maru_board.errors import NobodyMeant
from maru_sdk import Context, Model
from maru_sdk.directory import Department
from maru_sdk.forms import DepartmentId, when


class Audience(Protocol):
    """Anything that is meant for somebody."""

    everyone: bool
    departments: list[UUID]


class ForWhom(Model):
    """The fields of a form or a body that say whom something is meant for."""

    everyone: bool = Field(True, title="For everybody")
    departments: Annotated[list[DepartmentId], Field(max_length=200)] = Field(
        default_factory=list,
        title="Departments",
        description="With all departments below them.",
        json_schema_extra=when("everyone", "false", needed=True),
    )


async def check(ctx: Context, meant: Audience) -> None:
    """Raises NobodyMeant where no department is named, or one that isn't there."""
    if meant.everyone:
        return
    known = {one.id for one in await ctx.people.departments()}
    if not meant.departments or not known.issuperset(meant.departments):
        raise NobodyMeant


async def meant_for_reader(ctx: Context, meant: Audience) -> bool:
    """Whether the reader is among those whom it is meant for."""
    if meant.everyone:
        return True
    above = _above(await ctx.people.departments(), ctx.me.department_id)
    return not above.isdisjoint(meant.departments)


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
