"""What operators see of the boards."""

from maru_board.queries import POST_COUNT
from maru_sdk import Context
from maru_sdk.operation import metric


@metric("Posts on all boards")
async def posts(ctx: Context) -> float:
    """Published posts, as the boards count them."""
    found = await ctx.read(POST_COUNT)
    return found[0].posts
