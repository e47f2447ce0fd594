"""What pages read of comments again and again, the same for everybody who may read the post."""

from collections.abc import Sequence
from uuid import UUID

from maru_board import tags
from maru_board.comments import queries
from maru_board.comments.mentions import Named, lines_of, mentions_in, names_of
from maru_board.comments.schemas import CommentOut, CommentSaid, CommentShown, Discussion, Mentioned
from maru_sdk import Context, CursorParams, cached

ON_PAGE = 50


async def with_names(ctx: Context, comments: Sequence[CommentOut]) -> list[CommentSaid]:
    """Comments with the names of all whom they mention."""
    names = await names_of(ctx, [one.content for one in comments])
    return [CommentSaid(**dict(one), mentions=_mentioned(one.content, names)) for one in comments]


def _mentioned(text: str, names: Named) -> list[Mentioned]:
    found = mentions_in(text)
    people = [Mentioned(kind="person", id=one, name=names.get(one, "")) for one in found.people]
    return people + [
        Mentioned(kind="department", id=one, name=names.get(one, "")) for one in found.departments
    ]


@cached("10m", tags=(tags.COMMENTS, tags.PEOPLE), audience="tenant")
async def comments_of(ctx: Context, post_id: UUID, cursor: str | None) -> Discussion:
    """One page of a post's comments, answers beneath what they answer."""
    asked = CursorParams(cursor=cursor, limit=ON_PAGE)
    found = await ctx.page(queries.COMMENTS, asked, post_id=post_id)
    names = await names_of(ctx, [one.content for one in found])
    shown = [CommentShown(**dict(one), lines=lines_of(one.content, names)) for one in found]
    return Discussion(comments=shown, more=found.pagination["next"])
