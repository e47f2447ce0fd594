"""The comments of a post, as its page shows them to one reader."""

from typing import Any
from uuid import UUID

from maru_board.comments.reading import comments_of
from maru_board.comments.schemas import CommentIn, CommentShown
from maru_board.permissions import COMMENT, MODERATE
from maru_board.posts.seal import sealed_mine
from maru_board.posts.service import may_change_post
from maru_board.reading import at, board_of
from maru_board.schemas import Author, PostShown
from maru_sdk import Context, Model


class Comments(Model):
    """The comments of a post as this reader sees them, and where they stand alone."""

    post: PostShown
    comments: list[CommentShown]
    comments_url: str
    more: str
    comment_schema: dict[str, Any]
    may_comment: bool
    may_accept: bool
    me: Author
    mine: list[UUID]
    moderates: bool


async def comments_on(ctx: Context, post: PostShown, cursor: str | None) -> Comments:
    """One page of a post's comments for the reader at hand."""
    alone = f"/board/posts/{post.id}/comments"
    asks = (await board_of(ctx, post.board_id)).takes_answers
    found = await comments_of(ctx, post.id, cursor)
    return Comments(
        post=post,
        comments=found.comments,
        comments_url=at(alone, cursor) or alone,
        more=at(f"/board/posts/{post.id}", found.more),
        comment_schema=CommentIn.model_json_schema(),
        may_comment=ctx.can(COMMENT, on=post) and post.is_published and not post.board_is_closed,
        may_accept=asks and may_change_post(ctx, post),
        me=Author(id=ctx.me.id, name=ctx.me.name),
        mine=await _mine(ctx, found.comments),
        moderates=ctx.can(MODERATE, on=post),
    )


async def _mine(ctx: Context, comments: list[CommentShown]) -> list[UUID]:
    """Which of the comments the reader wrote, sealed or not."""
    sealed = [one.id for one in comments if one.author is None]
    named = [one.id for one in comments if one.author and one.author.id == ctx.me.id]
    return [*named, *(await sealed_mine(ctx, sealed) if sealed else ())]
