"""What board puts on the portal page."""

from datetime import timedelta

from pydantic import Field

from maru_board import queries, reading, tags
from maru_board.api import (
    CommentWritten,
    NoticesChanged,
    PostChanged,
    PostDeleted,
    PostPublished,
)
from maru_board.permissions import READ
from maru_board.schemas import MyPost, RecentPost
from maru_board.settings import BoardSettings
from maru_sdk import Context, Live, Model, portlet


class Shown(Model):
    """What a person may choose in the portlet's dialog."""

    count: int = Field(8, ge=1, le=reading.MOST_RECENT, title="Number of posts")


class ShownOf(Shown):
    """The same, and of which board."""

    board: str = Field(
        "", max_length=60, title="Board", description="Leave it empty for all of them."
    )


async def boards_to_choose(ctx: Context) -> dict[str, dict[str, str]]:
    """The boards that the reader may choose one of."""
    found = [one for one in await reading.cards(ctx) if ctx.can(READ, on=one)]
    return {"board": {str(one.id): one.name for one in found}}


class Entry(RecentPost):
    """A post, and whether it is marked as new."""

    is_new: bool


class RecentPosts(Model):
    """The newest posts."""

    posts: list[Entry]


async def _entries(ctx: Context, found: list[RecentPost]) -> RecentPosts:
    settings = await ctx.settings(BoardSettings)
    since = ctx.now - timedelta(days=settings.new_days)
    entries = [Entry(**dict(post), is_new=post.published_at > since) for post in found]
    return RecentPosts(posts=entries)


@portlet(
    title="Recent posts",
    icon="newspaper",
    size=(5, 5),
    min_size=(3, 2),
    template="board/posts_portlet.html",
    needs=READ,
    cache="60s",
    audience="tenant",
    tags=(tags.RECENT, tags.PEOPLE),
    config=ShownOf,
    offers=boards_to_choose,
    live=Live(on=[PostPublished, PostChanged, PostDeleted], within="10s"),
    stale="10m",
)
async def recent_posts(ctx: Context, config: ShownOf) -> RecentPosts:
    """The newest posts of all boards, or of one."""
    chosen = config.board.strip()
    if not chosen:
        return await _entries(ctx, (await reading.recent(ctx))[: config.count])
    meant = [one for one in await reading.cards(ctx) if chosen in (str(one.id), one.name)]
    readable = [one for one in meant if ctx.can(READ, on=one)]
    found = await reading.recent_on(ctx, readable[0].id) if readable else []
    return await _entries(ctx, found[: config.count])


@portlet(
    title="Notices",
    icon="megaphone",
    size=(4, 5),
    min_size=(3, 2),
    template="board/posts_portlet.html",
    needs=READ,
    cache="60s",
    audience="tenant",
    tags=(tags.NOTICES, tags.PEOPLE),
    config=Shown,
    live=Live(on=[NoticesChanged], within="10s"),
    stale="10m",
)
async def notices(ctx: Context, config: Shown) -> RecentPosts:
    """The newest notices of all boards."""
    return await _entries(ctx, (await reading.notices(ctx))[: config.count])


class MyPosts(Model):
    """The reader's latest posts."""

    posts: list[MyPost]


@portlet(
    title="My posts",
    icon="square-pen",
    size=(4, 4),
    min_size=(3, 2),
    template="board/my_posts_portlet.html",
    needs=READ,
    audience="user",
    config=Shown,
    live=Live(on=[PostPublished, CommentWritten], within="30s"),
)
async def my_posts(ctx: Context, config: Shown) -> MyPosts:
    """The reader's latest posts, with how many comments and likes they have."""
    found = await ctx.read(queries.MY_POSTS, author_id=ctx.me.id, count=config.count)
    return MyPosts(posts=list(found))


PORTLETS = (recent_posts, notices, my_posts)
