"""The rules of posts: who may write and change what, what is counted, and who hears of it.

Reading a counter and writing it back would lose what others do meanwhile, so counters are changed
by the statement itself, and what is about to change is locked first.
"""

from typing import Any
from uuid import UUID

from maru_board import queries, tags
from maru_board.api import NoticesChanged, PostChanged, PostEvent, PostPublished, PostRestored
from maru_board.boards.service import board_or_refuse
from maru_board.errors import (
    BoardClosed,
    BoardNotFound,
    EditedMeanwhile,
    PostAlreadyPublished,
    PostNotFound,
    PrefixUnknown,
    TextTooLong,
)
from maru_board.models import Board, Post, PostTag
from maru_board.permissions import MODERATE, READ, WRITE
from maru_board.posts.markdown import html_of_markdown
from maru_board.posts.mentions import check_few, linked_html, linked_markdown
from maru_board.posts.notifications import tell_named
from maru_board.posts.seal import is_sealed_mine, seal
from maru_board.revisions.service import keep_revision
from maru_board.schemas import (
    LONGEST,
    LONGEST_SOURCE,
    PostChange,
    PostIn,
    PostShown,
    PostText,
)
from maru_sdk import Context, PermissionDenied
from maru_sdk.db import col, delete, insert, update, uuid7

_WORDS = ("prefix", "title", "content", "markdown", "tags", "is_notice", "is_pinned", "expires_at")


async def shown_post(ctx: Context, post_id: UUID) -> PostShown:
    """A post as its reader may see it: one that waits or is gone is its author's and the
    moderators'."""
    found = await ctx.read(queries.POST, post_id=post_id, reader=ctx.me.id)
    if not found or not ctx.can(READ, on=found[0]):
        raise PostNotFound
    post = found[0]
    if post.author is None:
        ctx.unname()
    if post.author is None and await is_sealed_mine(ctx, post_id):
        post = post.model_copy(update={"is_mine": True})
    if not (post.is_published or may_change_post(ctx, post)):
        raise PostNotFound
    return post


async def set_quietly(ctx: Context, post_id: UUID, **values: Any) -> None:
    """Counting and publishing aren't editing: the time of the last change stays."""
    await ctx.db.execute(
        update(Post)
        .where(col(Post.id) == post_id)
        .values(updated_at=col(Post.updated_at), **values)
        .execution_options(synchronize_session=False)
    )


def may_change(ctx: Context, on: Post | PostShown, author_id: UUID | None) -> bool:
    """Authors change their own, moderators everything that stands on their boards."""
    return (ctx.user is not None and ctx.user.id == author_id) or ctx.can(MODERATE, on=on)


def may_change_post(ctx: Context, post: PostShown) -> bool:
    """The same of a post that is being shown."""
    return post.is_mine or ctx.can(MODERATE, on=post)


async def board_to_write_on(ctx: Context, board_id: UUID) -> Board:
    """A board on which the person at hand may write now."""
    if await ctx.db.scalar(queries.is_anonymous(board_id)):
        ctx.unname()
    board = await board_or_refuse(ctx, board_id)
    if not ctx.can(READ, on=board):
        raise BoardNotFound
    ctx.require(WRITE, on=board)
    check_open(board.name, board.is_closed or board.is_archived)
    if board.moderators_write:
        ctx.require(MODERATE, on=board)
    return board


async def create_post(ctx: Context, body: PostIn) -> UUID:
    """Writes a post and publishes it, or leaves it waiting for its time."""
    board = await board_to_write_on(ctx, body.board_id)
    _check_marks(ctx, body, board)
    _check_prefix(board, body.prefix)
    at = max(body.publish_at or ctx.now, ctx.now)
    post = Post(
        **await _words(ctx, body),
        board_id=board.id,
        author_id=None if board.is_anonymous else ctx.me.id,
        published_at=at,
        is_published=at == ctx.now,
    )
    ctx.db.add(post)
    await ctx.db.flush()
    if board.is_anonymous:
        await seal(ctx, post.id, ctx.me.id)
    await write_tags(ctx, post)
    if post.is_published:
        await announce(ctx, post)
    return post.id


async def _words(ctx: Context, body: PostText) -> dict[str, Any]:
    """What a post says, its Markdown made into rich text, and links of whom it names."""
    words = body.model_dump(include={*_WORDS})
    words["tags"] = list(dict.fromkeys(body.tags))
    if body.markdown:
        words["markdown"] = await linked_markdown(ctx, body.markdown)
        words["content"] = await ctx.run(html_of_markdown, words["markdown"])
    else:
        words["content"] = await linked_html(ctx, body.content)
    check_few(words["content"])
    if len(words["content"]) > LONGEST or len(words["markdown"]) > LONGEST_SOURCE:
        where = "markdown" if body.markdown else "content"
        raise TextTooLong(fields=[{"path": where, "code": "long", "message": TextTooLong.message}])
    return words


def check_open(name: str, is_closed: bool) -> None:
    """Raises BoardClosed where nothing new is taken."""
    if is_closed:
        raise BoardClosed(board=name)


def _check_marks(ctx: Context, body: PostText, on: Board | Post) -> None:
    """Notices reach everybody and pins stay on top, so both are the moderators'."""
    if (body.is_notice or body.is_pinned) and not ctx.can(MODERATE, on=on):
        raise PermissionDenied


def _check_prefix(board: Board, prefix: str, before: str = "") -> None:
    """A post keeps a prefix that the board has no more."""
    known = prefix in board.prefixes or prefix == before
    if (prefix and not known) or (not prefix and board.needs_prefix and board.prefixes):
        said = {"path": "prefix", "code": "unknown", "message": PrefixUnknown.message}
        raise PrefixUnknown(fields=[said])


async def write_tags(ctx: Context, post: Post) -> None:
    """Has the lists under the post's tags find it, and no others."""
    await ctx.db.execute(delete(PostTag).where(col(PostTag.post_id) == post.id))
    about = {"post_id": post.id, "board_id": post.board_id, "published_at": post.published_at}
    rows = [{"id": uuid7(), "tag": tag, **about} for tag in post.tags]
    if rows:
        await ctx.db.execute(insert(PostTag), rows)


async def publish(ctx: Context, post: Post) -> None:
    """Makes a waiting post readable."""
    await set_quietly(ctx, post.id, is_published=True)
    await announce(ctx, post)


async def announce(ctx: Context, post: Post) -> None:
    """Counts and tells, in the transaction that makes the post readable: once."""
    await count_posts(ctx, post.board_id, +1)
    event = PostPublished(
        post_id=post.id,
        board_id=post.board_id,
        author_id=post.author_id,
        title=post.title,
        is_notice=post.is_notice,
    )
    await tell(ctx, post, event)
    await tell_named(ctx, post)
    await changed(ctx, post, notice=post.is_notice)


async def tell(ctx: Context, post: Post, event: PostEvent) -> None:
    """Tells what became of a post; where its author is sealed, without who did it."""
    await ctx.publish(event, unnamed=post.author_id is None)


async def changed(ctx: Context, post: Post, *, notice: bool) -> None:
    """What shows the post is old now; `notice` says whether it is or was one."""
    if notice:
        await tell(ctx, post, NoticesChanged(post_id=post.id, board_id=post.board_id))
    await tags.forget_post(ctx, post.board_id, post.id, notice=notice)


async def count_posts(ctx: Context, board_id: UUID, by: int) -> None:
    """Keeps a board's counter."""
    await ctx.db.execute(
        update(Board)
        .where(col(Board.id) == board_id)
        .values(post_count=col(Board.post_count) + by, updated_at=col(Board.updated_at))
        .execution_options(synchronize_session=False)
    )


async def post_to_change(ctx: Context, post_id: UUID) -> Post:
    """A post that the person at hand may change, locked."""
    await unname_sealed(ctx, post_id)
    post: Post | None = await ctx.db.scalar(queries.post_locked(post_id))
    if post is None or not ctx.can(READ, on=post):
        raise PostNotFound
    mine = await is_mine(ctx, post) or ctx.can(MODERATE, on=post)
    if not (post.is_published or mine):
        raise PostNotFound
    ctx.require(WRITE, on=post)
    if not mine:
        raise PermissionDenied
    return post


async def unname_sealed(ctx: Context, post_id: UUID) -> None:
    """Has the log name nobody where the post doesn't. It goes before what waits for the post:
    what took long is logged too."""
    if await ctx.db.scalar(queries.is_sealed(post_id)):
        ctx.unname()


async def is_mine(ctx: Context, post: Post) -> bool:
    """Whether the person at hand wrote it, sealed or not."""
    if post.author_id is None:
        return await is_sealed_mine(ctx, post.id)
    return ctx.user is not None and post.author_id == ctx.user.id


async def change_post(ctx: Context, post_id: UUID, body: PostChange) -> None:
    """Replaces a post's words and marks; what it said before is kept as a revision."""
    post = await post_to_change(ctx, post_id)
    if post.gone == "trashed":
        raise PostNotFound
    _check_unchanged(post, body)
    board = await board_or_refuse(ctx, post.board_id)
    _check_prefix(board, body.prefix, post.prefix)
    if (body.is_notice, body.is_pinned) != (post.is_notice, post.is_pinned):
        _check_marks(ctx, body, post)
    if body.publish_at is not None and post.is_published:
        raise PostAlreadyPublished
    await audit_of_others(ctx, post, "board.post_changed", {"title": body.title})
    notice = post.is_notice or body.is_notice
    await keep_revision(ctx, post)
    for name, value in (await _words(ctx, body)).items():
        setattr(post, name, value)
    post.version, post.content_format = post.version + 1, "html"
    await _settle_time(ctx, post, body, notice=notice)


def _check_unchanged(post: Post, body: PostChange) -> None:
    seen = (body.version or post.version, body.updated_at or post.updated_at)
    if seen != (post.version, post.updated_at):
        raise EditedMeanwhile(
            version=post.version,
            updated_at=post.updated_at.isoformat(),
            current={"title": post.title, "content": post.content},
            yours={"title": body.title, "content": body.content},
        )


async def _settle_time(ctx: Context, post: Post, body: PostChange, *, notice: bool) -> None:
    """A waiting post may appear now; one whose time was over may get another."""
    if body.publish_at is not None:
        post.published_at = max(body.publish_at, ctx.now)
    comes_back = post.gone == "expired" and (post.expires_at is None or post.expires_at > ctx.now)
    if comes_back:
        post.gone, post.gone_at = "", None
    await ctx.db.flush()
    await write_tags(ctx, post)
    if post.is_published:
        await tell(ctx, post, PostChanged(post_id=post.id, board_id=post.board_id))
        await tell_named(ctx, post)
        await changed(ctx, post, notice=notice)
    elif not post.gone and post.published_at <= ctx.now:
        await (come_back if comes_back else publish)(ctx, post)


async def come_back(ctx: Context, post: Post) -> None:
    """Makes a post that was gone readable again: counted and told, though not as a new one; whom it
    names is told once."""
    await set_quietly(ctx, post.id, is_published=True)
    await count_posts(ctx, post.board_id, +1)
    await tell(ctx, post, PostRestored(post_id=post.id, board_id=post.board_id))
    await tell_named(ctx, post)
    await changed(ctx, post, notice=post.is_notice)


async def audit_of_others(
    ctx: Context, post: Post, action: str, after: dict[str, Any] | None = None
) -> None:
    """What moderators do to others' posts leaves a trace; what authors do to their own doesn't."""
    if ctx.user is None or await is_mine(ctx, post):
        return
    before = {"title": post.title}
    if post.author_id is not None:
        before["author_id"] = str(post.author_id)
    await ctx.audit(action, str(post.id), before=before, after=after)


async def publish_due(ctx: Context, at_most: int = 200) -> int:
    """Publishes the posts whose time has come."""
    posts = list(await ctx.db.scalars(queries.due(ctx.now, at_most)))
    for post in posts:
        await publish(ctx, post)
    return len(posts)
