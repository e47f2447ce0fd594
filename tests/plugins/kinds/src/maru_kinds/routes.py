"""JSON."""

from uuid import UUID

from maru_kinds.models import Note
from maru_kinds.permissions import READ, WRITE
from maru_kinds.queries import NOTES
from maru_kinds.schemas import NoteIn, NoteOut
from maru_kinds.service import write
from maru_sdk import Context, CursorParams, Page, delete, get, post


@get("/notes", needs=READ, no_store="tests look at it at once")
async def notes(ctx: Context, page: CursorParams) -> Page[NoteOut]:
    """The notes, newest first."""
    return await ctx.page(NOTES, page)


@post("/notes", needs=WRITE)
async def write_note(ctx: Context, body: NoteIn) -> NoteOut:
    """Writes a note."""
    return NoteOut.model_validate(await write(ctx, body.text), from_attributes=True)


@get("/notes/{note_id}", needs=READ, no_store="tests look at it at once")
async def note(ctx: Context, note_id: UUID) -> NoteOut:
    """One note."""
    found = await ctx.get(Note, note_id)
    return NoteOut(id=found.id, text=found.text)


@delete("/notes/{note_id}", needs=WRITE)
async def remove(ctx: Context, note_id: UUID) -> None:
    """Removes a note."""
    await ctx.db.delete(await ctx.get(Note, note_id))
