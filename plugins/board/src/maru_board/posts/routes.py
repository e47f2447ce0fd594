"""The JSON API of posts."""

from uuid import UUID

from maru_board.attention.reading import read_post
from maru_board.errors import PostNotFound
from maru_board.files import attach
from maru_board.permissions import READ, WRITE
from maru_board.posts import service
from maru_board.schemas import PostChange, PostIn, PostOut
from maru_sdk import Context, get, post, put


@post("/posts", needs=WRITE)
async def create_post(ctx: Context, body: PostIn) -> PostOut:
    """Writes a post; with `publish_at` it appears then."""
    post_id = await service.create_post(ctx, body)
    await attach(ctx, post_id, body.content, [])
    return await _post(ctx, post_id)


@get("/posts/{post_id}", needs=READ, no_store="its views are counted")
async def one_post(ctx: Context, post_id: UUID) -> PostOut:
    """One post; a view by somebody who hasn't just seen it is counted."""
    found = await read_post(ctx, post_id)
    if found.gone == "trashed":  # it is there in the trash alone
        raise PostNotFound
    return found.out()


@put("/posts/{post_id}", needs=WRITE)
async def change_post(ctx: Context, post_id: UUID, body: PostChange) -> PostOut:
    """Replaces a post; with `version` (or `updated_at`) only if nobody
    changed it since, else 409 `BOARD_EDITED_MEANWHILE` with both texts."""
    await service.change_post(ctx, post_id, body)
    await attach(ctx, post_id, body.content, [])
    return await _post(ctx, post_id)


async def _post(ctx: Context, post_id: UUID) -> PostOut:
    return (await service.shown_post(ctx, post_id)).out()


ROUTES = (create_post, one_post, change_post)
