"""The one rule: how a note is written."""

from maru_kinds.api import NoteWritten, Word, may_say
from maru_kinds.models import Note
from maru_kinds.settings import KindsSettings
from maru_sdk import Context


async def write(ctx: Context, text: str) -> Note:
    """Writes a note where nobody objects, and tells."""
    await ctx.decide(may_say, Word(word=text))
    settings = await ctx.settings(KindsSettings)
    note = Note(text=settings.prefix + text)
    ctx.db.add(note)
    await ctx.db.flush()
    await ctx.publish(NoteWritten(note_id=note.id, text=note.text))
    return note
