"""What the reader follows, in the JSON API."""

from uuid import UUID

from maru_board.following import service
from maru_board.following.queries import MINE
from maru_board.following.schemas import Kind, SubscriptionIn, SubscriptionOut
from maru_board.permissions import READ
from maru_sdk import Context, CursorParams, Page, delete, get, post


@get("/subscriptions", needs=READ, no_store="names change under it")
async def subscriptions(ctx: Context, page: CursorParams) -> Page[SubscriptionOut]:
    """What the reader follows, the latest first."""
    return await ctx.page(MINE, page, reader=ctx.me.id)


@post("/subscriptions", needs=READ)
async def follow(ctx: Context, body: SubscriptionIn) -> SubscriptionIn:
    """The reader follows a board, a post or an author; a second time changes nothing."""
    await service.follow(ctx, body)
    return body


@delete("/subscriptions/{kind}/{target_id}", needs=READ)
async def unfollow(ctx: Context, kind: Kind, target_id: UUID) -> None:
    """The reader follows it no more."""
    await service.unfollow(ctx, kind, target_id)


ROUTES = (subscriptions, follow, unfollow)
