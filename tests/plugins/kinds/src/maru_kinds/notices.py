"""What people are told."""

from maru_kinds.permissions import READ
from maru_sdk import Context, Model
from maru_sdk.notifications import Notice, notification


class Noted(Model):
    """A note that somebody has written."""

    text: str


@notification("Notes", icon="sticky-note", needs=READ)
async def noted(ctx: Context, ask: Noted, count: int) -> Notice:
    """The last one's text, and how many there are."""
    if ask.text == "unspeakable":
        raise RuntimeError(ask.text)
    return Notice(title=ctx.t("{count} notes: {last}", count=count, last=ask.text), url="/kinds/")
