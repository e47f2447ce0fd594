"""What board puts on the portal page."""

from datetime import timedelta

from pydantic import Field

from maru_board import reading, tags
from maru_board.api import NoticesChanged, PostChanged, PostDeleted, PostPublished
from maru_board.permissions import READ
from maru_board.schemas import RecentPost
from maru_board.settings import BoardSettings
from maru_sdk import Context, Live, Model, portlet


class Shown(Model):
    """What a person may choose in the portlet's dialog."""

    count: int = Field(8, ge=1, le=reading.MOST_RECENT, title="Number of posts")


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
    config=Shown,
    live=Live(on=[PostPublished, PostChanged, PostDeleted], within="10s"),
    stale="10m",
)
async def recent_posts(ctx: Context, config: Shown) -> RecentPosts:
    """The newest posts of all boards."""
    return await _entries(ctx, (await reading.recent(ctx))[: config.count])


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


PORTLETS = (recent_posts, notices)
