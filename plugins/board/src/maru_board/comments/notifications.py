"""What people are told of comments."""

from uuid import UUID

from maru_board.comments.mentions import mentions_in, names_of, plain
from maru_board.comments.models import Comment
from maru_board.permissions import READ
from maru_board.schemas import PostShown
from maru_sdk import Context, Model
from maru_sdk.notifications import Notice, Recipients, notification

SHOWN = 300


class Said(Model):
    """A comment, as those are told who should hear of it."""

    post_id: UUID
    comment_id: UUID
    post: str
    author: str
    text: str = ""

    def notice(self, title: str) -> Notice:
        """It with a title; it leads to the comment."""
        url = f"/board/posts/{self.post_id}#comment-{self.comment_id}"
        return Notice(title=title[:300], body=self.text, url=url)


@notification("Comments on my posts", icon="message-square", needs=READ)
async def commented(ctx: Context, ask: Said, count: int) -> Notice:
    """Somebody has commented on a post of the reader's."""
    if count == 1:
        return ask.notice(ctx.t("{author} commented on “{post}”", author=ask.author, post=ask.post))
    return ask.notice(ctx.t("{count} new comments on “{post}”", count=count, post=ask.post))


@notification("Answers to my comments", icon="reply", needs=READ)
async def answered(ctx: Context, ask: Said) -> Notice:
    """Somebody has answered a comment of the reader's."""
    return ask.notice(
        ctx.t("{author} answered your comment on “{post}”", author=ask.author, post=ask.post)
    )


@notification("Comments that mention me", icon="at-sign", needs=READ)
async def mentioned(ctx: Context, ask: Said) -> Notice:
    """A comment names the reader, or a department of theirs."""
    return ask.notice(ctx.t("{author} mentioned you on “{post}”", author=ask.author, post=ask.post))


async def tell(
    ctx: Context, post: PostShown, comment: Comment, parent: Comment | None
) -> list[UUID]:
    """Tells whom a comment concerns, each in one way; answers who hears of it already."""
    named, names = mentions_in(comment.content), await names_of(ctx, [comment.content])
    said = Said(
        post_id=post.id,
        comment_id=comment.id,
        post=post.title,
        author=ctx.me.name,
        text=plain(comment.content, names)[:SHOWN],
    )
    key = f"comment:{comment.id}"
    known = [*named.people]
    if named.people or named.departments:
        to = Recipients(people=named.people, departments=named.departments)
        await ctx.notify(mentioned, said, to=to, key=key, on=post)
    if parent is not None and parent.author_id is not None and parent.author_id not in known:
        await ctx.notify(answered, said, to=parent.author_id, key=key, on=post)
        known.append(parent.author_id)
    if post.author is not None and post.author.id not in known:
        bundle = f"post:{post.id}"
        await ctx.notify(commented, said, to=post.author.id, key=key, bundle=bundle, on=post)
        known.append(post.author.id)
    return known


NOTIFICATIONS = (commented, answered, mentioned)
