"""Who has read a notice, and the buttons that leave nothing new."""

from uuid import UUID

from maru_board.attention import service
from maru_board.attention.queries import READERS
from maru_board.attention.reading import unread_boards
from maru_board.attention.schemas import ReaderOut
from maru_board.errors import PostNotFound
from maru_board.permissions import READ
from maru_board.posts.service import may_change_post
from maru_board.reading import at, readable_board, readable_post
from maru_board.schemas import PostShown
from maru_sdk import Context, CursorParams, Model, PermissionDenied, Redirect, action, page

READERS_ON_PAGE = 50


class Readers(Model):
    """One page of a notice's readers."""

    post: PostShown
    readers: list[ReaderOut]
    newer: str
    older: str
    total: int | None


@page(
    "/posts/{post_id}/readers", title="Who has read it", template="board/readers.html", needs=READ
)
async def readers(ctx: Context, post_id: UUID, cursor: str | None = None) -> Readers:
    """Who has read a notice: for its author and the moderators."""
    post = await readable_post(ctx, post_id)
    if not post.is_notice:
        raise PostNotFound
    if not may_change_post(ctx, post):
        raise PermissionDenied
    asked = CursorParams(cursor=cursor, limit=READERS_ON_PAGE)
    found = await ctx.page(READERS, asked, post_id=post_id)
    around, here = found.pagination, f"/board/posts/{post_id}/readers"
    return Readers(
        post=post,
        readers=list(found),
        newer=at(here, around["prev"]),
        older=at(here, around["next"]),
        total=around["total"],
    )


class Nothing(Model):
    """A form without fields."""


@action("/{board_id}/read", needs=READ)
async def read_board(ctx: Context, board_id: UUID, form: Nothing) -> Redirect:
    """Marks all that stands on a board as read."""
    await readable_board(ctx, board_id)
    await service.mark_all_read(ctx, [board_id])
    return Redirect(to=f"/board/{board_id}", message=ctx.t("Everything here is marked as read."))


@action("/read", needs=READ)
async def read_all(ctx: Context, form: Nothing) -> Redirect:
    """Marks all that stands on all boards as read."""
    new = [one.board_id for one in await unread_boards(ctx) if one.unread]
    await service.mark_all_read(ctx, new)
    return Redirect(to="/board", message=ctx.t("Everything here is marked as read."))


PAGES = (readers, read_board, read_all)
