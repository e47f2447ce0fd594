"""The rights on one board in the JSON API."""

from uuid import UUID

from maru_board.access import service
from maru_board.access.schemas import GiveForm
from maru_board.permissions import MODERATE
from maru_sdk import Context, Page, PageParams, delete, get, post
from maru_sdk.access import Given


@get("/boards/{board_id}/access", needs=MODERATE, no_store="rights count at once")
async def access(ctx: Context, board_id: UUID, page: PageParams) -> Page[Given]:
    """Who was named for the board, and with which right: for its moderators."""
    return await ctx.access.given(await service.moderated_board(ctx, board_id), page)


@post("/boards/{board_id}/access", needs=MODERATE)
async def give(ctx: Context, board_id: UUID, body: GiveForm) -> None:
    """Gives people, departments and groups a right on the board; nobody gives what they lack."""
    await service.give(ctx, board_id, body)


@delete("/boards/{board_id}/access/{given_id}", needs=MODERATE)
async def take(ctx: Context, board_id: UUID, given_id: UUID) -> None:
    """Takes back what somebody was given on the board."""
    await service.take(ctx, board_id, given_id)


ROUTES = (access, give, take)
