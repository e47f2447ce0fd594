"""Listeners."""

from maru_kinds.api import NoteWritten
from maru_kinds.seen import saw
from maru_sdk import Context, listen


@listen(NoteWritten)
async def heard(ctx: Context, event: NoteWritten) -> None:
    """Notes that a note was written."""
    saw("event", event.text)
