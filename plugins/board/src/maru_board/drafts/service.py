"""The rules of drafts: one for each person and board, theirs alone, gone once it is published."""

from uuid import UUID

from maru_board.drafts import queries
from maru_board.drafts.schemas import DraftIn, DraftOut
from maru_board.models import Draft
from maru_board.posts.service import board_to_write_on
from maru_sdk import Context
from maru_sdk.db import col, delete, insert, uuid7


async def draft_of(ctx: Context, board_id: UUID) -> DraftOut | None:
    """What the person at hand has begun to write on a board."""
    found = await ctx.read(queries.DRAFT, person_id=ctx.me.id, board_id=board_id)
    return found[0] if found else None


async def keep_draft(ctx: Context, board_id: UUID, body: DraftIn) -> None:
    """Saves a draft in the place of the one before; an empty one is none."""
    await board_to_write_on(ctx, board_id)
    if not (body.title or body.content or body.markdown):
        await drop_draft(ctx, board_id)
        return
    values = body.model_dump() | {"updated_at": ctx.now}
    own = {"id": uuid7(), "person_id": ctx.me.id, "board_id": board_id}
    saved = insert(Draft).values(**own, **values)
    await ctx.db.execute(
        saved.on_conflict_do_update(
            index_elements=["tenant_id", "person_id", "board_id"], set_=values
        )
    )


async def drop_draft(ctx: Context, board_id: UUID) -> None:
    """Throws a draft away."""
    mine = (col(Draft.person_id) == ctx.me.id, col(Draft.board_id) == board_id)
    await ctx.db.execute(delete(Draft).where(*mine))
