"""Comments in the JSON API."""

from uuid import UUID

from maru_board import tags
from maru_board.comments import channels, queries, service
from maru_board.comments.reading import with_names
from maru_board.comments.schemas import CommentIn, CommentSaid
from maru_board.permissions import COMMENT, READ
from maru_board.reading import published_post
from maru_sdk import Context, CursorParams, Page, delete, get, post


@get(
    "/posts/{post_id}/comments",
    needs=READ,
    cache="5m",
    audience="tenant",
    tags=(tags.POST, tags.COMMENTS, tags.WITHDRAWN, tags.PEOPLE),
)
async def comments(ctx: Context, post_id: UUID, page: CursorParams) -> Page[CommentSaid]:
    """A published post's comments, the oldest first, answers beneath what they answer."""
    await published_post(ctx, post_id)
    found = await ctx.page(queries.COMMENTS, page, post_id=post_id)
    return Page.of(await with_names(ctx, found), CommentSaid, found.pagination)


@post("/posts/{post_id}/comments", needs=COMMENT)
async def create_comment(ctx: Context, post_id: UUID, body: CommentIn) -> CommentSaid:
    """Comments on a post."""
    comment_id = await service.write_comment(ctx, post_id, body)
    await channels.tell_commented(ctx, post_id, comment_id)
    found = await ctx.read(queries.COMMENT, post_id=post_id, comment_id=comment_id)
    return (await with_names(ctx, found))[0]


@delete("/comments/{comment_id}", needs=COMMENT)
async def delete_comment(ctx: Context, comment_id: UUID) -> None:
    """Deletes a comment; an answered one stays, empty."""
    await service.delete_comment(ctx, comment_id)


ROUTES = (comments, create_comment, delete_comment)
