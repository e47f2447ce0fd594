"""Brings one delivery to its address: no transaction is open while the other side thinks."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NoReturn
from uuid import UUID
from zoneinfo import ZoneInfo

from maru.jobs.catalog import contained
from maru.jobs.faults import Kind, fault_of
from maru.notifications import hook_queries as queries
from maru.notifications import hooks
from maru.notifications.addresses import opened
from maru.notifications.channels import channel_of
from maru.notifications.deliveries import Delivering
from maru.notifications.drawing import draw, worded
from maru.notifications.hook_queries import Fault
from maru.notifications.kinds import call_of, found
from maru.notifications.mailing import as_reader
from maru.notifications.quiet import quiet_until
from maru.notifications.schemas import Line, NotificationOut
from maru.plugins.context import Call
from maru.tenancy.homes import Homes
from maru_sdk import Context, InvalidInput, MaruError, Temporary, job
from maru_sdk.declarations import Job, NotificationChannel, NotificationKind
from maru_sdk.notifications import Delivery, Notice

log = logging.getLogger(__name__)

TRIES: Final = 64
"""More than any channel: its own bound is kept here."""

PATIENCE: Final = 15.0
"""Seconds for one try."""

Made = tuple[str, NotificationChannel, Delivery]


class Later(Exception):
    """The person has quiet hours until then."""

    def __init__(self, due: datetime) -> None:
        self.due = due


class ChannelAway(Temporary):
    """What says it or what brings it is off here; for a day it may come back."""

    code = "NOTIFICATION_CHANNEL_AWAY"
    message = "The feature that says this or brings it is off here"


def deliver_jobs(homes: Homes) -> list[Job]:
    """The jobs of the core plugin `notifications` that deliver."""

    @job(tries=TRIES, deadline="1m")
    async def deliver_notice(ctx: Context, ask: Delivering) -> None:
        """Again and again for hours while the other side is away; what it refuses is dead."""
        try:
            if await _brought(ctx, homes, ask.delivery):
                await ctx.db.execute(queries.SENT, {"id": ask.delivery})
        except Later as later:
            await ctx.jobs.enqueue(deliver_notice, ask, at=later.due)

    @job()
    async def deliver_hook(ctx: Context, ask: Delivering) -> None:
        """Hands on what processes of the version before have left to deliver."""
        await ctx.jobs.enqueue(deliver_notice, ask)

    return [deliver_notice, deliver_hook]


async def _brought(ctx: Context, homes: Homes, delivery: UUID) -> bool:
    """Whether the other side took it now; raises Later where it is to be asked later."""
    most = TRIES
    try:
        made = await _made(ctx, homes, delivery)
        if made is None:
            return False
        key, channel, said = made
        most = max(1, min(channel.tries, TRIES))
        call = replace(call_of(ctx), user=None, _contexts={})
        async with asyncio.timeout(PATIENCE):
            await contained(channel.function)(call.ctx(key), said)
    except Later:
        raise
    except Exception as error:
        await _fail(ctx, delivery, error, most)
    return True


async def _fail(ctx: Context, delivery: UUID, error: Exception, most: int) -> NoReturn:
    """Notes it and raises what has the queue do the same with the job as the row says."""
    kind, away = fault_of(error).kind, isinstance(error, ChannelAway)
    final, counts = kind is Kind.FINAL, not away and kind is not Kind.LIMITED
    most = 1 if away else most
    over = await _noted(ctx, delivery, error, final=final, counts=counts, most=most)
    if over and not final:
        raise InvalidInput("it was tried as often as it may be") from error
    if kind is Kind.UNKNOWN:
        log.warning("delivery %s failed", delivery, exc_info=error)
        raise Temporary(type(error).__name__) from error
    raise error


async def _made(ctx: Context, homes: Homes, delivery: UUID) -> Made | None:
    """By which channel it goes, and what it says; None where that is over, and then it is
    forgotten unless it was sent. Raises ChannelAway, for what is off here may be on again."""
    async with ctx.aside() as own:
        call = call_of(own)
        row = (await call.unit.db.execute(queries.ONE, {"id": delivery})).one_or_none()
        if row is None or row.state == "sent":
            return None
        one, kind = channel_of(call, row.channel), found(call, row.kind)
        if one is None or kind is None:
            raise ChannelAway
        said = await (_to_company(call, row, *kind) if row.hook_id else _to_person(call, row))
        if said is None:
            await call.unit.db.execute(queries.FORGET, {"id": delivery})
            return None
        notice, address, secret = said
        home = homes.of_tenant(call.tenant.id)
        return *one, Delivery(
            id=row.id,
            address=address,
            secret=secret,
            kind=row.kind,
            title=notice.title,
            body=notice.body,
            url=home + notice.url,
            created_at=row.created_at,
        )


Said = tuple[Notice | NotificationOut, str, str]


async def _to_company(call: Call, row: Any, key: str, kind: NotificationKind) -> Said:
    """In the company's language."""
    company = replace(call, user=None, locale=call.tenant.locale, _contexts={})
    notice = await worded(company, key, kind, row.value, 1)
    address = await hooks.opened(call, row.hook_id, "url", row.url)
    return notice, address, await hooks.opened(call, row.hook_id, "secret", row.secret)


async def _to_person(call: Call, row: Any) -> Said | None:
    """In theirs, where they are here, still have the address, and may still know."""
    reader = await as_reader(call, row.person_id) if row.present and row.address else None
    if reader is None or reader.user is None:
        return None
    zone = ZoneInfo(reader.user.timezone)
    due = quiet_until(call.now, zone, row.quiet_from, row.quiet_until)
    if due is not None:
        raise Later(due)
    names = [name for name in Line.model_fields if name not in ("id", "read")]
    line = Line(id=row.notice_id, read=False, **{name: getattr(row, name) for name in names})
    notice = await draw(reader, line)
    return None if notice is None else (notice, await opened(call, row.address_id, row.address), "")


async def _noted(ctx: Context, delivery: UUID, error: Exception, **how: Any) -> bool:
    """Why it failed, for the page; whether that was the last time."""
    told = _told(error)
    said = f"{told.code}: {told.text}"
    values = {"id": delivery, "error": said, "fault": told.model_dump(), **how}
    async with ctx.aside() as own:
        return bool(await own.db.scalar(queries.FAILED, values))


def _told(error: Exception) -> Fault:
    """As it is kept; of a fault that is no refusal its name alone."""
    if not isinstance(error, MaruError):
        name = type(error).__name__
        return Fault(code=name, text=name, details={})
    details = {name: str(value)[:200] for name, value in error.details.items()}
    return Fault(code=error.code, text=error.text[:500], details=details)
