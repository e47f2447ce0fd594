"""JSON."""

from uuid import UUID

from maru_kinds.models import Note
from maru_kinds.permissions import READ, WRITE
from maru_kinds.queries import CODES, NOTES
from maru_kinds.schemas import CodeIn, CodeOut, CodeRow, NoteIn, NoteOut
from maru_kinds.service import write
from maru_sdk import Context, CursorParams, Page, Rows, delete, get, post, put
from maru_sdk.db import Encrypted


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


@put("/notes/{note_id}/code", needs=WRITE)
async def set_code(ctx: Context, note_id: UUID, body: CodeIn) -> None:
    """Gives a note a code that only its own row can open."""
    (await ctx.get(Note, note_id)).code = Encrypted(body.code.get_secret_value())


@get("/notes/{note_id}/code", needs=READ, no_store="a secret")
async def code(ctx: Context, note_id: UUID) -> CodeOut:
    """A note's code."""
    return CodeOut(code=await ctx.open(Note.code, await ctx.get(Note, note_id)))


@get("/codes", needs=READ, no_store="tests look at it at once")
async def codes(ctx: Context) -> Rows[CodeRow]:
    """Which notes have a code, and not which."""
    return await ctx.read(CODES)


@get("/codes/open", needs=READ, no_store="a secret")
async def open_codes(ctx: Context) -> list[str]:
    """All codes, opened from a list's rows."""
    return [await ctx.open(Note.code, row) or "" for row in await ctx.read(CODES)]
