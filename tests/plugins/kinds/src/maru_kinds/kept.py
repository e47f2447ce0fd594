"""What is kept: for all of the tenant, for one person, and that something isn't there."""

from uuid import UUID

from maru_kinds.permissions import READ, WRITE
from maru_kinds.queries import NOTES
from maru_kinds.schemas import Told
from maru_kinds.seen import saw
from maru_sdk import Context, NotFound, cached


class NoteMissing(NotFound):
    """There is no such note."""


@cached("5m", tags=("notes",), audience="tenant", needs=WRITE)
async def told(ctx: Context, text: str) -> Told:
    """Who looks, as far as a function for everybody can know."""
    saw("cached", text)
    found = [note.text for note in await ctx.read(NOTES)]
    who = ctx.user.username if ctx.user else None
    return Told(notes=found, who=who, may_read=ctx.can(READ), may_write=ctx.can(WRITE))


@cached("5m", tags=("note:{note_id}",))
async def own(ctx: Context, note_id: UUID) -> Told | None:
    """The same for one person; None where there is no such note."""
    saw("cached", note_id)
    found = [note.text for note in await ctx.read(NOTES) if note.id == note_id]
    who = ctx.user.username if ctx.user else None
    told = Told(notes=found, who=who, may_read=ctx.can(READ), may_write=ctx.can(WRITE))
    return told if found else None


@cached("5m", tags=("notes",), audience="tenant")
async def must_be(ctx: Context, note_id: UUID) -> Told:
    """Refuses where there is no such note."""
    saw("cached", note_id)
    found = [note.text for note in await ctx.read(NOTES) if note.id == note_id]
    if not found:
        raise NoteMissing(note_id=note_id)
    return Told(notes=found)
