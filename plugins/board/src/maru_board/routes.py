"""The JSON API below /api/v1/board."""

from uuid import UUID

from maru_board import files, queries, service, tags
from maru_board.attention.reading import read_post
from maru_board.jobs import Purge, purge_board
from maru_board.models import Board
from maru_board.permissions import MANAGE, READ, WRITE
from maru_board.reading import board_of, readable_board
from maru_board.schemas import (
    BoardIn,
    BoardOut,
    PostChange,
    PostIn,
    PostLine,
    PostOut,
)
from maru_sdk import Context, CursorParams, Page, PageParams, delete, get, post, put


@get("/boards", needs=READ, cache="30s", audience="tenant", tags=(tags.BOARDS,))
async def boards(ctx: Context, page: PageParams) -> Page[BoardOut]:
    """The boards, in the order that the managers gave them."""
    return await ctx.page(queries.BOARDS.within(ctx.readable(Board, READ)), page)


@post("/boards", needs=MANAGE)
async def create_board(ctx: Context, body: BoardIn) -> BoardOut:
    """Adds a board."""
    return await board_of(ctx, await service.create_board(ctx, body))


@get(
    "/boards/{board_id}",
    needs=READ,
    cache="30s",
    audience="tenant",
    tags=(tags.BOARD,),
)
async def board(ctx: Context, board_id: UUID) -> BoardOut:
    """One board."""
    return await readable_board(ctx, board_id)


@put("/boards/{board_id}", needs=MANAGE)
async def change_board(ctx: Context, board_id: UUID, body: BoardIn) -> BoardOut:
    """Replaces a board."""
    await service.change_board(ctx, board_id, body)
    return await board_of(ctx, board_id)


@delete("/boards/{board_id}", needs=MANAGE)
async def delete_board(ctx: Context, board_id: UUID, with_posts: bool = False) -> None:
    """Deletes an empty board; with `?with_posts=true` any board, whose posts follow soon after."""
    if await service.delete_board(ctx, board_id, with_posts=with_posts):
        await ctx.jobs.enqueue(purge_board, Purge(board_id=board_id))


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


@get("/posts/{post_id}", needs=READ, no_store="its first reading by each person is counted")
async def one_post(ctx: Context, post_id: UUID) -> PostOut:
    """One post; its first reading by each person is counted."""
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


ROUTES = (
    boards,
    create_board,
    board,
    change_board,
    delete_board,
    posts,
    create_post,
    one_post,
    change_post,
    delete_post,
)
