"""What is new to whom, and who has read a notice, in the JSON API."""

from uuid import UUID

from maru_board.attention import service
from maru_board.attention.queries import READERS
from maru_board.attention.reading import unread_boards
from maru_board.attention.schemas import ReaderOut, UnreadOut
from maru_board.errors import PostNotFound
from maru_board.permissions import READ
from maru_board.posts.service import may_change_post
from maru_board.reading import readable_board, readable_post
from maru_sdk import Context, CursorParams, Page, PermissionDenied, get, post


@get("/unread", needs=READ, no_store="it changes with every post that is opened")
async def unread(ctx: Context) -> list[UnreadOut]:
    """How many posts of each board are new to the reader."""
    return await unread_boards(ctx)


@post("/boards/{board_id}/read", needs=READ, status=200)
async def read_board(ctx: Context, board_id: UUID) -> None:
    """Nothing on the board is new to the reader any more."""
    await readable_board(ctx, board_id)
    await service.mark_all_read(ctx, [board_id])


@get("/posts/{post_id}/readers", needs=READ, no_store="it changes with every reader")
async def readers(ctx: Context, post_id: UUID, page: CursorParams) -> Page[ReaderOut]:
    """Who has read a notice, the latest first: for its author and the moderators."""
    shown = await readable_post(ctx, post_id)
    if not shown.is_notice:
        raise PostNotFound
    if not may_change_post(ctx, shown):
        raise PermissionDenied
    return await ctx.page(READERS, page, post_id=post_id)


ROUTES = (unread, read_board, readers)
