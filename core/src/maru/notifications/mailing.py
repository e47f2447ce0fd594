"""What people are told by mail: one thing, or a digest of several, in their language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from maru.crypto.keys import Keys
from maru.mail.letters import text_of
from maru.notifications.drawing import drawn
from maru.notifications.leaving import Leaving
from maru.notifications.schemas import Line, NotificationOut
from maru.plugins.context import Call
from maru.plugins.outward import MAIL_JOB, letter_of
from maru.plugins.outward import drawn as drawn_mail
from maru.tenancy.homes import Homes
from maru_sdk import Model
from maru_sdk.mail import MailRefused

KEY: Final = "notifications"
MOST_IN_DIGEST: Final = 50


class MailLine(Model):
    """One thing that a mail tells, with its whole address."""

    title: str
    body: str
    url: str


class NotificationMail(Model):
    """What such a mail says."""

    lines: list[MailLine]
    more: int
    heading: str
    all_url: str
    settings_url: str
    leave_url: str


@dataclass(frozen=True)
class Mailing:
    """Writes to people, with a link that ends it."""

    homes: Homes
    leaving: Leaving

    @classmethod
    def of(cls, homes: Homes, keys: Keys) -> "Mailing":
        """Of an installation."""
        return cls(homes, Leaving(homes, keys))

    async def send(self, call: Call, person: UUID, address: str, lines: Sequence[Line]) -> bool:
        """One mail of what this person may still know, in the transaction at hand; whether there
        was one."""
        reader = await as_reader(call, person)
        if reader is None:
            return False
        shown = await drawn(reader, lines[:MOST_IN_DIGEST])
        if not shown:
            return False
        try:
            await self._put(reader, address, shown, len(lines) - len(lines[:MOST_IN_DIGEST]))
        except MailRefused as refused:
            call.ctx("core").log.warning("somebody can't be told by mail", reason=refused.text)
            return False
        return True

    async def _put(
        self, call: Call, address: str, shown: Sequence[NotificationOut], more: int
    ) -> None:
        home, alone = self.homes.of_tenant(call.tenant.id), len(shown) == 1
        company = call.tenant.name
        count = len(shown) + more
        subject = (
            shown[0].title
            if alone
            else call.t("{count} notifications from {company}", count=count, company=company)
        )
        leave = self.leaving.url(call, shown[0].kind if alone else "")
        model = NotificationMail(
            lines=[MailLine(title=s.title, body=s.body, url=home + s.url) for s in shown],
            more=more,
            heading=subject,
            all_url=f"{home}/notifications",
            settings_url=f"{home}/notifications/settings",
            leave_url=leave.page,
        )
        html = drawn_mail(call, "maru/mail/notifications.html", model)
        letter = letter_of(call, subject=" ".join(subject.split()), html=html, text=text_of(html))
        letter = replace(letter, unsubscribe=leave.at_once)
        found = call.services.host.find("jobs", MAIL_JOB)
        job = None if found is None else found[1]
        await call.services.mail.put(call.unit, job, call.seed("core"), KEY, letter, [address])


async def as_reader(call: Call, person: UUID) -> Call | None:
    """The same work with this person's eyes: their language, their clock, their rights."""
    services, tenant = call.services, call.tenant.id
    user = await services.people.user(tenant, person)
    if user is None:
        return None
    granted = await services.rights.granted(tenant, person)
    return replace(call, user=user, granted=granted, locale=user.locale, _contexts={})
