"""The button of likes."""

from uuid import UUID

from maru_board.likes import service
from maru_board.permissions import READ
from maru_sdk import Context, Model, Redirect, action


class Liking(Model):
    """Whether the reader likes a post from now on."""

    liked: bool


@action("/posts/{post_id}/like", needs=READ)
async def like(ctx: Context, post_id: UUID, form: Liking) -> Redirect:
    """Likes a post, or no more."""
    await (service.like if form.liked else service.unlike)(ctx, post_id)
    return Redirect(to=f"/board/posts/{post_id}#likes")


PAGES = (like,)
