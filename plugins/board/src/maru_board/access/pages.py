"""What the card of rights on a board's settings does."""

from uuid import UUID

from maru_board.access import service
from maru_board.access.schemas import GiveForm
from maru_board.boards import service as board_rules
from maru_board.boards.moderators import board_settings
from maru_board.permissions import MANAGE, MODERATE
from maru_sdk import Context, Model, Redirect, action


@action("/{board_id}/access", needs=MODERATE, again=board_settings)
async def give(ctx: Context, board_id: UUID, form: GiveForm) -> Redirect:
    """Gives a right on the board."""
    await service.give(ctx, board_id, form)
    return Redirect(to=_there(board_id), message=ctx.t("The right was given."))


@action("/{board_id}/access/{given_id}/take", needs=MODERATE)
async def take(ctx: Context, board_id: UUID, given_id: UUID) -> Redirect:
    """Takes a right on the board back."""
    await service.take(ctx, board_id, given_id)
    return Redirect(to=_there(board_id), message=ctx.t("The right was taken back."))


def _there(board_id: UUID) -> str:
    return f"/board/{board_id}/settings#access"


class Privacy(Model):
    """Whether a board is to be open to those alone who were named for it."""

    private: bool


@action("/{board_id}/private", needs=MANAGE)
async def set_private(ctx: Context, board_id: UUID, form: Privacy) -> Redirect:
    """Makes a board private, or open again."""
    board = await board_rules.set_private(ctx, board_id, form.private)
    if form.private:
        said = ctx.t("{name} is private now.", name=board.name)
    else:
        said = ctx.t("{name} is open again.", name=board.name)
    to = _there(board_id) if ctx.can(MODERATE, on=board) else f"/board/manage/{board_id}"
    return Redirect(to=to, message=said)


PAGES = (give, take, set_private)
