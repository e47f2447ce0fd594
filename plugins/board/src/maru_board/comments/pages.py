"""The comments of a post alone, and what their forms do."""

from uuid import UUID

from maru_board.comments import channels, service
from maru_board.comments.discussion import Comments, comments_on
from maru_board.comments.schemas import CommentIn
from maru_board.permissions import COMMENT, READ
from maru_board.posts.pages import one_post
from maru_board.reading import readable_post
from maru_sdk import Context, Redirect, action, page


@page("/posts/{post_id}/comments", title="Comments", template="board/comments.html", needs=READ)
async def comments_alone(ctx: Context, post_id: UUID, cursor: str | None = None) -> Comments:
    """A post's comments, which its open pages fetch again when they hear of a new one."""
    return await comments_on(ctx, await readable_post(ctx, post_id), cursor)


@action("/posts/{post_id}/comments", needs=COMMENT, again=one_post)
async def create_comment(ctx: Context, post_id: UUID, form: CommentIn) -> Redirect:
    """Adds a comment."""
    comment_id = await service.write_comment(ctx, post_id, form)
    await channels.tell_commented(ctx, post_id, comment_id)
    return Redirect(to=f"/board/posts/{post_id}#comment-{comment_id}")


@action("/comments/{comment_id}/delete", needs=COMMENT)
async def delete_comment(ctx: Context, comment_id: UUID) -> Redirect:
    """Deletes a comment."""
    post_id = await service.delete_comment(ctx, comment_id)
    await channels.tell_removed(ctx, post_id, comment_id)
    return Redirect(to=f"/board/posts/{post_id}", message=ctx.t("The comment was deleted."))


PAGES = (comments_alone, create_comment, delete_comment)
