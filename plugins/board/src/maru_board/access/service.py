"""The rules of the rights on one board: its moderators say who may do what there.

What they say are core's grants, so that admins see and change the same, and nobody gives what they
lack themselves.
"""

from uuid import UUID

from maru_board.access.errors import NobodyNamed
from maru_board.access.schemas import GiveForm
from maru_board.permissions import MODERATE, OF_ONE_BOARD
from maru_board.reading import readable_board
from maru_board.schemas import BoardOut
from maru_sdk import Context

_ROLES = {role.name.partition(".")[2]: role for role in OF_ONE_BOARD}


async def moderated_board(ctx: Context, board_id: UUID) -> BoardOut:
    """A board of which the reader is a moderator."""
    board = await readable_board(ctx, board_id)
    ctx.require(MODERATE, on=board)
    return board


async def give(ctx: Context, board_id: UUID, form: GiveForm) -> None:
    """Gives a right on a board to all who are named."""
    board = await moderated_board(ctx, board_id)
    named = form.subjects()
    if not named:
        raise NobodyNamed
    for kind, subject in named:
        await ctx.access.give(board, _ROLES[form.right], kind, subject)


async def take(ctx: Context, board_id: UUID, given_id: UUID) -> None:
    """Takes back what somebody was given on a board."""
    await ctx.access.take(await moderated_board(ctx, board_id), given_id)
