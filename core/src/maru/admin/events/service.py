"""What admins do with events: their desk, audited, and put into the models of routes and pages."""

from datetime import datetime
from functools import partial

from maru.admin.events.schemas import EventOut, HeardOut, ListenerOut, Replayed
from maru.admin.naming import about, sort_of
from maru.admin.service import call_of
from maru.events.desk import ListenerNotFound, Listening
from maru_sdk import Context


async def listeners(ctx: Context) -> list[ListenerOut]:
    """The listeners of all plugins that are on, by name."""
    call = call_of(ctx)
    on = partial(call.services.gate.on, ctx.tenant.id)
    return [_out(ctx, one) for one in await call.services.event_desk.listeners(call.unit, on)]


async def listener(ctx: Context, name: str) -> ListenerOut:
    """One of them; raises ListenerNotFound."""
    for found in await listeners(ctx):
        if found.name == name:
            return found
    raise ListenerNotFound(name=name)


async def event(ctx: Context, number: int) -> EventOut:
    """One event; raises EventNotFound."""
    call = call_of(ctx)
    desk = call.services.event_desk
    found = await desk.event(call.unit, number)
    heard = [
        HeardOut(
            listener=sort_of(job.kind)[1],
            job_id=job.id,
            state=job.state,
            tries=job.tries,
            error=job.error,
        )
        for job in await desk.heard(call.unit, found)
    ]
    return EventOut(**found.model_dump(), heard=heard)


async def replayed(ctx: Context, name: str, since: datetime) -> Replayed:
    """Has a listener hear again what was published since then."""
    call = call_of(ctx)
    on = partial(call.services.gate.on, ctx.tenant.id)
    was = await listener(ctx, name)
    done = await call.services.event_desk.replay(call.unit, name, on, since, ctx.now)
    now = await listener(ctx, name)
    if done:
        await ctx.audit(
            "listener.replayed",
            f"listener:{name}",
            before={"position": was.position},
            after={"position": now.position, "since": since.isoformat()},
        )
    return Replayed(replayed=done, listener=now)


def _out(ctx: Context, one: Listening) -> ListenerOut:
    progress = one.progress
    lag = 0.0 if progress.oldest is None else (ctx.now - progress.oldest).total_seconds()
    return ListenerOut(
        name=one.name,
        plugin=one.plugin,
        about=about(ctx, one.plugin, one.function),
        event=one.event,
        position=progress.number,
        behind=progress.behind,
        lag_seconds=max(0.0, round(lag, 1)),
        waiting=progress.waiting,
        dead=progress.dead,
        replays=progress.replays_to is not None,
    )
