"""What a post's page says beside it: who likes it, who must read it, and who has."""

from maru_board.audience import meant_for_reader
from maru_board.following.service import follows
from maru_board.likes.schemas import Liked
from maru_board.likes.service import liked_by
from maru_board.permissions import MODERATE
from maru_board.posts.service import may_change_post
from maru_board.required.reading import confirmed_by_reader, requirement_of
from maru_board.required.schemas import Confirmed, RequirementSeen
from maru_board.schemas import PostShown
from maru_sdk import Context, Model


class Attention(Model):
    """A post among its readers, as one of them sees it. `confirmed` is absent for who needn't
    confirm it."""

    liked: Liked
    requirement: RequirementSeen | None
    confirmed: Confirmed | None
    sees_readers: bool
    may_require: bool
    follows: bool
    follows_author: bool


async def attention_to(ctx: Context, post: PostShown) -> Attention:
    """How a post stands with its readers."""
    found = await requirement_of(ctx, post.id)
    asked = found is not None and await meant_for_reader(ctx, found)
    return Attention(
        liked=await liked_by(ctx, post.id),
        requirement=found.seen() if found else None,
        confirmed=await confirmed_by_reader(ctx, post.id) if asked else None,
        sees_readers=post.is_notice and may_change_post(ctx, post),
        may_require=ctx.can(MODERATE, on=post),
        follows=await follows(ctx, "post", post.id),
        follows_author=post.author is not None and await follows(ctx, "author", post.author.id),
    )
