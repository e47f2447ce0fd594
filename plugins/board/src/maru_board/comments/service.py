"""The rules of comments: who may say something where, and what deleting leaves."""

from uuid import UUID

from maru_board import queries as posts
from maru_board import tags
from maru_board.api import CommentWritten
from maru_board.comments import queries
from maru_board.comments.errors import CommentNotFound
from maru_board.comments.mentions import checked
from maru_board.comments.models import Comment
from maru_board.comments.notifications import tell
from maru_board.comments.schemas import CommentIn
from maru_board.errors import PostNotFound
from maru_board.models import Post
from maru_board.permissions import COMMENT
from maru_board.posts import service as post_rules
from maru_board.posts.seal import forget_seals, is_sealed_mine, seal
from maru_board.schemas import PostShown
from maru_sdk import Context, PermissionDenied
from maru_sdk.db import col, uuid7


async def write_comment(ctx: Context, post_id: UUID, body: CommentIn) -> UUID:
    """Adds a comment to a published post, in the thread of the comment that it answers."""
    post = await post_rules.shown_post(ctx, post_id)
    ctx.require(COMMENT, on=post)
    if not post.is_published or await ctx.db.scalar(posts.post_locked(post_id)) is None:
        raise PostNotFound
    post_rules.check_open(post.board_name, post.board_is_closed)
    await checked(ctx, body.content)
    parent = await _answered(ctx, post_id, body.parent_id)
    comment = _new_comment(ctx, post, body, parent)
    ctx.db.add(comment)
    await ctx.db.flush()
    if comment.author_id is None:
        await seal(ctx, comment.id, ctx.me.id)
    await post_rules.set_quietly(ctx, post_id, comment_count=col(Post.comment_count) + 1)
    # What says who told whom would open the seal.
    told = await tell(ctx, post, comment, parent) if comment.author_id else []
    await _publish(ctx, post, comment, told)
    await _commented(ctx, post)
    return comment.id


async def _publish(ctx: Context, post: PostShown, comment: Comment, told: list[UUID]) -> None:
    event = CommentWritten(
        post_id=post.id,
        board_id=post.board_id,
        comment_id=comment.id,
        author_id=comment.author_id,
        parent_id=comment.parent_id,
        told=told,
    )
    await ctx.publish(event, unnamed=comment.author_id is None)


async def _commented(ctx: Context, post: PostShown) -> None:
    carded = bool(await ctx.db.scalar(posts.on_card(post.board_id, post.id)))
    await tags.forget_comments(ctx, post.board_id, post.id, carded=carded)


async def _answered(ctx: Context, post_id: UUID, parent_id: UUID | None) -> Comment | None:
    """The comment that is being answered; raises CommentNotFound for another post's."""
    if parent_id is None:
        return None
    parent = await _comment(ctx, parent_id)
    if parent.post_id != post_id or parent.is_deleted:
        raise CommentNotFound
    return parent


def _new_comment(ctx: Context, post: PostShown, body: CommentIn, parent: Comment | None) -> Comment:
    own = uuid7()
    return Comment(
        id=own,
        post_id=post.id,
        thread_id=own if parent is None else parent.thread_id,
        parent_id=body.parent_id,
        author_id=None if post.author is None else ctx.me.id,
        content=body.content,
    )


async def _comment(ctx: Context, comment_id: UUID) -> Comment:
    found: Comment | None = await ctx.db.scalar(queries.comment_locked(comment_id))
    if found is None:
        raise CommentNotFound
    return found


async def delete_comment(ctx: Context, comment_id: UUID) -> UUID:
    """Removes a comment; one that was answered stays, empty, so that the answers make sense."""
    post_id = await ctx.db.scalar(queries.post_of(comment_id))
    if post_id is not None:
        await post_rules.unname_sealed(ctx, post_id)
    if post_id is None or await ctx.db.scalar(posts.post_locked(post_id)) is None:
        raise CommentNotFound
    post = await post_rules.shown_post(ctx, post_id)
    ctx.require(COMMENT, on=post)
    comment = await _comment(ctx, comment_id)
    if comment.is_deleted:
        raise CommentNotFound
    mine = comment.author_id is None and await is_sealed_mine(ctx, comment.id)
    if not (mine or post_rules.may_change(ctx, post, comment.author_id)):
        raise PermissionDenied
    await forget_seals(ctx, comment.id)
    if await ctx.db.scalar(queries.has_answers(comment_id)):
        comment.is_deleted, comment.content = True, ""
    else:
        await ctx.db.delete(comment)
    await ctx.db.flush()
    await post_rules.set_quietly(ctx, post.id, comment_count=col(Post.comment_count) - 1)
    await _commented(ctx, post)
    return post.id
