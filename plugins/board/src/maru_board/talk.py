"""What a post's page and its comments alone show of them."""

from typing import Any

from maru_board.permissions import COMMENT, MODERATE
from maru_board.posts.service import may_change_post
from maru_board.reading import board_of, comments_of
from maru_board.schemas import Author, CommentIn, CommentOut, PostShown
from maru_sdk import Context, Model


def at(path: str, cursor: object) -> str:
    """An address of a list, from a cursor on."""
    return f"{path}?cursor={cursor}" if cursor else ""


class Comments(Model):
    """The comments of a post as this reader sees them, and where they stand alone."""

    post: PostShown
    comments: list[CommentOut]
    comments_url: str
    more: str
    comment_schema: dict[str, Any]
    may_comment: bool
    may_accept: bool
    me: Author
    moderates: bool


async def comments_of_post(ctx: Context, post: PostShown, cursor: str | None) -> Comments:
    """The comments of a post, from a cursor on."""
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
        moderates=ctx.can(MODERATE, on=post),
    )
