"""The trash of a board, and the buttons that fill and empty it."""

from uuid import UUID

from maru_board.permissions import MODERATE, WRITE
from maru_board.reading import at, readable_board
from maru_board.schemas import BoardOut, PostLine
from maru_board.settings import BoardSettings
from maru_board.trash import queries, service
from maru_sdk import Context, CursorParams, Model, Redirect, action, page


class Trash(Model):
    """One page of what lies in a board's trash."""

    board: BoardOut
    posts: list[PostLine]
    trash_days: int
    newer: str
    older: str
    moderates: bool


@page("/{board_id}/trash", title="Trash", needs=WRITE)
async def trash(ctx: Context, board_id: UUID, cursor: str | None = None) -> Trash:
    """Deleted posts: all of them to moderators, to others their own."""
    board = await readable_board(ctx, board_id)
    moderates = ctx.can(MODERATE, on=board)
    query = queries.TRASH if moderates else queries.OWN_TRASH
    whose = {} if moderates else {"author_id": ctx.me.id}
    found = await ctx.page(query, CursorParams(cursor=cursor), board_id=board_id, **whose)
    here, around = f"/board/{board_id}/trash", found.pagination
    return Trash(
        board=board,
        posts=list(found),
        trash_days=(await ctx.settings(BoardSettings)).trash_days,
        newer=at(here, around["prev"]),
        older=at(here, around["next"]),
        moderates=moderates,
    )


@action("/posts/{post_id}/delete", needs=WRITE)
async def delete_post(ctx: Context, post_id: UUID) -> Redirect:
    """Puts a post into the trash."""
    board_id = await service.trash_post(ctx, post_id)
    said = ctx.t("The post was moved to the trash.")
    return Redirect(to=f"/board/{board_id}", message=said)


@action("/posts/{post_id}/restore", needs=WRITE)
async def restore_post(ctx: Context, post_id: UUID) -> Redirect:
    """Takes a post out of the trash."""
    await service.restore_post(ctx, post_id)
    return Redirect(to=f"/board/posts/{post_id}", message=ctx.t("The post is back."))


@action("/posts/{post_id}/purge", needs=WRITE)
async def purge_post(ctx: Context, post_id: UUID) -> Redirect:
    """Removes a post for good."""
    board_id = await service.purge_post(ctx, post_id)
    return Redirect(to=f"/board/{board_id}/trash", message=ctx.t("The post was deleted."))


PAGES = (trash, delete_post, restore_post, purge_post)
