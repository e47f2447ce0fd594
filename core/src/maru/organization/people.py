"""The rules of a tenant's people: created, changed, moved, deactivated and brought back."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Final, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from maru.access.administrators import keeping_an_administrator
from maru.identity.accounts import UserExists
from maru.identity.errors import UserNotFound
from maru.identity.models import Department, Person, Position, Post
from maru.identity.names import sought
from maru.identity.people import People
from maru.identity.sign_in import fold
from maru.organization import queries
from maru.organization.errors import (
    DepartmentNotFound,
    EmployeeNumberTaken,
    NotYourself,
    PositionNotFound,
    unfit,
)
from maru.organization.queries import Stored
from maru.organization.schemas import PersonChange, PersonIn, PersonOut, PostIn
from maru.plugins.context import Call, PluginContext
from maru_sdk import Context
from maru_sdk.db import col, uuid7
from maru_sdk.directory import PersonDeactivated, PersonMoved

FIELDS: Final = frozenset(Stored.model_fields) - {"id"}


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context: core's own handlers may use its services."""
    return cast("PluginContext", ctx).call


async def people_changed(ctx: Context, person_id: UUID | None = None) -> None:
    """Has every process forget what it knows of a person, or of the whole directory."""
    people = cast("People", call_of(ctx).services.people)
    await people.changed(call_of(ctx).unit, person_id)


async def one(ctx: Context, person_id: UUID) -> PersonOut:
    """A person as administrators see them; raises UserNotFound."""
    for found in await ctx.read(queries.ONE, id=person_id):
        return found
    raise UserNotFound


async def created(ctx: Context, given: PersonIn) -> PersonOut:
    """A new person, who can't sign in before a password is set or an invitation accepted."""
    await _check_places(ctx, given.department_id, given.position_id, given.posts)
    row = {**columns_of(given.model_dump(exclude={"posts"})), "id": uuid7()}
    await _written(ctx, sa.insert(Person).values(row), given.model_dump())
    await _hold(ctx, row["id"], given.department_id, given.posts)
    said = {name: value for name, value in given.model_dump(mode="json").items() if value}
    await ctx.audit("person.created", f"person:{row['id']}", after=said)
    await people_changed(ctx, row["id"])
    return await one(ctx, row["id"])


async def changed(ctx: Context, person_id: UUID, change: PersonChange) -> PersonOut:
    """A person with what is changed of them: the rest stays. Sessions of who is deactivated end,
    and plugins hear of it, and of who is moved."""
    given = change.model_dump(exclude_unset=True)
    async with _guarded(ctx, given):
        was = await _locked(ctx, person_id)
        told = {name: value for name, value in given.items() if name in FIELDS}
        fresh = {name: value for name, value in told.items() if value != getattr(was, name)}
        if fresh.get("state") == "inactive" and person_id == ctx.me.id:
            raise NotYourself
        await _store(ctx, was, fresh)
        if "posts" in given or "department_id" in fresh:
            department = given.get("department_id", was.department_id)
            posts = change.posts if "posts" in given else await _posts_of(ctx, person_id)
            fresh |= await _hold(ctx, person_id, department, posts)
    if fresh:
        await _tell(ctx, was, fresh)
    return await one(ctx, person_id)


async def deactivated(ctx: Context, person_id: UUID) -> PersonOut:
    """A person shut out: all sessions end at once, everything that they did stays."""
    return await changed(ctx, person_id, PersonChange(state="inactive"))


def columns_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The table's columns of what is given about a person: what is sought stands beside it."""
    row = dict(given)
    if "username" in row:
        row["username_key"] = fold(row["username"])
    if "name" in row:
        row |= sought(row["name"])
    if "email" in row:
        row["email_key"] = fold(row["email"]) if row["email"] else None
    return row


def _guarded(ctx: Context, given: Mapping[str, Any]) -> AbstractAsyncContextManager[None]:
    """Around a change by which somebody may cease to be an administrator."""
    if given.get("state") == "inactive" or "department_id" in given:
        return keeping_an_administrator(call_of(ctx).unit)
    return nullcontext()


async def _locked(ctx: Context, person_id: UUID) -> Stored:
    row = (await ctx.db.execute(queries.LOCKED, {"id": person_id})).one_or_none()
    if row is None:
        raise UserNotFound
    return Stored.model_validate(row, from_attributes=True)


async def _store(ctx: Context, was: Stored, fresh: Mapping[str, Any]) -> None:
    await _check_places(ctx, fresh.get("department_id"), fresh.get("position_id"), ())
    if fresh:
        change = sa.update(Person).where(col(Person.id) == was.id).values(columns_of(fresh))
        await _written(ctx, change, {**was.model_dump(), **fresh})


async def _written(ctx: Context, statement: Any, given: Mapping[str, Any]) -> None:
    """Writes a person; what the database finds taken is said in people's words."""
    try:
        async with ctx.db.begin_nested():
            await ctx.db.execute(statement)
    except IntegrityError as error:
        said = str(error.orig)
        if "person_username_key_key" in said:
            raise UserExists(username=given["username"]) from None
        if "person_employee_number_key" in said:
            raise EmployeeNumberTaken(number=given["employee_number"]) from None
        raise


async def _check_places(
    ctx: Context, department: UUID | None, position: UUID | None, posts: Sequence[PostIn]
) -> None:
    departments = {department, *(post.department_id for post in posts)} - {None}
    positions = {position, *(post.position_id for post in posts)} - {None}
    if departments and await _count(ctx, Department, departments) < len(departments):
        raise DepartmentNotFound
    if positions and await _count(ctx, Position, positions) < len(positions):
        raise PositionNotFound


async def _count(ctx: Context, model: Any, ids: set[UUID | None]) -> int:
    found = sa.select(sa.func.count()).select_from(model).where(col(model.id).in_(ids))
    return await ctx.db.scalar(found) or 0


async def _posts_of(ctx: Context, person_id: UUID) -> list[PostIn]:
    rows = await ctx.db.execute(queries.POSTS_OF, {"id": person_id})
    return [PostIn(department_id=row.department_id, position_id=row.position_id) for row in rows]


async def _hold(
    ctx: Context, person_id: UUID, main: UUID | None, posts: Sequence[PostIn]
) -> dict[str, Any]:
    """Makes these a person's further posts; what the audit is to say of them where they change.

    Who is moved to a department in which they held a further post holds the main one there now.
    """
    wanted = {post.department_id: post.position_id for post in posts}
    if len(wanted) < len(posts):
        raise unfit("posts", "repeated", ctx.t("A person holds one post in a department"))
    wanted.pop(main, None)  # type: ignore[arg-type]
    await _check_places(ctx, None, None, posts)
    before = {post.department_id: post.position_id for post in await _posts_of(ctx, person_id)}
    if wanted == before:
        return {}
    mine = col(Post.person_id) == person_id
    await ctx.db.execute(sa.delete(Post).where(mine, col(Post.department_id).not_in(wanted)))
    rows = [
        {"id": uuid7(), "person_id": person_id, "department_id": where, "position_id": position}
        for where, position in wanted.items()
    ]
    if rows:
        making = insert(Post).values(rows)
        kept = {"position_id": making.excluded.position_id, "updated_at": sa.func.now()}
        keys = ["tenant_id", "person_id", "department_id"]
        await ctx.db.execute(making.on_conflict_do_update(index_elements=keys, set_=kept))
    return {"posts": [str(where) for where in wanted]}


async def _tell(ctx: Context, was: Stored, fresh: Mapping[str, Any]) -> None:
    """What must be known elsewhere of a change: sessions, plugins, the trail, other processes."""
    if fresh.get("state") == "inactive":
        await shut_out(ctx, was.id)
    if "department_id" in fresh:
        moved = PersonMoved(
            person_id=was.id, department_id=fresh["department_id"], was=was.department_id
        )
        await ctx.publish(moved)
    action = {"inactive": "person.deactivated", "active": "person.reactivated"}
    before = {name: _said(getattr(was, name, None)) for name in fresh}
    after = {name: _said(value) for name, value in fresh.items()}
    said = action.get(fresh.get("state", ""), "person.changed")
    await ctx.audit(said, f"person:{was.id}", before=before, after=after)
    await people_changed(ctx, was.id)


async def shut_out(ctx: Context, person_id: UUID) -> None:
    """Ends all sessions of who is no longer active, and lets plugins know."""
    sessions = call_of(ctx).services.sessions
    assert sessions is not None
    await sessions.end_all(call_of(ctx).unit, person_id, "deactivated")
    await ctx.publish(PersonDeactivated(person_id=person_id))


def _said(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
