"""Required reading in the JSON API."""

from uuid import UUID

from maru_board.permissions import MODERATE, READ
from maru_board.reading import published_post
from maru_board.required import service
from maru_board.required.export import sheet_of
from maru_board.required.reading import owed, people_asked, progress_of, required
from maru_board.required.schemas import (
    Asked,
    Confirmed,
    Owed,
    Progress,
    RequirementIn,
    RequirementOut,
    RequirementSeen,
)
from maru_board.required.telling import remind
from maru_sdk import Context, CursorParams, Page, delete, get, post, put
from maru_sdk.sheets import Sheet

CHANGES = "it changes with everybody who confirms"


@get("/required", needs=READ, no_store=CHANGES)
async def owed_by_reader(ctx: Context) -> list[Owed]:
    """What the reader must read and hasn't confirmed, the most urgent first."""
    return await owed(ctx)


@get("/posts/{post_id}/required", needs=READ, no_store=CHANGES)
async def requirement(ctx: Context, post_id: UUID) -> RequirementSeen:
    """Until when a post must be read."""
    await published_post(ctx, post_id)
    return (await required(ctx, post_id)).seen()


@put("/posts/{post_id}/required", needs=MODERATE)
async def require(ctx: Context, post_id: UUID, body: RequirementIn) -> RequirementOut:
    """Has a post be read until a time."""
    await service.require(ctx, post_id, body)
    return await required(ctx, post_id)


@delete("/posts/{post_id}/required", needs=MODERATE)
async def withdraw(ctx: Context, post_id: UUID) -> None:
    """Nobody must read the post any more."""
    await service.withdraw(ctx, post_id)


@post("/posts/{post_id}/confirm", needs=READ, status=200)
async def confirm(ctx: Context, post_id: UUID) -> Confirmed:
    """The reader says that they have read a post that they must read."""
    return await service.confirm(ctx, post_id)


@get("/posts/{post_id}/required/progress", needs=MODERATE, no_store=CHANGES)
async def progress(ctx: Context, post_id: UUID) -> Progress:
    """How many have opened and confirmed it, by department."""
    await service.moderated_post(ctx, post_id)
    return await progress_of(ctx, await required(ctx, post_id))


@get("/posts/{post_id}/required/people", needs=MODERATE, no_store=CHANGES)
async def asked(
    ctx: Context, post_id: UUID, page: CursorParams, open_only: bool = False
) -> Page[Asked]:
    """Who must read it, and since when they have; with `open_only` those who haven't confirmed."""
    await service.moderated_post(ctx, post_id)
    return await people_asked(ctx, await required(ctx, post_id), page, open_only=open_only)


@get("/posts/{post_id}/required/export", needs=MODERATE, no_store=CHANGES, limit="export")
async def export(ctx: Context, post_id: UUID) -> Sheet:
    """The same as an Excel file."""
    return await sheet_of(ctx, await service.moderated_post(ctx, post_id))


@post("/posts/{post_id}/required/remind", needs=MODERATE, status=200)
async def remind_them(ctx: Context, post_id: UUID) -> None:
    """Reminds everybody who hasn't confirmed; not oftener than once an hour."""
    await service.mark_reminded(ctx, post_id)
    await remind(ctx, post_id)


ROUTES = (
    owed_by_reader,
    requirement,
    require,
    withdraw,
    confirm,
    progress,
    asked,
    export,
    remind_them,
)
