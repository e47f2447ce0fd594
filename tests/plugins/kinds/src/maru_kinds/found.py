"""What search may find of the notes."""

from maru_kinds.api import NoteWritten
from maru_kinds.models import Note
from maru_kinds.permissions import READ
from maru_sdk import Context
from maru_sdk.db import asc, col, select
from maru_sdk.search import Document, Documents, Wanted, search_source


@search_source(Note, title="Notes", needs=READ, on={NoteWritten: "note_id"})
async def notes(ctx: Context, ask: Wanted) -> Documents:
    """All notes, by their text."""
    wanted = select(Note).order_by(asc(col(Note.id))).limit(ask.limit)
    if ask.ids is not None:
        wanted = wanted.where(col(Note.id).in_(ask.ids))
    elif ask.after is not None:
        wanted = wanted.where(col(Note.id) > ask.after)
    found = await ctx.db.scalars(wanted)
    return Documents(
        documents=[
            Document(id=note.id, title=note.text, url="/kinds/", at=note.created_at)
            for note in found
        ]
    )
