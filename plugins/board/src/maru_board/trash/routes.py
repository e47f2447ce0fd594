"""The JSON API of the trash."""

from uuid import UUID

from maru_board.permissions import MODERATE, WRITE
from maru_board.posts.service import shown_post
from maru_board.reading import readable_board
from maru_board.schemas import PostLine, PostOut
from maru_board.trash import queries, service
from maru_sdk import Context, CursorParams, Page, delete, get, post


@get("/boards/{board_id}/trash", needs=WRITE, no_store="moderators see more of it than others")
async def trash(ctx: Context, board_id: UUID, page: CursorParams) -> Page[PostLine]:
    """What lies in a board's trash: all of it to moderators, to others their own."""
    board = await readable_board(ctx, board_id)
    if ctx.can(MODERATE, on=board):
        return await ctx.page(queries.TRASH, page, board_id=board_id)
    return await ctx.page(queries.OWN_TRASH, page, board_id=board_id, author_id=ctx.me.id)


@delete("/posts/{post_id}", needs=WRITE)
async def delete_post(ctx: Context, post_id: UUID) -> None:
    """Puts a post into the trash, with its comments."""
    await service.trash_post(ctx, post_id)


@post("/posts/{post_id}/restore", needs=WRITE)
async def restore_post(ctx: Context, post_id: UUID) -> PostOut:
    """Takes a post out of the trash."""
    await service.restore_post(ctx, post_id)
    return (await shown_post(ctx, post_id)).out()


ROUTES = (trash, delete_post, restore_post)
