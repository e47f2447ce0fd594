"""Listeners."""

from maru_kinds.api import NoteWritten
from maru_kinds.seen import saw
from maru_sdk import Context, listen
from maru_sdk.directory import PersonDeactivated, PersonMoved


@listen(NoteWritten)
async def heard(ctx: Context, event: NoteWritten) -> None:
    """Notes that a note was written."""
    saw("event", event.text)


@listen(PersonDeactivated)
async def left(ctx: Context, event: PersonDeactivated) -> None:
    """Notes that somebody has left."""
    saw("left", str(event.person_id))


@listen(PersonMoved)
async def moved(ctx: Context, event: PersonMoved) -> None:
    """Notes that somebody works elsewhere now."""
    saw("moved", f"{event.person_id} {event.was} {event.department_id}")
