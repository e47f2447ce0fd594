"""The JSON API of the boards themselves."""

from uuid import UUID

from maru_board import queries, tags
from maru_board.boards import service
from maru_board.boards.jobs import Purge, purge_board
from maru_board.models import Board
from maru_board.permissions import MANAGE, READ
from maru_board.reading import board_of, readable_board
from maru_board.schemas import BoardIn, BoardOut
from maru_sdk import Context, Page, PageParams, delete, get, post, put


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


ROUTES = (boards, create_board, board, change_board, delete_board)
