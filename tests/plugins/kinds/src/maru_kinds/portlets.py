"""What stands on the portal page."""

from maru_kinds.api import NoteWritten
from maru_kinds.permissions import READ
from maru_kinds.queries import NOTES
from maru_kinds.schemas import Notes, Shown
from maru_sdk import Context, Live, portlet


@portlet(
    title="Notes",
    icon="sticky-note",
    size=(4, 3),
    needs=READ,
    cache="1m",
    audience="tenant",
    config=Shown,
    live=Live(on=[NoteWritten], within="5s"),
)
async def recent_notes(ctx: Context, config: Shown) -> Notes:
    """The newest notes."""
    rows = await ctx.read(NOTES)
    return Notes(notes=[row.text for row in rows][: config.limit], limit=config.limit)
