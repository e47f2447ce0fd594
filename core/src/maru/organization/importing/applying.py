"""Lists of people as they are kept, looked at and applied."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa

from maru.access.administrators import keeping_an_administrator
from maru.access.permissions import USERS_MANAGE
from maru.identity.models import PeopleImport, Person, Post
from maru.jobs.desk import JOB
from maru.organization import queries
from maru.organization.calling import call_of
from maru.organization.departments import Tree, tree_of
from maru.organization.errors import ImportNotFound, ImportOutdated, ImportRefused, NotYourself
from maru.organization.guarding import TAKES_OVER, within_own_rights
from maru.organization.importing.placing import PLACES, heads, place, posts_held
from maru.organization.importing.plan import Change, Plan, known_of, planned
from maru.organization.importing.sheet import SheetFile, SheetUnreadable, pack_sheet, unpacked
from maru.organization.people import columns_of, people_changed, shut_out
from maru.organization.queries import Stored
from maru.tenancy.quotas import require_people
from maru_sdk import Context, Model, job, schedule
from maru_sdk.compute import ComputeFailed, ComputeKilled, ComputeTimeout
from maru_sdk.db import col, uuid7
from maru_sdk.directory import PersonMoved

CHUNK: Final = 500
_UNDER_WAY: Final = ("waiting", "held", "parked", "running")
_BOMBS: Final = (ComputeFailed, ComputeKilled, ComputeTimeout)
T = TypeVar("T")


class Apply(Model):
    """Which list is applied, and the digest of the plan that was confirmed."""

    list_id: UUID
    digest: str


class Applied(Model):
    """What came of it."""

    created: int
    changed: int
    unchanged: int


async def uploaded(ctx: Context, name: str, content: bytes) -> UUID:
    """Reads a file in a child and keeps its rows until they are applied, given up or a week old;
    gives the id of the list."""
    try:
        packed = await ctx.compute(pack_sheet, SheetFile(content=content), deadline="30s")
    except _BOMBS as error:
        raise SheetUnreadable from error
    row = {"id": uuid7(), "person_id": ctx.me.id, "file_name": name, "content": packed.content}
    await ctx.db.execute(sa.insert(PeopleImport).values(row))
    after = {"file": name, "rows": packed.rows}
    await ctx.audit("people.list_uploaded", f"people_import:{row['id']}", after=after)
    return UUID(str(row["id"]))


async def plan_of(ctx: Context, found: PeopleImport) -> Plan:
    """What a list would change as things stand now."""
    if found.content is None:
        raise ImportNotFound
    people = (await ctx.db.execute(queries.STORED)).all()
    tree = await tree_of(ctx)
    positions = {one.id: one.name for one in await ctx.read(queries.POSITIONS)}
    posts, now_heads = await posts_held(ctx), await heads(ctx)
    return await ctx.run(_planned, found.content, people, tree, positions, posts, now_heads)


async def list_of(ctx: Context, list_id: UUID) -> PeopleImport:
    """A list as it is kept; raises ImportNotFound."""
    found = await ctx.db.scalar(sa.select(PeopleImport).where(col(PeopleImport.id) == list_id))
    if found is None:
        raise ImportNotFound
    return found


async def confirmed(ctx: Context, list_id: UUID, digest: str) -> UUID:
    """Has a list applied by a job, once it is known to be as it was shown; gives the job's id."""
    found = await list_of(ctx, list_id)
    if found.job_id is not None and await _under_way(ctx, found.job_id):
        return found.job_id
    await _check(ctx, await plan_of(ctx, found), digest)
    job_id = await ctx.jobs.enqueue(
        apply_list, Apply(list_id=list_id, digest=digest), unique=f"people_import:{list_id}"
    )
    found.job_id = job_id
    return job_id


async def _under_way(ctx: Context, job_id: UUID) -> bool:
    """Whether a list is being applied: who confirms twice is shown the same job."""
    return any(job.state in _UNDER_WAY for job in await ctx.read(JOB, job=job_id))


async def given_up(ctx: Context, list_id: UUID) -> None:
    """Stops what is applied and forgets the rows; nothing of them is kept."""
    found = await list_of(ctx, list_id)
    if found.job_id is not None and found.applied_at is None:
        await call_of(ctx).services.desk.cancel(call_of(ctx).unit, found.job_id)
    await ctx.db.execute(sa.delete(PeopleImport).where(col(PeopleImport.id) == list_id))
    await ctx.audit("people.list_given_up", f"people_import:{list_id}")


@job(tries=3, deadline="10m")
async def apply_list(ctx: Context, ask: Apply) -> Applied:
    """Applies a list of people: all of it, or nothing."""
    ctx.require(USERS_MANAGE)
    await ctx.db.execute(queries.LIST_LOCK)
    found = await list_of(ctx, ask.list_id)
    plan = await plan_of(ctx, found)
    await _check(ctx, plan, ask.digest)
    taken = frozenset(
        one.person_id for one in plan.changed if one.person_id and one.values.keys() & TAKES_OVER
    )
    async with (
        keeping_an_administrator(call_of(ctx).unit),
        within_own_rights(ctx, taken),
    ):
        await _write(ctx, plan)
    done = Applied(created=len(plan.new), changed=len(plan.changed), unchanged=plan.unchanged)
    found.content, found.applied_at = None, ctx.now
    found.summary = done.model_dump()
    await ctx.audit("people.list_applied", f"people_import:{ask.list_id}", after=done.model_dump())
    await people_changed(ctx)
    return done


@schedule("41 3 * * *")
async def forget_lists(ctx: Context) -> None:
    """Deletes lists of people a week after they were uploaded."""
    old = col(PeopleImport.created_at) < sa.func.now() - sa.text("interval '7 days'")
    await ctx.db.execute(sa.delete(PeopleImport).where(old))


async def _check(ctx: Context, plan: Plan, digest: str) -> None:
    if plan.faults or not (plan.new or plan.changed):
        raise ImportRefused
    if plan.digest != digest:
        raise ImportOutdated
    if any(one.person_id == ctx.me.id and _leaves(one) for one in plan.changed):
        raise NotYourself
    come = [one for one in plan.new if not _leaves(one)]
    back = [one for one in plan.changed if one.values.get("state") == "active"]
    await require_people(call_of(ctx).unit, len(come) + len(back))


def _leaves(change: Change) -> bool:
    return bool(change.values.get("state") == "inactive")


async def _write(ctx: Context, plan: Plan) -> None:
    total, done = len(plan.new) + len(plan.changed), 0
    await ctx.progress(0, total)
    for part in _chunks(plan.new):
        rows = [_row(one) for one in part]
        await ctx.db.execute(sa.insert(Person), rows)
        await place(ctx, [(row["id"], one) for row, one in zip(rows, part, strict=True)])
        await _trail(ctx, "people.created", [{"username": one.username} for one in part])
        done += len(part)
        await ctx.progress(done, total)
    for part in _chunks(plan.changed):
        await _change(ctx, part)
        await place(ctx, [(one.person_id, one) for one in part if one.person_id is not None])
        for one in part:
            if one.person_id is not None and _leaves(one):
                await shut_out(ctx, one.person_id)
        await _trail(ctx, "people.changed", [_told(one) for one in part])
        done += len(part)
        await ctx.progress(done, total)


def _row(change: Change) -> dict[str, Any]:
    empty = dict.fromkeys(("employee_number", "email", "phone", "department_id", "position_id"))
    return {"id": uuid7(), "state": "active", **columns_of({**empty, **_own(change)})}


def _own(change: Change) -> dict[str, Any]:
    """What stands in the person's own row."""
    return {name: value for name, value in change.values.items() if name not in PLACES}


async def _change(ctx: Context, part: Sequence[Change]) -> None:
    """One statement for all changes of the same fields, and the moves told one by one."""
    table: Any = Person.__table__  # type: ignore[attr-defined]
    was = await _departments_of(ctx, [one.person_id for one in part])
    together: dict[frozenset[str], list[dict[str, Any]]] = {}
    for one in part:
        row = columns_of(_own(one))
        if row:
            together.setdefault(frozenset(row), []).append({"_id": one.person_id, **row})
    for names, found in together.items():
        update = sa.update(table).where(table.c.id == sa.bindparam("_id"))
        connection = await ctx.db.connection()
        await connection.execute(update.values({name: sa.bindparam(name) for name in names}), found)
    moved = [one for one in part if "department_id" in one.values]
    await _drop_side_posts(ctx, moved)
    for one in moved:
        assert one.person_id is not None
        there = one.values["department_id"]
        event = PersonMoved(person_id=one.person_id, department_id=there, was=was[one.person_id])
        await ctx.publish(event)


async def _departments_of(ctx: Context, people: Sequence[UUID | None]) -> dict[UUID, UUID | None]:
    stored = sa.select(col(Person.id), col(Person.department_id)).where(
        col(Person.id) == sa.any_(sa.bindparam("ids", list(people), type_=sa.ARRAY(sa.Uuid())))
    )
    return {row.id: row.department_id for row in await ctx.db.execute(stored)}


async def _drop_side_posts(ctx: Context, moved: Sequence[Change]) -> None:
    """Who is moved to where they held a further post holds the main one there now."""
    if not moved:
        return
    ids = sa.bindparam("ids", [one.person_id for one in moved], type_=sa.ARRAY(sa.Uuid()))
    now_main = sa.exists().where(
        col(Person.tenant_id) == col(Post.tenant_id),
        col(Person.id) == col(Post.person_id),
        col(Person.department_id) == col(Post.department_id),
    )
    await ctx.db.execute(sa.delete(Post).where(col(Post.person_id) == sa.any_(ids), now_main))


async def _trail(ctx: Context, action: str, people: list[dict[str, Any]]) -> None:
    """One line of the trail names all of a chunk."""
    await ctx.audit(action, "people_import", after={"people": people})


def _told(change: Change) -> dict[str, Any]:
    return {
        "id": str(change.person_id),
        "before": {one.field: one.before for one in change.differences},
        "after": {one.field: one.after for one in change.differences},
    }


def _planned(
    content: bytes,
    people: Iterable[Any],
    tree: Tree,
    positions: Mapping[UUID, str],
    posts: Mapping[UUID, Sequence[tuple[UUID, UUID | None]]],
    now_heads: Mapping[UUID, UUID],
) -> Plan:
    """In a thread: ten thousand rows would hold the loop up."""
    stored = [Stored(**row._mapping) for row in people]
    return planned(unpacked(content), known_of(stored, tree, positions, posts, now_heads))


def _chunks(found: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(found), CHUNK):
        yield found[start : start + CHUNK]
