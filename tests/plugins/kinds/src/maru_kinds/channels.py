"""Channels."""

from uuid import UUID

from maru_kinds.models import Note
from maru_kinds.permissions import READ
from maru_sdk import Context, Model
from maru_sdk.live import channel


class NoteRoom(Model):
    """One note's room."""

    note_id: UUID


class Question(Model):
    """What a page asks there."""

    word: str


class Reply(Model):
    """What it is answered."""

    said: str


async def asked(ctx: Context, room: NoteRoom, message: Question) -> Reply:
    """Tells everybody there, answers who asked."""
    reply = Reply(said=message.word * 2)
    await ctx.live.send(note.room(note_id=room.note_id), "asked", reply)
    return reply


@channel("{note_id}", presence=True, on_message=asked)
async def note(ctx: Context, room: NoteRoom) -> None:
    """Whoever may read a note."""
    ctx.require(READ)
    await ctx.get(Note, room.note_id)
