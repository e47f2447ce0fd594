"""HTML."""

from maru_kinds.permissions import READ, WRITE
from maru_kinds.queries import NOTES
from maru_kinds.schemas import NoteIn, Notes
from maru_kinds.service import write
from maru_sdk import Context, Redirect, action, admin_page, page


@page("/", title="Notes", needs=READ)
async def index(ctx: Context) -> Notes:
    """All notes."""
    return Notes(notes=[row.text for row in await ctx.read(NOTES)])


@action("/", needs=WRITE, again=index)
async def write_here(ctx: Context, form: NoteIn) -> Redirect:
    """Writes the note of the form."""
    await write(ctx, form.text)
    return Redirect(to="/kinds/")


@admin_page("/", title="Notes", needs=WRITE)
async def overview(ctx: Context) -> Notes:
    """All notes, for admins."""
    return Notes(notes=[row.text for row in await ctx.read(NOTES)])
