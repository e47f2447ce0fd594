"""What followers are told."""

from uuid import UUID

from maru_board.permissions import READ
from maru_sdk import Context, Model
from maru_sdk.notifications import Notice, notification


class NewPost(Model):
    """A post on a board, or by an author, that somebody follows."""

    post_id: UUID
    post: str
    author: str
    board: str


class NewComments(Model):
    """Comments on a post that somebody follows."""

    post_id: UUID
    post: str


@notification("New posts that I follow", icon="rss", needs=READ, channels=("in_app",))
async def followed_post(ctx: Context, ask: NewPost) -> Notice:
    """There is a new post on a followed board or by a followed author."""
    title = ctx.t("New on {board}: “{post}” by {author}", **ask.model_dump(exclude={"post_id"}))
    return Notice(title=title[:300], url=f"/board/posts/{ask.post_id}")


@notification("New comments that I follow", icon="rss", needs=READ, channels=("in_app",))
async def followed_comments(ctx: Context, ask: NewComments, count: int) -> Notice:
    """There are new comments on a followed post."""
    title = ctx.t("{count} new comments on “{post}”", count=count, post=ask.post)
    return Notice(title=title[:300], url=f"/board/posts/{ask.post_id}#comments")


NOTIFICATIONS = (followed_post, followed_comments)
