"""`/api/v1/admin/events`."""

from maru.access.permissions import JOBS_MANAGE
from maru.admin.events import service
from maru.admin.events.schemas import EventOut, ListenerOut, Replay, Replayed
from maru.admin.naming import CHANGES
from maru.events.desk import EventLine, listing
from maru_sdk import Context, CursorParams, Page, get, post


@get("/events", needs=JOBS_MANAGE, no_store=CHANGES)
async def events(
    ctx: Context, page: CursorParams, name: str | None = None, key: str | None = None
) -> Page[EventLine]:
    """The log of the last seven days, the newest first; `key` is what an event is about."""
    query, args = listing(name=name, key=key)
    return await ctx.page(query, page, **args)


@get("/events/listeners", needs=JOBS_MANAGE, no_store=CHANGES)
async def listeners(ctx: Context) -> list[ListenerOut]:
    """The listeners of all plugins that are on, with position and lag."""
    return await service.listeners(ctx)


@get("/events/{number}", needs=JOBS_MANAGE, no_store=CHANGES)
async def one_event(ctx: Context, number: int) -> EventOut:
    """One event: what it says, and what became of it with each listener."""
    return await service.event(ctx, number)


@post("/events/listeners/{name}/replay", needs=JOBS_MANAGE, status=200)
async def replay(ctx: Context, name: str, body: Replay) -> Replayed:
    """Has a listener hear again all that the log has since then, its effects happening again; what
    still waits isn't made twice."""
    return await service.replayed(ctx, name, body.since)


ROUTES = (events, listeners, one_event, replay)
