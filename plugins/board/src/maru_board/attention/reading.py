"""Reading a post, with what that leaves."""

from uuid import UUID

from maru_board.attention import service
from maru_board.reading import readable_post
from maru_board.schemas import PostShown
from maru_sdk import Context


async def read_post(ctx: Context, post_id: UUID) -> PostShown:
    """Like `readable_post`, and counts the reader the first time."""
    post = await readable_post(ctx, post_id)
    if post.is_published and not post.seen and await service.note_reader(ctx, post_id):
        return post.model_copy(update={"view_count": post.view_count + 1})
    return post
