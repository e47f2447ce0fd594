"""Invitations and leave to set a new password: secrets that travel by mail and are worth something
once.

The database keeps their hashes alone, so who reads it can't use them. One that is redeemed, at the
same moment by two even, takes the others of its person with it.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.audit.trail import NOBODY, Actor, AuditTrail
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity import queries
from maru.identity.errors import TicketOver
from maru.identity.models import PasswordTicket, Person
from maru.identity.policy import check_password
from maru.identity.queries import Ticket
from maru.identity.sessions import Sessions
from maru.identity.sign_in import PASSWORD, Origin
from maru.identity.steps import NewPassword, Proved, standing
from maru_sdk.db import col, uuid7

Purpose = Literal["reset", "invitation"]

PREFIX: Final = "maru_pw_"
LIVES: Final[dict[Purpose, timedelta]] = {
    "reset": timedelta(hours=1),
    "invitation": timedelta(days=7),
}
RESETS_AN_HOUR: Final = 3
_LONGEST: Final = 100


class PasswordTickets:
    """Issues and redeems them."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        audit: AuditTrail,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._audit = audit
        self._clock = clock

    async def issue(
        self,
        unit: Unit,
        person_id: UUID,
        purpose: Purpose,
        sent_to: str,
        *,
        actor: Actor = NOBODY,
    ) -> str:
        """A new one for this person, in the unit's transaction; only mail may see it."""
        token = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        row = {
            "id": uuid7(),
            "person_id": person_id,
            "purpose": purpose,
            "token_hash": _hash(token),
            "sent_to": sent_to,
            "expires_at": self._now() + LIVES[purpose],
        }
        await (await unit.session()).execute(sa.insert(PasswordTicket), [row])
        action = "auth.invited" if purpose == "invitation" else "auth.reset_sent"
        told = {"sent_to": sent_to}
        await self._audit.write(unit, action, f"person:{person_id}", actor=actor, after=told)
        return token

    async def may_reset(self, unit: Unit, person_id: UUID) -> bool:
        """Whether this person may be sent another mail of the kind already."""
        since = self._now() - timedelta(hours=1)
        (sent,) = await unit.read(queries.RESETS, person=person_id, since=since)
        return sent.people < RESETS_AN_HOUR

    async def look(self, tenant_id: UUID, token: str) -> Ticket:
        """What a ticket of this tenant is for; raises TicketOver for any that is good no more."""
        if not token.startswith(PREFIX) or len(token) > _LONGEST:
            raise TicketOver
        unit = self._database.unit(Scope(tenant_id), readonly=True)
        found = await unit.read(queries.TICKET, hash=_hash(token), now=self._now())
        for ticket in found:
            return ticket
        raise TicketOver

    async def redeem(self, tenant_id: UUID, token: str, new: str, origin: Origin) -> Proved:
        """Sets the password; gives who may go on to sign in. Raises TicketOver or WeakPassword."""
        ticket = await self.look(tenant_id, token)
        policy = await self._sessions.policy_of(tenant_id)
        names = (ticket.username, ticket.name, ticket.sent_to)
        check_password(new, *names, policy=policy)
        hashed = await self._sessions.passwords.hash(new)
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            person_id = await self._use_up(unit, token)
            await self._store(unit, person_id, hashed)
            await self._sessions.end_all(unit, person_id, "reset")
            after = {"by": ticket.purpose, "sent_to": ticket.sent_to}
            actor = origin.actor(person_id)
            await self._audit.write(
                unit, "auth.password_changed", f"person:{person_id}", actor=actor, after=after
            )
            checked = (await standing(unit, person_id)).password_hash
        return Proved(tenant_id, person_id, PASSWORD, (NewPassword.name,), checked=checked)

    async def end_all(self, unit: Unit, person_id: UUID) -> None:
        """Ends all that this person has been sent."""
        await (await unit.session()).execute(
            sa.update(PasswordTicket)
            .where(
                col(PasswordTicket.person_id) == person_id,
                col(PasswordTicket.ended_at).is_(None),
            )
            .values(ended_at=self._now())
        )

    async def forget_old(self, unit: Unit) -> None:
        """Deletes those of the unit's tenant that expired a month ago."""
        long_ago = self._now() - timedelta(days=30)
        await (await unit.session()).execute(
            sa.delete(PasswordTicket).where(col(PasswordTicket.expires_at) < long_ago)
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    async def _use_up(self, unit: Unit, token: str) -> UUID:
        """Whose it was; of two at once one waits here and finds it ended."""
        now = self._now()
        used = await (await unit.session()).execute(
            sa.update(PasswordTicket)
            .where(
                col(PasswordTicket.token_hash) == _hash(token),
                col(PasswordTicket.ended_at).is_(None),
                col(PasswordTicket.expires_at) > now,
            )
            .values(ended_at=now)
            .returning(col(PasswordTicket.person_id))
        )
        person_id: UUID | None = used.scalar_one_or_none()
        if person_id is None:
            raise TicketOver
        await self.end_all(unit, person_id)
        return person_id

    async def _store(self, unit: Unit, person_id: UUID, hashed: str) -> None:
        changed = await (await unit.session()).execute(
            sa.update(Person)
            .where(col(Person.id) == person_id, col(Person.state) == "active")
            .values(
                password_hash=hashed,
                password_changed_at=self._now(),
                must_change_password=False,
            )
            .returning(col(Person.id))
        )
        if changed.one_or_none() is None:
            raise TicketOver


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
