"""The JSON API of the lists."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from maru_board import queries, tags
from maru_board.lists.queries import posts_by
from maru_board.lists.schemas import Filter
from maru_board.permissions import READ
from maru_board.reading import readable_board
from maru_board.schemas import PostLine
from maru_sdk import Context, CursorParams, Page, get


@get(
    "/boards/{board_id}/posts",
    needs=READ,
    cache="1m",
    audience="tenant",
    tags=(tags.LINES, tags.PEOPLE),
)
async def posts(
    ctx: Context,
    board_id: UUID,
    page: CursorParams,
    prefix: str = "",
    tag: str = "",
    author: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Page[PostLine]:
    """A board's posts, pinned ones first, then the newest first; with a filter the newest first.
    Days are those of the tenant's time zone."""
    await readable_board(ctx, board_id)
    wanted = Filter(prefix, tag, author, since, until)
    if not wanted:
        return await ctx.page(queries.POSTS, page, board_id=board_id)
    given = wanted.arguments(ZoneInfo(ctx.tenant.timezone))
    return await ctx.page(posts_by(*wanted.asked), page, board_id=board_id, **given)


ROUTES = (posts,)
