"""What people are told of posts that name them."""

from uuid import UUID

from maru_board.models import Post
from maru_board.permissions import READ
from maru_board.posts.mentions import mentions_of
from maru_sdk import Context, Model
from maru_sdk.notifications import Notice, Recipients, notification


class Called(Model):
    """A post, as those are told whom it names. Its title may change, and others than its author
    may name people, while what is told stays as it was: so neither is said. The other fields are
    those of what was told before."""

    post_id: UUID
    post: str = ""
    author: str = ""


@notification("Posts that mention me", icon="at-sign", needs=READ)
async def named(ctx: Context, ask: Called) -> Notice:
    """A post names the reader, or a department of theirs."""
    return Notice(title=ctx.t("You were mentioned in a post"), url=f"/board/posts/{ask.post_id}")


async def tell_named(ctx: Context, post: Post) -> None:
    """Tells whom a published post names; who was told before isn't told again. Where authors are
    sealed nobody is: who told whom would open the seal."""
    found = mentions_of(post.content)
    if post.author_id is None or not (found.people or found.departments):
        return
    to = Recipients(people=found.people, departments=found.departments, without=[post.author_id])
    await ctx.notify(named, Called(post_id=post.id), to=to, key=f"post:{post.id}", on=post)


NOTIFICATIONS = (named,)
