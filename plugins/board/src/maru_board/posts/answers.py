"""Which comment answers a question."""

from uuid import UUID

from maru_board.api import PostChanged
from maru_board.boards.service import board_or_refuse
from maru_board.comments import queries
from maru_board.comments.errors import CommentNotFound
from maru_board.errors import AnswersNotTaken
from maru_board.posts import service as posts
from maru_sdk import Context


async def accept_answer(ctx: Context, post_id: UUID, comment_id: UUID | None) -> None:
    """Marks a comment as the answer to the question, or none: the asker's and the moderators'."""
    post = await posts.post_to_change(ctx, post_id)
    if not (await board_or_refuse(ctx, post.board_id)).takes_answers:
        raise AnswersNotTaken
    if comment_id and await ctx.db.scalar(queries.post_of(comment_id)) != post_id:
        raise CommentNotFound
    await posts.set_quietly(ctx, post_id, accepted_id=comment_id)
    await posts.tell(ctx, post, PostChanged(post_id=post_id, board_id=post.board_id))
    await posts.changed(ctx, post, notice=False)
