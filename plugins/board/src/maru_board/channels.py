"""Rooms that open pages of board listen to."""

from uuid import UUID

from maru_board import queries
from maru_board.errors import PostNotFound
from maru_board.permissions import READ
from maru_sdk import Context, Model
from maru_sdk.live import channel


class PostRoom(Model):
    """The post whose page is open."""

    post_id: UUID


class CommentNews(Model):
    """A comment that came or went; what it says is read by the page, as its reader may."""

    comment_id: UUID


@channel("{post_id}")
async def post(ctx: Context, room: PostRoom) -> None:
    """Readers of a post hear that its comments have changed."""
    ctx.require(READ)
    found = await ctx.read(queries.POST, post_id=room.post_id, reader=ctx.me.id)
    if not found or not found[0].is_published:
        raise PostNotFound


CHANNELS = (post,)
