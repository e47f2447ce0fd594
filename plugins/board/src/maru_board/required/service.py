"""The rules of required reading: who may ask it of whom, and what confirming is."""

from datetime import timedelta
from uuid import UUID

from maru_board import audience, tags
from maru_board.api import ReadingConfirmed, ReadingRequired
from maru_board.attention.models import PostView
from maru_board.permissions import MODERATE
from maru_board.posts.service import shown_post
from maru_board.reading import published_post
from maru_board.required import queries
from maru_board.required.errors import DueInThePast, RemindedAlready, RequirementNotFound
from maru_board.required.models import Requirement
from maru_board.required.reading import confirmed_by_reader, required
from maru_board.required.schemas import Confirmed, RequirementIn
from maru_board.required.telling import tell_asked
from maru_board.schemas import PostShown
from maru_sdk import Context
from maru_sdk.db import col, func, insert, uuid7

REMINDED_AGAIN_AFTER = timedelta(hours=1)


async def moderated_post(ctx: Context, post_id: UUID) -> PostShown:
    """A post of which the reader is a moderator: what they ask reaches many people."""
    post = await shown_post(ctx, post_id)
    ctx.require(MODERATE, on=post)
    return post


async def require(ctx: Context, post_id: UUID, body: RequirementIn) -> None:
    """Has a post be read until a time, or changes until when and by whom it must be."""
    post = await moderated_post(ctx, post_id)
    if body.due_at <= ctx.now:
        raise DueInThePast
    await audience.check(ctx, body)
    values = body.model_dump() | body.kept() | {"reminded_at": None}
    fresh = insert(Requirement).values(id=uuid7(), post_id=post_id, **values)
    keys = ["tenant_id", "post_id"]
    await ctx.db.execute(fresh.on_conflict_do_update(index_elements=keys, set_=values))
    await ctx.audit("board.reading_required", str(post_id), after=body.model_dump(mode="json"))
    event = ReadingRequired(post_id=post_id, board_id=post.board_id, due_at=body.due_at)
    await ctx.publish(event)
    if post.is_published:
        await tell_asked(ctx, post, body)
    await ctx.cache.drop(tags.POST.format(post_id=post_id))


async def withdraw(ctx: Context, post_id: UUID) -> None:
    """Nobody must read the post any more; who had confirmed it stays known."""
    await moderated_post(ctx, post_id)
    found = await _requirement(ctx, post_id)
    await ctx.db.delete(found)
    await ctx.db.flush()
    await ctx.audit("board.reading_withdrawn", str(post_id))
    await ctx.cache.drop(tags.POST.format(post_id=post_id))


async def confirm(ctx: Context, post_id: UUID) -> Confirmed:
    """The reader says that they have read the post; the first time counts."""
    post = await published_post(ctx, post_id)
    await required(ctx, post_id)
    read = insert(PostView).values(
        id=uuid7(), post_id=post_id, person_id=ctx.me.id, confirmed_at=ctx.now
    )
    first = func.coalesce(PostView.confirmed_at, read.excluded.confirmed_at)
    keys = ["tenant_id", "post_id", "person_id"]
    once = read.on_conflict_do_update(index_elements=keys, set_={"confirmed_at": first})
    at = await ctx.db.scalar(once.returning(col(PostView.confirmed_at)))
    if at == ctx.now:
        event = ReadingConfirmed(post_id=post_id, board_id=post.board_id, person_id=ctx.me.id)
        await ctx.publish(event)
    return await confirmed_by_reader(ctx, post_id)


async def mark_reminded(ctx: Context, post_id: UUID) -> None:
    """Notes that everybody who hasn't confirmed is reminded now; raises RemindedAlready."""
    await moderated_post(ctx, post_id)
    found = await _requirement(ctx, post_id)
    if found.reminded_at is not None and ctx.now - found.reminded_at < REMINDED_AGAIN_AFTER:
        raise RemindedAlready
    found.reminded_at = ctx.now
    await ctx.db.flush()
    await ctx.cache.drop(tags.POST.format(post_id=post_id))


async def due_reminders(ctx: Context, at_most: int = 50) -> list[UUID]:
    """The posts whose readers are reminded now, once each."""
    found = list(await ctx.db.scalars(queries.to_remind(ctx.now, at_most)))
    due = [one for one in found if one.due_at - timedelta(days=one.remind_days) <= ctx.now]
    for one in due:
        one.reminded_at = ctx.now
        await ctx.cache.drop(tags.POST.format(post_id=one.post_id))
    await ctx.db.flush()
    return [one.post_id for one in due]


async def _requirement(ctx: Context, post_id: UUID) -> Requirement:
    found: Requirement | None = await ctx.db.scalar(queries.requirement_locked(post_id))
    if found is None:
        raise RequirementNotFound
    return found
