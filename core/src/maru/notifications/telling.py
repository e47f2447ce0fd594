"""Writes down who is told what, in the transaction of whoever tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from maru.notifications import deliveries, hooks
from maru.notifications import telling_queries as queries
from maru.notifications.asked import checked, department_of
from maru.plugins.context import Call
from maru.push.log import LiveLog
from maru_sdk import Model, SystemFault
from maru_sdk.db import uuid7
from maru_sdk.declarations import NotificationKind
from maru_sdk.notifications import Recipients

AT_ONCE: Final = 100
TELL_JOB: Final = "core.tell_many"
MAIL_JOB: Final = "core.mail_notice"
CHANGED: Final = "core.notified"


class Errand(Model):
    """Whom a job is to tell of a notice."""

    notice: UUID
    kind: str
    bundle: str | None
    resource: str | None
    department: UUID | None
    to: Recipients


class Mailed(Model):
    """Of what people are told by mail."""

    notice: UUID


@dataclass(frozen=True, slots=True)
class Part:
    """A part of those who were meant: where it ends, how many they were and were told now, who of
    them sees it here, and whether some want a mail at once."""

    last: UUID | None
    looked: int
    told: int
    people: Sequence[UUID]
    mails: bool


class Changed(Model):
    """What open pages are told: that there is something to look at."""

    kind: str


class Telling:
    """What tells the people of all tenants."""

    def __init__(self, live: LiveLog) -> None:
        self._live = live

    async def tell(
        self,
        call: Call,
        kind: NotificationKind,
        ask: Model,
        to: Recipients,
        *,
        key: str | None,
        bundle: str | None,
        on: Any,
    ) -> None:
        """See `Context.notify`; the kind is its plugin's own and on."""
        checked(kind, ask, key, bundle)
        errand = Errand(
            notice=await _noted(call, kind, ask, key, bundle, on),
            kind=kind.name,
            bundle=bundle,
            resource=getattr(on, "resource", None),
            department=department_of(on),
            to=to,
        )
        if _few(to):
            part = await self.part(call, kind, errand, queries.FIRST, AT_ONCE)
            rooms = [f"me:{person}" for person in part.people]
            await self.say(call, rooms, kind.name)
        else:
            job = call.services.host.find("jobs", TELL_JOB)
            if job is None:
                raise SystemFault("the job that tells people is missing")
            await call.ctx("core").jobs.enqueue(job[1], errand)

    async def part(
        self, call: Call, kind: NotificationKind, errand: Errand, after: UUID, most: int
    ) -> Part:
        """Tells the next `most` people whose ids come after this one."""
        if kind.needs is not None and kind.needs.name in call.services.rights.withheld(
            call.tenant.id
        ):
            return Part(None, 0, 0, (), False)
        statement, db = queries.TELL, call.unit.db
        asked = {"after": after, "most": most, **_values(errand)} | await _usual(call, kind)
        if kind.needs is not None:
            statement = queries.TELL_THOSE_WHO_MAY
            asked |= {
                "needs": kind.needs.name,
                "resource": errand.resource,
                "department": errand.department,
            }
        if errand.bundle is not None:
            await db.execute(queries.ALONE, {"kind": errand.kind, "bundle": errand.bundle})
        row = (await db.execute(statement, asked)).one()
        if errand.bundle is not None and row.people:
            told = {"people": row.people, "notice": errand.notice}
            await db.execute(queries.FOLD, told | {"kind": errand.kind, "bundle": errand.bundle})
        if row.mails:
            await _have_mailed(call, errand.notice)
        if row.told:
            await deliveries.put(call, errand.notice, after, row.last)
        return Part(row.last, row.looked, row.told, row.people, row.mails)

    async def say(self, call: Call, rooms: Sequence[str], kind: str) -> None:
        """Has open pages look, after the commit."""
        if rooms:
            data = Changed(kind=kind).model_dump_json()
            await self._live.send_all(call.unit, call.tenant.id, rooms, CHANGED, data)


async def _usual(call: Call, kind: NotificationKind) -> dict[str, Any]:
    """How people are told of a kind who chose nothing: as the company has it, else the plugin."""
    found = await call.unit.db.execute(queries.DEFAULTS, {"kind": kind.name})
    ours = {} if kind.always else {row.channel: row.how for row in found}
    own = {way: "now" if way in kind.channels else "off" for way in ("in_app", "email")}
    mails = bool(call.services.post.scheme)
    return own | ours | {"mails": mails, "always": kind.always}


async def _have_mailed(call: Call, notice: UUID) -> None:
    job = call.services.host.find("jobs", MAIL_JOB)
    if job is None:
        raise SystemFault("the job that mails people is missing")
    await call.ctx("core").jobs.enqueue(job[1], Mailed(notice=notice), unique=str(notice))


def _values(errand: Errand) -> dict[str, Any]:
    to = errand.to
    return {
        "notice": errand.notice,
        "kind": errand.kind,
        "bundle": errand.bundle,
        "people": to.people,
        "departments": to.departments,
        "roles": to.roles,
        "everyone": to.everyone,
        "without": to.without,
    }


def _few(to: Recipients) -> bool:
    """Whether the request itself tells them."""
    return not (to.departments or to.roles or to.everyone) and len(to.people) <= AT_ONCE


async def _noted(
    call: Call, kind: NotificationKind, ask: Model, key: str | None, bundle: str | None, on: Any
) -> UUID:
    """The id of what is told, which may have been told to others before."""
    made = uuid7()
    values = {
        "id": made,
        "kind": kind.name,
        "key": key or str(made),
        "value": ask.model_dump(mode="json"),
        "bundle": bundle,
        "actor": call.actor,
        "resource": getattr(on, "resource", None),
        "department": department_of(on),
    }
    db = call.unit.db
    if await db.scalar(queries.NOTICE, values) is not None:
        await hooks.put(call, made, kind.name)
        return made
    found = await db.scalar(queries.KNOWN, {"kind": kind.name, "key": values["key"]})
    assert isinstance(found, UUID)
    return found
