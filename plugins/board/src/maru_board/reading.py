"""What pages and answers read again and again, the same for everybody who may read."""

from uuid import UUID

from maru_board import queries
from maru_board.errors import BoardNotFound
from maru_board.permissions import READ
from maru_board.schemas import BoardCard, BoardOut
from maru_board.service import BOARDS_TAG, POSTS_TAG
from maru_sdk import Context, cached


@cached("30s", tags=(BOARDS_TAG, POSTS_TAG, "people"), audience="tenant")
async def cards(ctx: Context) -> list[BoardCard]:
    """The boards with their latest posts."""
    return list(await ctx.read(queries.CARDS))


async def readable_board(ctx: Context, board_id: UUID) -> BoardOut:
    """A board that this reader may read; to others there is none."""
    board = await board_of(ctx, board_id)
    if not ctx.can(READ, on=board):
        raise BoardNotFound
    return board


@cached("5m", tags=(BOARDS_TAG, "board:{board_id}"), audience="tenant")
async def board_of(ctx: Context, board_id: UUID) -> BoardOut:
    """A board that isn't deleted."""
    found = await ctx.read(queries.BOARD, board_id=board_id)
    if not found:
        raise BoardNotFound
    return found[0]
