"""What pages read of comments again and again, the same for everybody who may read the post."""

from uuid import UUID

from maru_board import tags
from maru_board.comments import queries
from maru_board.comments.schemas import Discussion
from maru_sdk import Context, CursorParams, cached

ON_PAGE = 50


@cached("10m", tags=(tags.COMMENTS, tags.PEOPLE), audience="tenant")
async def comments_of(ctx: Context, post_id: UUID, cursor: str | None) -> Discussion:
    """One page of a post's comments, answers beneath what they answer."""
    asked = CursorParams(cursor=cursor, limit=ON_PAGE)
    found = await ctx.page(queries.COMMENTS, asked, post_id=post_id)
    return Discussion(comments=list(found), more=found.pagination["next"])
