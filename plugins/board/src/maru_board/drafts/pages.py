"""Saving and throwing away a draft by buttons, for those without script."""

from uuid import UUID

from pydantic import Field

from maru_board.drafts import service
from maru_board.drafts.schemas import DraftIn
from maru_board.permissions import WRITE
from maru_board.reading import readable_board
from maru_sdk import Context, Redirect, action


class SentDraft(DraftIn):
    """The form of a post, of which a draft takes what it knows."""

    files: list[UUID] = Field(default_factory=list)
    is_notice: str = ""
    is_pinned: str = ""
    publish_at: str = ""
    expires_at: str = ""


@action("/drafts", needs=WRITE)
async def keep_draft(ctx: Context, board: UUID, form: SentDraft) -> Redirect:
    """Saves what stands in the form of a new post on `?board=`."""
    body = DraftIn(**form.model_dump(include={*DraftIn.model_fields}))
    await service.keep_draft(ctx, board, body)
    return Redirect(to=f"/board/posts/new?board={board}", message=ctx.t("The draft was saved."))


@action("/drafts/{board_id}/delete", needs=WRITE)
async def drop_draft(ctx: Context, board_id: UUID) -> Redirect:
    """Throws a draft away."""
    await readable_board(ctx, board_id)
    await service.drop_draft(ctx, board_id)
    to = f"/board/posts/new?board={board_id}"
    return Redirect(to=to, message=ctx.t("The draft was thrown away."))


PAGES = (keep_draft, drop_draft)
