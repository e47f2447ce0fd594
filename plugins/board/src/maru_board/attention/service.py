"""The rules of reading: what a reading leaves.

Counting a view writes nothing: it gathers in Redis, and `flush_views` adds a minute's views at
once. What a reading does write is the reader's own: that the post is new to them no more, once,
and for a notice, which people are asked whether they have read it, a line.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from maru_board.attention import queries
from maru_board.attention.models import PostView, ReadMark, ViewBatch
from maru_board.attention.schemas import Marked
from maru_board.models import Post
from maru_board.posts import service as post_rules
from maru_board.schemas import PostShown
from maru_sdk import Context
from maru_sdk.db import col, delete, insert, uuid7

VIEWS = "views"
AGAIN = "1h"
HORIZON = timedelta(days=30)
MOST_MARKED = 200
BATCHES_KEPT = timedelta(days=30)


# Views


async def count_view(ctx: Context, post_id: UUID) -> int:
    """Counts a view, unless the same person has just opened the post; answers how many views
    aren't added to the post yet."""
    return await ctx.tally.add(VIEWS, post_id, once=str(ctx.me.id), within=AGAIN)


async def flush_views(ctx: Context) -> int:
    """Adds what was viewed to the posts; each batch once, whatever died in between."""
    batch = await ctx.tally.take(VIEWS)
    if batch is None:
        return 0
    noted = insert(ViewBatch).values(id=batch.id).on_conflict_do_nothing()
    if await ctx.db.scalar(noted.returning(col(ViewBatch.id))) is None:
        return 0
    for post_id, views in sorted(batch.counts.items()):  # in one order: nobody waits in a circle
        await post_rules.set_quietly(ctx, post_id, view_count=col(Post.view_count) + views)
    old = queries.batches_before(ctx.now - BATCHES_KEPT)
    await ctx.db.execute(delete(ViewBatch).where(col(ViewBatch.id).in_(old)))
    return sum(batch.counts.values())


# What is new to whom


async def mark_of(ctx: Context, board_id: UUID) -> Marked:
    """What of a board the reader has read; what is older than a month is new to nobody."""
    found = await ctx.read(queries.MARK, reader=ctx.me.id, board_id=board_id)
    horizon = ctx.now - HORIZON
    mark = found[0] if found else Marked(since=horizon, posts={})
    return mark.model_copy(update={"since": max(mark.since, horizon)})


async def mark_read(ctx: Context, post: PostShown) -> None:
    """A post that was new to its reader is so no more; another one changes nothing."""
    if (await mark_of(ctx, post.board_id)).is_unread(post.id, post.published_at):
        mark = await _own_mark(ctx, post.board_id)
        mark.posts = {**mark.posts, str(post.id): post.published_at.isoformat()}
        prune(mark, ctx.now - HORIZON)
        await ctx.db.flush()


async def mark_all_read(ctx: Context, boards: Iterable[UUID]) -> None:
    """Nothing that stands on these boards now is new to the reader."""
    for board_id in sorted(boards):
        mark = await _own_mark(ctx, board_id)
        mark.since, mark.posts = ctx.now, {}
    await ctx.db.flush()


async def _own_mark(ctx: Context, board_id: UUID) -> ReadMark:
    """The reader's mark, made where there is none, and held: two tabs lose nothing."""
    given = {"person_id": ctx.me.id, "board_id": board_id, "since": ctx.now - HORIZON}
    fresh = insert(ReadMark).values(id=uuid7(), posts={}, **given)
    await ctx.db.execute(fresh.on_conflict_do_nothing())
    mark: ReadMark = await ctx.db.scalar(queries.mark_locked(ctx.me.id, board_id))
    return mark


def prune(mark: ReadMark, horizon: datetime) -> None:
    """Forgets what says nothing any more. A mark that names too many posts moves on: what is older
    than the older half of them counts as read."""
    mark.since = max(mark.since, horizon)
    if len(mark.posts) > MOST_MARKED:
        times = sorted(map(datetime.fromisoformat, mark.posts.values()))
        mark.since = max(mark.since, times[len(times) // 2])
    since = mark.since
    mark.posts = {post: at for post, at in mark.posts.items() if datetime.fromisoformat(at) > since}


# Who has read a notice


async def note_reader(ctx: Context, post_id: UUID) -> None:
    """Writes down that the reader has read a notice."""
    read = insert(PostView).values(id=uuid7(), post_id=post_id, person_id=ctx.me.id)
    await ctx.db.execute(read.on_conflict_do_nothing())
