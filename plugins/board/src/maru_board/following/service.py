"""The rules of following: what may be followed, by whom."""

from uuid import UUID

from maru_board.following import queries
from maru_board.following.errors import SubscriptionNotFound, TooManySubscriptions
from maru_board.following.models import Subscription
from maru_board.following.schemas import Kind, SubscriptionIn
from maru_board.reading import published_post, readable_board
from maru_sdk import Context, NotFound
from maru_sdk.db import col, delete, insert, uuid7

MOST = 500


async def follow(ctx: Context, body: SubscriptionIn) -> None:
    """The reader hears what is new there; saying it twice is saying it once."""
    await _check(ctx, body)
    if (await ctx.db.scalar(queries.count_of(ctx.me.id)) or 0) >= MOST:
        raise TooManySubscriptions(most=MOST)
    fresh = insert(Subscription).values(id=uuid7(), person_id=ctx.me.id, **body.model_dump())
    await ctx.db.execute(fresh.on_conflict_do_nothing())


async def unfollow(ctx: Context, kind: Kind, target_id: UUID) -> None:
    """The reader hears of it no more; raises SubscriptionNotFound."""
    gone = (
        delete(Subscription)
        .where(
            col(Subscription.person_id) == ctx.me.id,
            col(Subscription.kind) == kind,
            col(Subscription.target_id) == target_id,
        )
        .returning(col(Subscription.id))
    )
    if await ctx.db.scalar(gone) is None:
        raise SubscriptionNotFound


async def follows(ctx: Context, kind: Kind, target_id: UUID) -> bool:
    """Whether the reader follows something."""
    found = await ctx.db.scalar(queries.of_reader(ctx.me.id, kind, target_id))
    return found is not None


async def _check(ctx: Context, body: SubscriptionIn) -> None:
    if body.kind == "board":
        await readable_board(ctx, body.target_id)
    elif body.kind == "post":
        await published_post(ctx, body.target_id)
    elif await ctx.people.get(body.target_id) is None:
        raise NotFound
