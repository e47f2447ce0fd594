"""What pages read of comments again and again, the same for everybody who may read the post."""

from uuid import UUID

from maru_board import tags
from maru_board.comments import queries
from maru_board.comments.mentions import lines_of, names_of
from maru_board.comments.schemas import CommentShown, Discussion
from maru_sdk import Context, CursorParams, cached

ON_PAGE = 50


@cached("10m", tags=(tags.COMMENTS, tags.PEOPLE), audience="tenant")
async def comments_of(ctx: Context, post_id: UUID, cursor: str | None) -> Discussion:
    """One page of a post's comments, answers beneath what they answer."""
    asked = CursorParams(cursor=cursor, limit=ON_PAGE)
    found = await ctx.page(queries.COMMENTS, asked, post_id=post_id)
    names = await names_of(ctx, [one.content for one in found])
    shown = [CommentShown(**dict(one), lines=lines_of(one.content, names)) for one in found]
    return Discussion(comments=shown, more=found.pagination["next"])
