"""Reading a post, with what that leaves."""

from uuid import UUID

from maru_board.attention import service
from maru_board.attention.queries import UNREAD
from maru_board.attention.schemas import UnreadOut
from maru_board.permissions import READ
from maru_board.reading import cards, readable_post
from maru_board.required.reading import requirement_of
from maru_board.schemas import PostShown
from maru_sdk import Context


async def read_post(ctx: Context, post_id: UUID) -> PostShown:
    """Like `readable_post`, and counts the view; the post is new to its reader no more."""
    post = await readable_post(ctx, post_id)
    if not post.is_published:
        return post
    waiting = await service.count_view(ctx, post_id)
    await service.mark_read(ctx, post)
    asked = post.is_notice or await requirement_of(ctx, post_id) is not None
    if asked and not post.seen:
        await service.note_reader(ctx, post_id)
    return post.model_copy(update={"view_count": post.view_count + waiting})


async def unread_boards(ctx: Context) -> list[UnreadOut]:
    """How many posts of each board that the reader may read are new to them."""
    horizon = ctx.now - service.HORIZON
    found = await ctx.read(UNREAD, reader=ctx.me.id, horizon=horizon)
    readable = {one.id for one in await cards(ctx) if ctx.can(READ, on=one)}
    return [one for one in found if one.board_id in readable]
