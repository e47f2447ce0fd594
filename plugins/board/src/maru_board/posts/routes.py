"""The JSON API of posts."""

from uuid import UUID

from maru_board import files, queries, tags
from maru_board.attention.reading import read_post
from maru_board.permissions import READ, WRITE
from maru_board.posts import service
from maru_board.reading import readable_board
from maru_board.schemas import PostChange, PostIn, PostLine, PostOut
from maru_sdk import Context, CursorParams, Page, delete, get, post, put


@get(
    "/boards/{board_id}/posts",
    needs=READ,
    cache="1m",
    audience="tenant",
    tags=(tags.LINES, tags.PEOPLE),
)
async def posts(ctx: Context, board_id: UUID, page: CursorParams) -> Page[PostLine]:
    """A board's posts, pinned ones first, then the newest first."""
    await readable_board(ctx, board_id)
    return await ctx.page(queries.POSTS, page, board_id=board_id)


@post("/posts", needs=WRITE)
async def create_post(ctx: Context, body: PostIn) -> PostOut:
    """Writes a post; with `publish_at` it appears then."""
    return await _post(ctx, await service.create_post(ctx, body))


@get("/posts/{post_id}", needs=READ, no_store="its views are counted")
async def one_post(ctx: Context, post_id: UUID) -> PostOut:
    """One post; a view by somebody who hasn't just seen it is counted."""
    return (await read_post(ctx, post_id)).out()


@put("/posts/{post_id}", needs=WRITE)
async def change_post(ctx: Context, post_id: UUID, body: PostChange) -> PostOut:
    """Replaces a post; with `updated_at` only if nobody changed it since."""
    await service.change_post(ctx, post_id, body)
    return await _post(ctx, post_id)


@delete("/posts/{post_id}", needs=WRITE)
async def delete_post(ctx: Context, post_id: UUID) -> None:
    """Deletes a post with its comments."""
    await files.delete_post(ctx, post_id)


async def _post(ctx: Context, post_id: UUID) -> PostOut:
    return (await service.shown_post(ctx, post_id)).out()


ROUTES = (posts, create_post, one_post, change_post, delete_post)
