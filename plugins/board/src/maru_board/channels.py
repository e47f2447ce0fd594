"""What an open post tells its readers: who else reads it, who is writing, what was written."""

from uuid import UUID

from maru_board.permissions import COMMENT
from maru_board.posts import service
from maru_sdk import Context, Model
from maru_sdk.live import channel


class PostRoom(Model):
    """One post's room."""

    post_id: UUID


class Typing(Model):
    """A reader says that they are writing a comment."""


class Writer(Model):
    """Somebody is writing."""

    id: UUID
    name: str


async def typing(ctx: Context, room: PostRoom, message: Typing) -> None:
    """Tells the others that somebody is writing a comment."""
    shown = await service.shown_post(ctx, room.post_id)
    ctx.require(COMMENT, on=shown)
    if shown.author is None:  # where authors are sealed, nobody is seen to write
        return
    writer = Writer(id=ctx.me.id, name=ctx.me.name)
    await ctx.live.send_now(post.room(post_id=room.post_id), "typing", writer)


@channel("{post_id}", presence=True, on_message=typing)
async def post(ctx: Context, room: PostRoom) -> None:
    """Whoever may read a post may be there while it is discussed."""
    await service.shown_post(ctx, room.post_id)


class Attached(Model):
    """What is attached to the post has changed."""


async def tell_attached(ctx: Context, post_id: UUID) -> None:
    """Tells the post's readers that its files are others now."""
    await ctx.live.send(post.room(post_id=post_id), "attached", Attached())
