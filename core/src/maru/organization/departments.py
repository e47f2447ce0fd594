"""The rules of the department tree: who stands below whom, in which order, led by whom."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from maru.access.administrators import keeping_an_administrator
from maru.identity.errors import UserNotFound
from maru.identity.models import Department
from maru.identity.names import department_sought, name_key
from maru.identity.people_queries import DEPARTMENTS, DepartmentRow
from maru.organization import queries
from maru.organization.calling import call_of
from maru.organization.errors import (
    DepartmentCycle,
    DepartmentExists,
    DepartmentInUse,
    DepartmentNotFound,
    DepartmentTooDeep,
    NotActive,
)
from maru.organization.guarding import within_own_rights
from maru.organization.people import people_changed
from maru.organization.schemas import DepartmentChange, DepartmentIn, DepartmentOut
from maru_sdk import Context
from maru_sdk.db import col, uuid7

LEVELS: Final = 30


class Tree:
    """A tenant's departments, each after the one that it belongs to, in their order."""

    def __init__(self, rows: Iterable[DepartmentRow]) -> None:
        self.rows = {row.id: row for row in rows}
        self._below: dict[UUID | None, list[UUID]] = {}
        for row in self.rows.values():
            parent = row.parent_id if row.parent_id in self.rows else None
            self._below.setdefault(parent, []).append(row.id)

    def children(self, parent: UUID | None) -> list[UUID]:
        """The departments directly below one, or those at the top."""
        return self._below.get(parent, [])

    def walk(self, top: UUID | None = None) -> Iterable[tuple[UUID, int]]:
        """All below `top` with their depth, each before those below it."""
        waiting = [(each, 0) for each in reversed(self.children(top))]
        while waiting:
            at, depth = waiting.pop()
            yield at, depth
            waiting += [(each, depth + 1) for each in reversed(self.children(at))]

    def above(self, at: UUID | None) -> list[UUID]:
        """A department and those above it, from the top."""
        found: list[UUID] = []
        while at is not None and at in self.rows and at not in found:
            found.append(at)
            at = self.rows[at].parent_id
        return found[::-1]

    def totals(self) -> dict[UUID, int]:
        """How many active people each has, in itself and below."""
        found = {each: row.people for each, row in self.rows.items()}
        for each, _ in reversed(list(self.walk())):
            parent = self.rows[each].parent_id
            if parent in found:
                found[parent] += found[each]
        return found

    def height(self, top: UUID) -> int:
        """How many levels there are below a department."""
        return max((depth + 1 for _, depth in self.walk(top)), default=0)


async def tree_of(ctx: Context) -> Tree:
    """The tenant's departments as they stand in this unit of work."""
    return Tree(await ctx.read(DEPARTMENTS))


async def listed(ctx: Context) -> list[DepartmentOut]:
    """All departments, each after its parent, with head counts."""
    return drawn(await tree_of(ctx))


def drawn(tree: Tree) -> list[DepartmentOut]:
    """The tree as a list, each department before those below it."""
    totals = tree.totals()
    return [
        DepartmentOut(**tree.rows[each].model_dump(), total=totals[each], depth=depth)
        for each, depth in tree.walk()
    ]


async def one(ctx: Context, department_id: UUID) -> DepartmentOut:
    """One department; raises DepartmentNotFound."""
    for found in await listed(ctx):
        if found.id == department_id:
            return found
    raise DepartmentNotFound


async def created(ctx: Context, given: DepartmentIn) -> DepartmentOut:
    """A new department, the last among its siblings."""
    await ctx.db.execute(queries.TREE_LOCK)
    tree = await tree_of(ctx)
    _check_place(tree, given.parent_id, height=0)
    await _check_name(ctx, given.name, given.parent_id)
    await _check_manager(ctx, given.manager_id)
    row = {**given.model_dump(), **department_sought(given.name), "id": uuid7()}
    row["rank"] = len(tree.children(given.parent_id))
    async with within_own_rights(ctx):
        await ctx.db.execute(sa.insert(Department).values(row))
    said = given.model_dump(mode="json")
    await ctx.audit("department.created", f"department:{row['id']}", after=said)
    await people_changed(ctx)
    return await one(ctx, row["id"])


async def changed(ctx: Context, department_id: UUID, change: DepartmentChange) -> DepartmentOut:
    """A department renamed, led by somebody else, moved or put in another place; what is left out
    stays."""
    given = change.model_dump(exclude_unset=True)
    async with keeping_an_administrator(call_of(ctx).unit), within_own_rights(ctx):
        await ctx.db.execute(queries.TREE_LOCK)
        tree = await tree_of(ctx)
        was = tree.rows.get(department_id)
        if was is None:
            raise DepartmentNotFound
        fresh = {name: value for name, value in given.items() if value != getattr(was, name)}
        await _check(ctx, tree, was, fresh)
        await _store(ctx, was, fresh)
    if "parent_id" in fresh or "rank" in fresh:
        await _order(ctx, department_id, fresh.get("parent_id", was.parent_id), fresh.get("rank"))
    if fresh:
        before = {name: _said(getattr(was, name)) for name in fresh}
        after = {name: _said(value) for name, value in fresh.items()}
        await ctx.audit(
            "department.changed", f"department:{department_id}", before=before, after=after
        )
        await people_changed(ctx)
    return await one(ctx, department_id)


async def placed(ctx: Context, department_id: UUID, place: int) -> DepartmentOut:
    """A department at a place among its siblings, counted from 0, also where their ranks were
    never numbered."""
    await ctx.db.execute(queries.TREE_LOCK)
    found = await one(ctx, department_id)
    await _order(ctx, department_id, found.parent_id, place)
    said = f"department:{department_id}"
    await ctx.audit("department.changed", said, before={"rank": found.rank}, after={"rank": place})
    await people_changed(ctx)
    return await one(ctx, department_id)


async def removed(ctx: Context, department_id: UUID) -> None:
    """Takes a department away that nothing refers to; raises DepartmentInUse."""
    await ctx.db.execute(queries.TREE_LOCK)
    found = await one(ctx, department_id)
    if await ctx.db.scalar(queries.GRANTED, {"id": department_id}):
        raise DepartmentInUse
    try:
        async with ctx.db.begin_nested():
            await ctx.db.execute(sa.delete(Department).where(col(Department.id) == department_id))
    except IntegrityError:
        raise DepartmentInUse from None
    said = {"name": found.name, "parent_id": _said(found.parent_id)}
    await ctx.audit("department.removed", f"department:{department_id}", before=said)
    await people_changed(ctx)


async def _check(ctx: Context, tree: Tree, was: DepartmentRow, fresh: Mapping[str, Any]) -> None:
    parent = fresh.get("parent_id", was.parent_id)
    if "parent_id" in fresh:
        if was.id in tree.above(parent):
            raise DepartmentCycle
        _check_place(tree, parent, height=tree.height(was.id))
    if "name" in fresh or "parent_id" in fresh:
        await _check_name(ctx, fresh.get("name", was.name), parent, but=was.id)
    await _check_manager(ctx, fresh.get("manager_id"))


def _check_place(tree: Tree, parent: UUID | None, *, height: int) -> None:
    if parent is not None and parent not in tree.rows:
        raise DepartmentNotFound
    if len(tree.above(parent)) + 1 + height > LEVELS:
        raise DepartmentTooDeep(levels=LEVELS)


async def _check_name(
    ctx: Context, name: str, parent: UUID | None, *, but: UUID | None = None
) -> None:
    siblings = await ctx.db.execute(queries.SIBLINGS, {"parent": parent})
    if any(name_key(each.name) == name_key(name) and each.id != but for each in siblings):
        raise DepartmentExists(name=name)


async def _check_manager(ctx: Context, manager: UUID | None) -> None:
    if manager is None:
        return
    active = await ctx.db.scalar(queries.ACTIVE, {"id": manager})
    if active is None:
        raise UserNotFound
    if not active:
        said = ctx.t("This person is not active")
        raise NotActive(fields=[{"path": "manager_id", "code": "not_active", "message": said}])


async def _store(ctx: Context, was: DepartmentRow, fresh: Mapping[str, Any]) -> None:
    row = {name: value for name, value in fresh.items() if name != "rank"}
    if "name" in row:
        row |= department_sought(row["name"])
    if row:
        await ctx.db.execute(sa.update(Department).where(col(Department.id) == was.id).values(row))


async def _order(ctx: Context, department_id: UUID, parent: UUID | None, rank: int | None) -> None:
    """Puts a department in its place among its siblings, which are numbered anew."""
    rows = await ctx.db.execute(queries.SIBLINGS, {"parent": parent})
    others = [each.id for each in rows if each.id != department_id]
    place = len(others) if rank is None else rank
    await renumbered(ctx, [*others[:place], department_id, *others[place:]])


async def renumbered(ctx: Context, order: Sequence[UUID]) -> None:
    """Gives departments the ranks of their places in one statement."""
    table: Any = Department.__table__  # type: ignore[attr-defined]
    places = sa.func.array_position(
        sa.bindparam("order", list(order), type_=sa.ARRAY(sa.Uuid())), table.c.id
    )
    await ctx.db.execute(
        sa.update(table).where(table.c.id.in_(list(order))).values(rank=places - 1)
    )


def _said(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
