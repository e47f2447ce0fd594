"""What people are told of posts that name them."""

from uuid import UUID

from maru_board.models import Post
from maru_board.permissions import READ
from maru_board.posts.mentions import mentions_of
from maru_sdk import Context, Model
from maru_sdk.notifications import Notice, Recipients, notification


class Called(Model):
    """A post, as those are told whom it names."""

    post_id: UUID
    post: str
    author: str


@notification("Posts that mention me", icon="at-sign", needs=READ)
async def named(ctx: Context, ask: Called) -> Notice:
    """A post names the reader, or a department of theirs."""
    title = ctx.t("{author} mentioned you in “{post}”", author=ask.author, post=ask.post)
    return Notice(title=title[:300], url=f"/board/posts/{ask.post_id}")


async def tell_named(ctx: Context, post: Post) -> None:
    """Tells whom a published post names; who was told before isn't told again. Where authors are
    sealed nobody is: who told whom would open the seal."""
    found = mentions_of(post.content)
    if post.author_id is None or not (found.people or found.departments):
        return
    names = await ctx.people.names([post.author_id])
    said = Called(post_id=post.id, post=post.title, author=names.get(post.author_id, ""))
    to = Recipients(people=found.people, departments=found.departments, without=[post.author_id])
    await ctx.notify(named, said, to=to, key=f"post:{post.id}", on=post)


NOTIFICATIONS = (named,)
