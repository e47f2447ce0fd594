"""Likes in the JSON API."""

from uuid import UUID

from maru_board.likes import service
from maru_board.likes.schemas import Liked
from maru_board.permissions import READ
from maru_board.reading import published_post
from maru_sdk import Context, delete, get, post


@get("/posts/{post_id}/like", needs=READ, no_store="it changes with every press")
async def liked(ctx: Context, post_id: UUID) -> Liked:
    """Whether the reader likes a post, and how many do."""
    await published_post(ctx, post_id)
    return await service.liked_by(ctx, post_id)


@post("/posts/{post_id}/like", needs=READ, status=200)
async def like(ctx: Context, post_id: UUID) -> Liked:
    """The reader likes the post; saying it twice is saying it once."""
    return await service.like(ctx, post_id)


@delete("/posts/{post_id}/like", needs=READ)
async def unlike(ctx: Context, post_id: UUID) -> Liked:
    """The reader likes the post no more."""
    return await service.unlike(ctx, post_id)


ROUTES = (liked, like, unlike)
