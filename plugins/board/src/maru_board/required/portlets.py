"""What the reader must read, on the portal page."""

from datetime import datetime

from maru_board.api import ReadingConfirmed, ReadingRequired
from maru_board.permissions import READ
from maru_board.required.reading import owed
from maru_board.required.schemas import Owed
from maru_sdk import Context, Live, Model, portlet

SHOWN = 8


class ToRead(Model):
    """What the reader must read, the most urgent first."""

    owed: list[Owed]
    more: int
    now: datetime


@portlet(
    title="Required reading",
    icon="book-open-check",
    size=(4, 4),
    min_size=(3, 2),
    template="board/required_portlet.html",
    needs=READ,
    audience="user",
    live=Live(on=[ReadingRequired, ReadingConfirmed], within="30s"),
)
async def required_reading(ctx: Context) -> ToRead:
    """What the reader must read and hasn't confirmed, with until when."""
    found = await owed(ctx)
    return ToRead(owed=found[:SHOWN], more=max(len(found) - SHOWN, 0), now=ctx.now)


PORTLETS = (required_reading,)
