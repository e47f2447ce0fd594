"""Mails what people want by mail: at once, after their quiet hours, or once a day or week."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from maru.notifications import mail_queries as queries
from maru.notifications.kinds import call_of
from maru.notifications.mailing import Mailing
from maru.notifications.quiet import digest_due, quiet_until
from maru.notifications.schemas import Line
from maru.notifications.telling import Mailed
from maru.plugins.context import Call
from maru_sdk import Context, job, schedule
from maru_sdk.db import uuid7
from maru_sdk.declarations import Job, Schedule

PART: Final = 100
KEPT: Final = timedelta(days=180)


def mail_job(mailing: Mailing) -> Job:
    """The job that mails what one notice tells."""

    @job(deadline="1h")
    async def mail_notice(ctx: Context, ask: Mailed) -> None:
        """Part by part; who has quiet hours gets it when they are over."""
        after = queries.FIRST
        more = True
        while more:
            async with ctx.aside() as own:
                call = call_of(own)
                asked = {"notice": ask.notice, "after": after, "most": PART}
                rows = (await call.unit.db.execute(queries.WAITING, asked)).all()
                for row in rows:
                    await _mail_one(call, mailing, row, ask.notice)
            more = len(rows) == PART
            after = rows[-1].person_id if rows else after

    return mail_notice


async def _mail_one(call: Call, mailing: Mailing, row: Any, notice: UUID) -> None:
    due = await _quiet_until(call, row.person_id, row)
    if due is not None:
        later = {"person": row.person_id, "notice": notice, "due": due}
        await call.unit.db.execute(queries.LATER, later)
        return
    await _send(call, mailing, row.person_id, row.email, "now", notice)


async def _quiet_until(call: Call, person: UUID, row: Any) -> Any:
    """When the person's quiet hours end, None outside them."""
    if row.quiet_from is None:
        return None
    user = await call.services.people.user(call.tenant.id, person)
    zone = ZoneInfo(call.tenant.timezone if user is None else user.timezone)
    return quiet_until(call.now, zone, row.quiet_from, row.quiet_until)


async def _send(
    call: Call, mailing: Mailing, person: UUID, address: str | None, how: str, notice: UUID | None
) -> None:
    """Takes what waits and puts the mail in the same transaction: both happen or neither. What has
    waited and was read meanwhile, or is counted by a later one, is left out."""
    asked = {"person": person, "how": how, "now": call.now, "notice": notice}
    rows = (await call.unit.db.execute(queries.LINES, asked)).mappings().all()
    waited = notice is None
    lines = [
        Line.model_validate({name: row[name] for name in Line.model_fields})
        for row in rows
        if not (waited and (row["read"] or row["folded"]))
    ]
    if lines and address:
        await mailing.send(call, person, address, lines)


def mail_schedules(mailing: Mailing) -> list[Schedule]:
    """What mails later, and what forgets."""

    @schedule("*/5 * * * *", deadline="30m")
    async def mail_waiting(ctx: Context) -> None:
        """Mails what had to wait until somebody's quiet hours were over."""
        async for person in _people(ctx, "now"):
            async with ctx.aside() as own:
                call = call_of(own)
                row = (await call.unit.db.execute(queries.PERSON, {"person": person})).one()
                if await _quiet_until(call, person, row) is None:
                    await _send(call, mailing, person, _address(row), "now", None)

    @schedule("2 * * * *", deadline="1h")
    async def mail_digests(ctx: Context) -> None:
        """Mails the digests that are due by the clocks of those who want them."""
        for how in ("daily", "weekly"):
            async for person in _people(ctx, how):
                async with ctx.aside() as own:
                    await _digest(call_of(own), mailing, person, how)

    @schedule("47 3 * * *", deadline="1h")
    async def forget_notifications(ctx: Context) -> None:
        """Deletes what was told half a year ago."""
        before = _first_at((ctx.now - KEPT).timestamp())
        for statement in (queries.PRUNE, queries.PRUNE_NOTICES):
            gone = 5_000
            while gone == 5_000:
                async with ctx.aside() as own:
                    found: Any = await own.db.execute(statement, {"before": before})
                    gone = found.rowcount

    return [mail_waiting, mail_digests, forget_notifications]


async def _digest(call: Call, mailing: Mailing, person: UUID, how: str) -> None:
    row = (await call.unit.db.execute(queries.PERSON, {"person": person})).one()
    user = await call.services.people.user(call.tenant.id, person)
    zone = ZoneInfo(call.tenant.timezone if user is None else user.timezone)
    had = {"daily_on": row.daily_on, "weekly_on": row.weekly_on}
    if how not in digest_due(call.now, zone, row.digest_hour, **had):
        return
    await _send(call, mailing, person, _address(row), how, None)
    today = call.now.astimezone(zone).date()
    days = {"daily": None, "weekly": None, how: today}
    await call.unit.db.execute(queries.HAD, {"id": uuid7(), "person": person, **days})


async def _people(ctx: Context, how: str) -> Any:
    """Those for whom something waits, a part at a time."""
    after = queries.FIRST
    while True:
        asked = {"how": how, "after": after, "now": ctx.now, "most": PART}
        async with ctx.aside() as own:
            found = list((await own.db.execute(queries.PEOPLE, asked)).scalars())
        for person in found:
            yield person
        if len(found) < PART:
            return
        after = found[-1]


def _address(row: Any) -> str | None:
    address: str | None = row.email
    return address if row.state == "active" else None


def _first_at(seconds: float) -> UUID:
    """Less than every id that was made later."""
    return UUID(int=int(seconds * 1_000) << 80)
