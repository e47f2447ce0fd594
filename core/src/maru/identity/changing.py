"""How a password becomes another: by its owner, who knows the old one, or as a step of signing
in."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from maru.audit.trail import AuditTrail
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity.errors import InvalidCredentials, WeakPassword
from maru.identity.models import Person
from maru.identity.policy import check_password
from maru.identity.sessions import Sessions
from maru.identity.sign_in import Origin
from maru.identity.steps import NewPassword, Proved, mark_of, standing
from maru.identity.tickets import end_tickets
from maru.identity.tokens import Caller
from maru_sdk.db import col


class PasswordChanges:
    """Changes people's passwords; every change ends the sessions that the old one opened."""

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

    async def change(
        self, caller: Caller, current: str, new: str, origin: Origin, *, tokens: bool = False
    ) -> None:
        """Sets a new password and ends the person's other sessions, with `tokens` their personal
        access tokens too; raises InvalidCredentials or WeakPassword."""
        proved = await self._sessions.prove_again(
            caller.tenant_id, caller.person_id, current, origin
        )
        await self._replace(proved, new, origin, but=caller.session_id, tokens=tokens)

    async def choose(
        self,
        tenant_id: UUID,
        ticket: str,
        new: str,
        origin: Origin,
        visitor: str | None = None,
    ) -> Proved:
        """The step `new_password`: sets it, ends all sessions and tokens, for an admin has asked
        for it, and gives who may go on; raises as `Sessions.resume`, or WeakPassword."""
        step = NewPassword.name
        proved = await self._sessions.resume(tenant_id, ticket, step, visitor)
        return proved.past(step, await self._replace(proved, new, origin))

    async def _replace(
        self,
        proved: Proved,
        new: str,
        origin: Origin,
        *,
        but: UUID | None = None,
        tokens: bool = True,
    ) -> str:
        """Sets the password of somebody who proved themselves; gives its mark."""
        await self._judge(proved, new)
        hashed = await self._sessions.passwords.hash(new)
        person_id = proved.person_id
        async with committing(self._database.unit(Scope(proved.tenant_id))) as unit:
            was = await self._sessions.steps.check(unit, proved)
            await self._store(unit, person_id, was.password_hash, hashed)
            await end_tickets(unit, person_id, self._now())
            await self._sessions.end_all(unit, person_id, "password", but=but, tokens=tokens)
            await self._audit.write(
                unit,
                "auth.password_changed",
                f"person:{person_id}",
                actor=origin.actor(person_id),
                after={"tokens_ended": tokens},
            )
            return mark_of(await standing(unit, person_id))

    async def _judge(self, proved: Proved, new: str) -> None:
        """Raises WeakPassword for one that the tenant doesn't take, or that is the old one."""
        async with self._database.unit(Scope(proved.tenant_id), readonly=True) as unit:
            now = await standing(unit, proved.person_id)
        policy = await self._sessions.policy_of(proved.tenant_id)
        check_password(new, now.username, now.name, now.email or "", policy=policy)
        stored = now.password_hash
        if stored is not None and (await self._sessions.passwords.verify(stored, new)).right:
            raise WeakPassword("SAME", "This is the password that you have already")

    async def _store(self, unit: Unit, person_id: UUID, was: str | None, hashed: str) -> None:
        """Writes it unless the password changed since it was proved."""
        changed = await (await unit.session()).execute(
            sa.update(Person)
            .where(
                col(Person.id) == person_id,
                col(Person.password_hash).is_not_distinct_from(was),
                col(Person.state) == "active",
            )
            .values(
                password_hash=hashed,
                password_changed_at=self._now(),
                must_change_password=False,
            )
            .returning(col(Person.id))
        )
        if changed.one_or_none() is None:
            raise InvalidCredentials

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)
