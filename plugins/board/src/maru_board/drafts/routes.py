"""The JSON API of drafts, which the form of a new post saves to while somebody writes."""

from datetime import datetime
from uuid import UUID

from maru_board.drafts import service
from maru_board.drafts.schemas import DraftIn, DraftOut
from maru_board.permissions import WRITE
from maru_board.reading import readable_board
from maru_sdk import Context, Model, delete, get, put


class Saved(Model):
    """When a draft was saved."""

    saved_at: datetime


@get("/boards/{board_id}/draft", needs=WRITE, no_store="it is the asker's own, and being written")
async def draft(ctx: Context, board_id: UUID) -> DraftOut | None:
    """What the asker has begun to write on a board, or null."""
    await readable_board(ctx, board_id)
    return await service.draft_of(ctx, board_id)


@put("/boards/{board_id}/draft", needs=WRITE)
async def keep_draft(ctx: Context, board_id: UUID, body: DraftIn) -> Saved:
    """Saves it."""
    await service.keep_draft(ctx, board_id, body)
    return Saved(saved_at=ctx.now)


@delete("/boards/{board_id}/draft", needs=WRITE)
async def drop_draft(ctx: Context, board_id: UUID) -> None:
    """Throws it away."""
    await readable_board(ctx, board_id)
    await service.drop_draft(ctx, board_id)


ROUTES = (draft, keep_draft, drop_draft)
