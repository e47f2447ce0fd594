"""Before a post must have been read, those who haven't confirmed it are reminded."""

from maru_board.required import service
from maru_board.required.telling import remind
from maru_sdk import Context, schedule


@schedule("*/10 * * * *")
async def remind_late(ctx: Context) -> None:
    """Reminds people of what they must read soon."""
    for post_id in await service.due_reminders(ctx):
        people = await remind(ctx, post_id)
        ctx.log.info("readers reminded", post=str(post_id), people=people)
