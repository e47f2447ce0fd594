"""Telling those who haven't confirmed a post that they must read."""

from uuid import UUID

from maru_board.required.reading import everybody_asked, required
from maru_sdk import Context


async def remind(ctx: Context, post_id: UUID) -> int:
    """Reminds everybody who hasn't confirmed; answers how many that were."""
    late = await everybody_asked(ctx, await required(ctx, post_id), open_only=True)
    return len(late)
