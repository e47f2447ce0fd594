"""What people are told of required reading."""

from datetime import datetime
from uuid import UUID

from maru_board.permissions import READ
from maru_sdk import Context, Model
from maru_sdk.notifications import Notice, notification


class MustRead(Model):
    """A post that must be read, and until when."""

    post_id: UUID
    post: str
    due_at: datetime

    def notice(self, title: str) -> Notice:
        """It with a title."""
        return Notice(title=title[:300], url=f"/board/posts/{self.post_id}")


@notification("Posts that I must read", icon="book-open-check", needs=READ)
async def asked(ctx: Context, ask: MustRead) -> Notice:
    """A post must be read from now on."""
    return ask.notice(ctx.t("Please read: “{post}”", post=ask.post))


@notification("Reminders of what I must read", icon="alarm-clock", needs=READ)
async def reminded(ctx: Context, ask: MustRead) -> Notice:
    """Somebody hasn't confirmed a post that is due."""
    return ask.notice(ctx.t("Still to be read: “{post}”", post=ask.post))


NOTIFICATIONS = (asked, reminded)
