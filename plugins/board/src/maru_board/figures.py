"""What operators see of the boards."""

from maru_board.queries import POST_COUNT, POSTS_BETWEEN
from maru_sdk import Context
from maru_sdk.operation import Span, metric, statistic


@metric("Posts on all boards")
async def posts(ctx: Context) -> float:
    """Published posts, as the boards count them."""
    found = await ctx.read(POST_COUNT)
    return found[0].posts


@statistic("Posts written", adds_to="posts")
async def posts_written(ctx: Context, ask: Span) -> int:
    """Posts that were published in this time and are there still."""
    found = await ctx.read(POSTS_BETWEEN, since=ask.since, until=ask.until)
    return found[0].posts
