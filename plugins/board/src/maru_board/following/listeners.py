"""Followers hear of what is new after it was committed: nobody who writes waits for them."""

from maru_board.api import CommentWritten, PostPublished
from maru_board.errors import BoardNotFound
from maru_board.following.notifications import (
    NewComments,
    NewPost,
    followed_comments,
    followed_post,
)
from maru_board.following.queries import OF_COMMENTS, OF_POSTS
from maru_board.reading import board_of, words_of
from maru_sdk import Context, listen
from maru_sdk.notifications import Recipients

AT_ONCE = 10_000


@listen(PostPublished)
async def tell_of_post(ctx: Context, event: PostPublished) -> None:
    """Tells followers of a new post."""
    people = {"board_id": event.board_id, "author_id": event.author_id}
    followers = [one.person_id for one in await ctx.read(OF_POSTS, **people)]
    followers = [one for one in followers if one != event.author_id]
    post = await words_of(ctx, event.post_id) if followers else None
    if post is None:
        return
    try:
        board = await board_of(ctx, event.board_id)
    except BoardNotFound:
        return
    by = post.author.name if post.author else ctx.t("Anonymous")
    said = NewPost(post_id=post.id, post=post.title, author=by, board=board.name)
    for first in range(0, len(followers), AT_ONCE):
        to = Recipients(people=followers[first : first + AT_ONCE])
        await ctx.notify(followed_post, said, to=to, key=f"post:{post.id}", on=post)


@listen(CommentWritten)
async def tell_of_comment(ctx: Context, event: CommentWritten) -> None:
    """Tells followers of a post of a comment; who is concerned otherwise was told so."""
    followers = [one.person_id for one in await ctx.read(OF_COMMENTS, post_id=event.post_id)]
    told = {event.author_id, *event.told}
    followers = [one for one in followers if one not in told]
    post = await words_of(ctx, event.post_id) if followers else None
    if post is None:
        return
    said = NewComments(post_id=post.id, post=post.title)
    key, bundle = f"comment:{event.comment_id}", f"post:{post.id}"
    for first in range(0, len(followers), AT_ONCE):
        to = Recipients(people=followers[first : first + AT_ONCE])
        await ctx.notify(followed_comments, said, to=to, key=key, bundle=bundle, on=post)


LISTENERS = (tell_of_post, tell_of_comment)
