"""`/admin/events`."""

from collections.abc import Mapping
from urllib.parse import urlencode

from maru.access.permissions import JOBS_MANAGE
from maru.admin.events import service
from maru.admin.events.schemas import (
    EventRow,
    EventsView,
    EventView,
    ListenersView,
    ListenerView,
    ReplayForm,
)
from maru.admin.jobs.service import pretty
from maru.admin.service import call_of
from maru.events.desk import ReplayInFuture, listing
from maru_sdk import Context, CursorParams, InvalidInput, Redirect, action, page

HERE = "/admin/events"
ON_PAGE = 25


@page("/events", title="Events", needs=JOBS_MANAGE, template="maru/admin/events.html")
async def events(
    ctx: Context, name: str = "", key: str = "", cursor: str | None = None
) -> EventsView:
    """The log, by name and by what events are about."""
    query, args = listing(name=name or None, key=key or None)
    found = await ctx.page(query, CursorParams(cursor=cursor, limit=ON_PAGE), **args)
    actors = [line.actor_id for line in found if line.actor_id is not None]
    people = await ctx.people.names(actors) if actors else {}
    chosen = {"name": name, "key": key}
    return EventsView(
        events=[
            EventRow(line=line, actor=people.get(line.actor_id, "") if line.actor_id else "")
            for line in found
        ],
        names=call_of(ctx).services.event_desk.names(),
        newer=_at(chosen, found.pagination["prev"]),
        older=_at(chosen, found.pagination["next"]),
        **chosen,
    )


def _at(chosen: Mapping[str, str], cursor: object) -> str:
    if cursor is None:
        return ""
    given = {name: value for name, value in chosen.items() if value}
    return f"{HERE}?{urlencode({**given, 'cursor': str(cursor)})}"


@page(
    "/events/listeners",
    title="Listeners",
    needs=JOBS_MANAGE,
    template="maru/admin/listeners.html",
)
async def listeners(ctx: Context) -> ListenersView:
    """Who listens, and how far each has come."""
    return ListenersView(listeners=await service.listeners(ctx))


@page("/events/{number}", title="Event", needs=JOBS_MANAGE, template="maru/admin/event.html")
async def event(ctx: Context, number: int) -> EventView:
    """One event, and what became of it."""
    found = await service.event(ctx, number)
    people = await ctx.people.names([found.actor_id]) if found.actor_id else {}
    actor = people.get(found.actor_id, "") if found.actor_id else ""
    return EventView(event=found, actor=actor, body=pretty(found.body))


@page(
    "/events/listeners/{name}",
    title="Listener",
    needs=JOBS_MANAGE,
    template="maru/admin/listener.html",
)
async def listener(ctx: Context, name: str) -> ListenerView:
    """One listener, and the form of a replay."""
    return ListenerView(
        listener=await service.listener(ctx, name), form_schema=ReplayForm.model_json_schema()
    )


@action("/events/listeners/{name}/replay", needs=JOBS_MANAGE, again=listener)
async def replay(ctx: Context, name: str, form: ReplayForm) -> Redirect:
    """Has a listener hear again from a time on."""
    since, say = form.since, call_of(ctx).t
    if since.tzinfo is None:
        since = since.replace(tzinfo=ctx.zone)
    try:
        done = await service.replayed(ctx, name, since)
    except ReplayInFuture as fault:
        where = {"path": "since", "code": fault.code, "message": say(fault.text)}
        raise InvalidInput(fields=[where]) from None
    told = "It hears again from then on" if done.replayed else "There is nothing to hear again"
    return Redirect(to=f"{HERE}/listeners/{name}", message=say(told))


PAGES = (events, listeners, event, listener, replay)
