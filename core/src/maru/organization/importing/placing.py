"""What a list says of people's places beside their main one: further posts, and what they head."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from maru.identity.models import Department, Person, Post
from maru.organization.importing.plan import Change
from maru_sdk import Context
from maru_sdk.db import col, uuid7

PLACES: Final = frozenset({"posts", "manages"})
_IDS: Final = sa.ARRAY(sa.Uuid())


async def posts_held(ctx: Context) -> dict[UUID, list[tuple[UUID, UUID | None]]]:
    """Everybody's further posts."""
    found: dict[UUID, list[tuple[UUID, UUID | None]]] = {}
    asked = sa.select(col(Post.person_id), col(Post.department_id), col(Post.position_id))
    for row in await ctx.db.execute(asked.order_by(col(Post.id))):
        found.setdefault(row.person_id, []).append((row.department_id, row.position_id))
    return found


async def heads(ctx: Context) -> dict[UUID, UUID]:
    """Who heads which department."""
    asked = sa.select(col(Department.id), col(Department.manager_id))
    rows = await ctx.db.execute(asked.where(col(Department.manager_id).is_not(None)))
    return {row.id: row.manager_id for row in rows}


async def place(ctx: Context, placed: Sequence[tuple[UUID, Change]]) -> None:
    """Gives these people the posts and departments that their rows name."""
    await _give_posts(
        ctx, {who: one.values["posts"] for who, one in placed if "posts" in one.values}
    )
    given = [(where, who) for who, one in placed for where in one.values.get("manages", ())]
    for where, who in given:
        change = sa.update(Department).where(col(Department.id) == where).values(manager_id=who)
        await ctx.db.execute(change)


async def _give_posts(ctx: Context, wanted: Mapping[UUID, Sequence[Sequence[UUID | None]]]) -> None:
    """Each person's further posts are these alone; that of their main department is none."""
    if not wanted:
        return
    people = sa.bindparam("people", list(wanted), type_=_IDS)
    await ctx.db.execute(sa.delete(Post).where(col(Post.person_id) == sa.any_(people)))
    mains = await ctx.db.execute(
        sa.select(col(Person.id), col(Person.department_id)).where(
            col(Person.id) == sa.any_(people)
        )
    )
    main = {row.id: row.department_id for row in mains}
    rows: list[dict[str, Any]] = [
        {"id": uuid7(), "person_id": who, "department_id": where, "position_id": position}
        for who, posts in wanted.items()
        for where, position in posts
        if where != main[who]
    ]
    if rows:
        await ctx.db.execute(sa.insert(Post), rows)
