"""The mails of an account: leave to set a new password, and invitations. They are written by jobs,
so that a request takes as long for an address that nobody has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from maru.account.service import call_of
from maru.audit.trail import Actor
from maru.identity.people_queries import PERSON, WHO_HAS, PersonRow
from maru.identity.sign_in import fold
from maru.identity.tickets import LIVES, PasswordTickets, Purpose
from maru.plugins.outward import drawn
from maru.tenancy.homes import Homes
from maru_sdk import Context, Model, job
from maru_sdk.declarations import Job

ADDRESSES: Final = 5
"""So many people of one address get a mail each; a shared mailbox isn't flooded."""


class ResetAsk(Model):
    """For which mail address somebody asked, folded, and from where."""

    address: str
    origin: str | None = None


class InviteAsk(Model):
    """Whom to invite."""

    people: list[UUID]


class AccountMail(Model):
    """What a mail about an account says."""

    name: str
    username: str
    company: str
    link: str
    hours: int
    days: int


_SUBJECTS: Final[dict[Purpose, str]] = {
    "reset": "Choose a new password for {company}",
    "invitation": "You are invited to {company}",
}


@dataclass(frozen=True)
class AccountLetters:
    """Writes them; `jobs` are what writes them later."""

    tickets: PasswordTickets
    homes: Homes
    reset: Job
    invite: Job

    @classmethod
    def of(cls, tickets: PasswordTickets, homes: Homes) -> "AccountLetters":
        """With the jobs that write."""

        @job(priority="high", deadline="1m")
        async def send_reset(ctx: Context, ask: ResetAsk) -> None:
            """Mails leave to set a new password to whoever has this address."""
            for person in await ctx.read(WHO_HAS, key=ask.address, most=ADDRESSES):
                if await tickets.may_reset(call_of(ctx).unit, person.id):
                    actor = Actor(None, "auth", ask.origin)
                    await _write(ctx, tickets, homes, person, "reset", actor)

        @job(priority="low", deadline="5m")
        async def send_invitations(ctx: Context, ask: InviteAsk) -> None:
            """Invites people to choose their first password."""
            actor = Actor(call_of(ctx).actor, "auth")
            for person_id in ask.people:
                for person in await ctx.read(PERSON, id=person_id):
                    await _write(ctx, tickets, homes, person, "invitation", actor)

        return cls(tickets, homes, send_reset, send_invitations)

    async def asked(self, ctx: Context, address: str) -> None:
        """Somebody wants a new password for this address; nobody can tell whether it is known."""
        ask = ResetAsk(address=fold(address), origin=call_of(ctx).address)
        await call_of(ctx).ctx("core").jobs.enqueue(self.reset, ask)

    async def invite_all(self, ctx: Context, people: Sequence[UUID], portion: int = 100) -> None:
        """Invites all of them, by jobs of so many each."""
        parts = [list(people[at : at + portion]) for at in range(0, len(people), portion)]
        asks = [InviteAsk(people=part) for part in parts]
        await call_of(ctx).ctx("core").jobs.enqueue_many(self.invite, asks)


async def _write(
    ctx: Context,
    tickets: PasswordTickets,
    homes: Homes,
    person: PersonRow,
    purpose: Purpose,
    actor: Actor,
) -> None:
    """One mail, in its reader's language; nobody who left or has no address gets one."""
    if not person.email or person.state != "active":
        return
    call = call_of(ctx)
    token = await tickets.issue(call.unit, person.id, purpose, person.email, actor=actor)
    query = urlencode({"token": token})
    life = LIVES[purpose]
    model = AccountMail(
        name=person.name,
        username=person.username,
        company=ctx.tenant.name,
        link=f"{homes.of_tenant(ctx.tenant.id)}/login/{purpose}?{query}",
        hours=round(life.total_seconds() / 3_600),
        days=life.days,
    )
    own = replace(call, locale=person.locale, _contexts={})
    subject = own.t(_SUBJECTS[purpose], company=ctx.tenant.name)
    html = drawn(own, f"maru/mail/{purpose}.html", model)
    await own.ctx("core").mail.send(to=person.email, subject=subject, html=html)
