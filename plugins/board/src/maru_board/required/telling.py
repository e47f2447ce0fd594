"""Telling people what they must read, and those who haven't confirmed it once more."""

from uuid import UUID

from maru_board.audience import recipients
from maru_board.reading import published_post
from maru_board.required.notifications import MustRead, asked, reminded
from maru_board.required.reading import everybody_asked, required
from maru_board.required.schemas import RequirementIn
from maru_board.schemas import PostHead
from maru_sdk import Context
from maru_sdk.notifications import Recipients

AT_ONCE = 10_000


async def tell_asked(ctx: Context, post: PostHead, body: RequirementIn) -> None:
    """Tells everybody who must read a post; who was told before isn't told again."""
    said = MustRead(post_id=post.id, post=post.title, due_at=body.due_at)
    to = recipients(body)
    await ctx.notify(asked, said, to=to, key=f"required:{post.id}", on=post)


async def remind(ctx: Context, post_id: UUID) -> int:
    """Reminds everybody who hasn't confirmed; answers how many that were."""
    one = await required(ctx, post_id)
    late = [person.id for person in await everybody_asked(ctx, one, open_only=True)]
    post = await published_post(ctx, post_id)
    said = MustRead(post_id=post_id, post=post.title, due_at=one.due_at)
    key = f"reminder:{post_id}:{one.reminded_at}"
    for first in range(0, len(late), AT_ONCE):
        to = Recipients(people=late[first : first + AT_ONCE])
        await ctx.notify(reminded, said, to=to, key=key, on=post, myself=True)
    return len(late)
