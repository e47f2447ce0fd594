"""Sessions: what a sign-in opens, tokens and cookies speak for, and everything must obey when it
ends.

PostgreSQL holds the truth. An access token is believed for its quarter of an hour unless its
session is known to have ended; the signal `session` tells every process of that.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from maru.audit.trail import Actor, AuditTrail
from maru.crypto.keys import Keys
from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.db.scope import NOBODY, Scope
from maru.db.unit import Unit, committing
from maru.identity import queries
from maru.identity.devices import DEVICE_TYPE, Device, Devices
from maru.identity.errors import (
    InvalidCredentials,
    SessionNotFound,
    TenantMismatch,
    TokenExpired,
    TokenInvalid,
    TokenReused,
)
from maru.identity.models import Person, Session
from maru.identity.personal import PersonalTokens
from maru.identity.policy import PolicyOf, usual_policy
from maru.identity.queries import SessionLine, Standing
from maru.identity.refresh import RefreshSecret, rotation_key
from maru.identity.rotation import (
    REFRESH_LIFE,
    Outcome,
    Use,
    check_alive,
    family_of,
    insert_token,
    present,
)
from maru.identity.sign_in import KNOWN_FOR, Origin, SignIn
from maru.identity.signing import SigningKeys
from maru.identity.steps import TICKET_TYPE, Proved, Steps
from maru.identity.tokens import Caller, TokenKind
from maru.identity.verified import EndedSessions, VerifiedTokens
from maru.signals import Signals
from maru.signals.models import Signal
from maru_sdk.db import col, uuid7

ACCESS_LIFE: Final = 900
SESSION_LIFE: Final = timedelta(days=30)
_REMEMBER_ENDED: Final = ACCESS_LIFE + 300
_OLD_COOKIE: Final = 60.0
_NOWHERE: Final = Origin()


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """What an API client gets for a password or a refresh token."""

    access_token: str
    refresh_token: str
    caller: Caller
    expires_in: int = ACCESS_LIFE
    token_type: str = "Bearer"  # noqa: S105 (a word of the protocol)


@dataclass(frozen=True, slots=True, repr=False)
class BrowserSession:
    """What a browser gets: the value of its one cookie, until when that is worth anything, and the
    name by which the browser is known again; `new_device` where it is none that its person had
    signed in with before."""

    cookie: str
    caller: Caller
    max_age: int
    device: str = ""
    new_device: bool = False


class Sessions:
    """Opens, renews, verifies and ends sessions."""

    def __init__(
        self,
        database: Database,
        signals: Signals,
        keys: Keys,
        clock: Callable[[], float] = time.time,
        *,
        passwords: Passwords | None = None,
        audit: AuditTrail | None = None,
        policy_of: PolicyOf = usual_policy,
    ) -> None:
        self.policy_of = policy_of
        self.passwords = passwords or Passwords()
        self._database = database
        self._signals = signals
        self._clock = clock
        self._audit = audit or AuditTrail()
        self.signing = SigningKeys(database, signals, keys, clock, self._forget_verified)
        ring = self.signing.ring
        self._devices = Devices(TokenKind(ring, DEVICE_TYPE, clock), clock)
        self._sign_in = SignIn(database, self.passwords, self._audit, clock, self._devices)
        self._access = TokenKind(ring, "at+jwt", clock)
        self._cookie = TokenKind(ring, "maru-cookie+jwt", clock)
        self.steps = Steps(TokenKind(ring, TICKET_TYPE, clock), clock, policy_of)
        self._rotation_key = rotation_key(keys)
        self._ended = EndedSessions(_REMEMBER_ENDED, clock)
        self._verified = VerifiedTokens(self._ended, clock)
        self._cookies = VerifiedTokens(self._ended, clock)
        self.personal = PersonalTokens(database, signals, self._ended, self._audit, clock)
        self._renewals: dict[UUID, asyncio.Task[BrowserSession]] = {}
        signals.on("session", self._heard)

    async def load(self) -> None:
        """Learns the signing keys and which sessions ended lately; called once, after
        `signals.start()`."""
        await self.signing.load()
        since = self._now() - timedelta(seconds=_REMEMBER_ENDED)
        recent = sa.select(col(Signal.key)).where(
            col(Signal.kind) == "session", col(Signal.created_at) > since
        )
        async with self._database.unit(NOBODY, readonly=True) as unit:
            for key in await (await unit.session()).scalars(recent):
                self._ended.add(UUID(key))

    def close(self) -> None:
        """Ends the threads that hash passwords."""
        self.passwords.close()

    # Sign-in

    async def login(
        self, tenant_id: UUID, username: str, password: str, origin: Origin = _NOWHERE
    ) -> Tokens:
        """Opens a session for an API client; raises InvalidCredentials, TooManyAttempts or
        StepRequired."""
        return await self.enter_client(
            await self.prove_password(tenant_id, username, password, origin), origin
        )

    async def login_browser(
        self,
        tenant_id: UUID,
        username: str,
        password: str,
        origin: Origin = _NOWHERE,
        visitor: str = "",
    ) -> BrowserSession:
        """Opens a session for a browser; raises like `login`. `visitor` is its cookie's value, to
        which the tickets of further steps are bound."""
        proved = await self.prove_password(tenant_id, username, password, origin)
        return await self.enter_browser(proved, origin, visitor)

    async def prove_password(
        self, tenant_id: UUID, username: str, password: str, origin: Origin = _NOWHERE
    ) -> Proved:
        """Whose user name and password these are; raises InvalidCredentials or TooManyAttempts."""
        return await self._sign_in.by_name(tenant_id, username, password, origin)

    async def prove_again(
        self, tenant_id: UUID, person_id: UUID, password: str, origin: Origin = _NOWHERE
    ) -> Proved:
        """The same for somebody who is signed in and proves it once more."""
        return await self._sign_in.by_id(tenant_id, person_id, password, origin)

    async def enter_client(self, proved: Proved, origin: Origin = _NOWHERE) -> Tokens:
        """How every sign-in of a program ends: with its tokens, or StepRequired."""
        return await self._open_client(proved, origin, stops=True)

    async def enter_browser(
        self, proved: Proved, origin: Origin = _NOWHERE, visitor: str = ""
    ) -> BrowserSession:
        """How every sign-in of a browser ends: with its session, or StepRequired."""
        return await self._open_browser(proved, origin, visitor)

    async def open_client(
        self, tenant_id: UUID, person_id: UUID, method: str, origin: Origin = _NOWHERE
    ) -> Tokens:
        """Opens a session whatever steps were due; raises InvalidCredentials for who may not sign
        in."""
        return await self._open_client(Proved(tenant_id, person_id, method), origin, stops=False)

    async def open_browser(
        self, tenant_id: UUID, person_id: UUID, method: str, origin: Origin = _NOWHERE
    ) -> BrowserSession:
        """The same for a browser."""
        return await self._open_browser(Proved(tenant_id, person_id, method), origin, None)

    async def resume(
        self, tenant_id: UUID, ticket: str, step: str, visitor: str | None = None
    ) -> Proved:
        """Who stands before this step; raises as `Steps.resume`. `visitor` is None for
        programs."""
        async with self._database.unit(Scope(tenant_id), readonly=True) as unit:
            return await self.steps.resume(unit, ticket, step, visitor)

    async def refresh(self, tenant_id: UUID, token: str, origin: Origin = _NOWHERE) -> Tokens:
        """Exchanges a refresh token; raises TokenInvalid, TokenExpired, TokenReused or
        TenantMismatch."""
        presented = _presented(tenant_id, token)
        child = presented.child(self._rotation_key)
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            outcome = await present(await unit.session(), presented, child, self._now())
            if outcome.use is Use.REUSED:
                await self._reused(unit, presented, outcome, origin)
        if outcome.use is Use.REUSED:
            raise TokenReused
        return self._tokens(child, outcome.person_id)

    async def logout(self, tenant_id: UUID, token: str, origin: Origin = _NOWHERE) -> None:
        """Ends the session of a refresh token; one that has ended already is no error."""
        presented = _presented(tenant_id, token)
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            session = await unit.session()
            found = await session.execute(queries.TOKEN, {"token_hash": presented.hash})
            row = found.one_or_none()
            if row is None or row.session_id != presented.session_id:
                raise TokenInvalid
            await self.end(unit, presented.session_id, "logout", origin)

    # Verification, at every request

    def verify(self, token: str) -> Caller:
        """The caller of an access token; raises TokenInvalid or TokenExpired."""
        caller = self._verified.get(token)
        if caller is None:
            caller, _ = self._access.read(token)
            self._verified.check(caller)
            self._verified.keep(token, caller)
        return caller

    def peek_cookie(self, value: str) -> Caller | None:
        """The caller of a cookie without waiting; None where it has to be looked at or renewed."""
        try:
            return self._cookies.get(value)
        except TokenExpired:
            return None

    async def from_cookie(self, value: str) -> tuple[Caller, str | None]:
        """The caller of a cookie and, where it had to be renewed, the value that takes its place.

        Raises TokenInvalid or TokenExpired: the browser is not signed in.
        """
        if (caller := self.peek_cookie(value)) is not None:
            return caller, None
        caller, claims = self._cookie.read(value)
        self._verified.check(caller)
        fresh = claims.get("fresh")
        if not isinstance(fresh, int):
            raise TokenInvalid
        if fresh > self._clock():
            caller = replace(caller, expires_at=float(fresh))
            self._cookies.keep(value, caller)
            return caller, None
        renewed = await self._renew(caller)
        # Requests that left with the old cookie meanwhile needn't ask the database again.
        self._cookies.keep(value, replace(renewed.caller, expires_at=self._clock() + _OLD_COOKIE))
        return renewed.caller, renewed.cookie

    async def lives_until(self, caller: Caller) -> float | None:
        """When the caller's session ends at the latest (seconds since 1970); None where it is over
        or its person may not sign in any more."""
        async with self._database.unit(Scope(caller.tenant_id), readonly=True) as unit:
            session = await unit.session()
            found = await session.execute(queries.LIVES, {"session_id": caller.session_id})
            row = found.one_or_none()
        if row is None or row.ended_at is not None or row.state != "active":
            return None
        ends: float = row.expires_at.timestamp()
        return ends if ends > self._clock() else None

    # Endings

    async def end(
        self, unit: Unit, session_id: UUID, reason: str, origin: Origin = _NOWHERE
    ) -> None:
        """Ends a session of the unit's tenant, audited as a sign-out; every process obeys."""
        session = await unit.session()
        family = await family_of(session, session_id)
        if family.ended_at is not None:
            return
        await self._mark_ended(unit, session_id, reason)
        target = f"person:{family.person_id}"
        actor = origin.actor(family.person_id)
        await self._audit.write(
            unit, "auth.logout", target, actor=actor, after={"session": str(session_id)}
        )

    async def list(self, unit: Unit, person_id: UUID) -> Sequence[SessionLine]:
        """Where a person of the unit's tenant is signed in, the latest first."""
        now = self._now()
        since = now - REFRESH_LIFE  # who wasn't seen since then can't come back
        return await unit.read(queries.SESSIONS_OF, person=person_id, now=now, since=since)

    async def end_one(self, unit: Unit, person_id: UUID, session_id: UUID, actor: Actor) -> None:
        """Ends a session of this person, by them or by an admin; raises SessionNotFound."""
        if all(one.id != session_id for one in await self.list(unit, person_id)):
            raise SessionNotFound
        reason = "logout" if actor.person_id == person_id else "admin"
        await self._mark_ended(unit, session_id, reason)
        told = {"session": str(session_id)}
        await self._audit.write(
            unit, "auth.session_ended", f"person:{person_id}", actor=actor, before=told
        )

    async def end_all(
        self,
        unit: Unit,
        person_id: UUID,
        reason: str,
        *,
        but: UUID | None = None,
        tokens: bool = True,
    ) -> None:
        """Ends every session of a person but one, and their personal tokens too unless told."""
        if tokens:
            await self.personal.end_all(unit, person_id, reason)
        session = await unit.session()
        live = (await session.scalars(queries.LIVE_SESSIONS, {"person_id": person_id})).all()
        for session_id in live:
            if session_id != but:
                await self._mark_ended(unit, session_id, reason)

    async def token_scopes(self, tenant_id: UUID, token_id: UUID) -> frozenset[str]:
        """See `PersonalTokens.scopes`."""
        return await self.personal.scopes(tenant_id, token_id)

    async def sign_out(self, caller: Caller, origin: Origin = _NOWHERE) -> None:
        """Ends the caller's session, in a unit of its own."""
        async with committing(self._database.unit(Scope(caller.tenant_id))) as unit:
            await self.end(unit, caller.session_id, "logout", origin)

    async def forget_old(self, unit: Unit) -> None:
        """Deletes the sessions of the unit's tenant that ended long ago, with their tokens."""
        long_ago = self._now() - KNOWN_FOR
        over = sa.func.least(col(Session.expires_at), col(Session.ended_at))
        await (await unit.session()).execute(sa.delete(Session).where(over < long_ago))

    # Inside

    def _forget_verified(self) -> None:
        self._verified.clear()
        self._cookies.clear()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    async def _heard(self, _: UUID | None, key: str) -> None:
        self._ended.add(UUID(key))

    def _tokens(self, secret: RefreshSecret, person_id: UUID) -> Tokens:
        expires = float(int(self._clock()) + ACCESS_LIFE)
        caller = Caller(secret.tenant_id, person_id, secret.session_id, expires)
        return Tokens(self._access.issue(caller), str(secret), caller)

    def _browser(self, caller: Caller, ends: datetime) -> BrowserSession:
        fresh = int(self._clock()) + ACCESS_LIFE
        cookie = self._cookie.issue(replace(caller, expires_at=ends.timestamp()), fresh=fresh)
        age = max(0, int((ends - self._now()).total_seconds()))
        return BrowserSession(cookie, replace(caller, expires_at=float(fresh)), age)

    async def _open_client(self, proved: Proved, origin: Origin, *, stops: bool) -> Tokens:
        async with committing(self._database.unit(Scope(proved.tenant_id))) as unit:
            now = await self.steps.check(unit, proved)
            if stops:
                await self.steps.stop(unit, proved, now, None)
            session_id, opened = await self._open(unit, proved, now, origin)
            secret = RefreshSecret.new(proved.tenant_id, session_id)
            await insert_token(await unit.session(), secret, opened + REFRESH_LIFE)
        return self._tokens(secret, proved.person_id)

    async def _open_browser(
        self, proved: Proved, origin: Origin, visitor: str | None
    ) -> BrowserSession:
        device = self._devices.named(proved.tenant_id, proved.person_id, origin.device)
        async with committing(self._database.unit(Scope(proved.tenant_id))) as unit:
            now = await self.steps.check(unit, proved)
            if visitor is not None:
                await self.steps.stop(unit, proved, now, visitor)
            session_id, opened = await self._open(unit, proved, now, origin, device)
        caller = Caller(proved.tenant_id, proved.person_id, session_id, 0)
        return replace(
            self._browser(caller, opened + REFRESH_LIFE),
            device=device.value,
            new_device=device.new and now.signed_in_before,
        )

    async def _open(
        self,
        unit: Unit,
        proved: Proved,
        standing: Standing,
        origin: Origin,
        device: Device | None = None,
    ) -> tuple[UUID, datetime]:
        """A new session row, and what a sign-in leaves besides."""
        now, session_id = self._now(), uuid7()
        await self._arrived(unit, proved, standing, now)
        row = {
            "id": session_id,
            "person_id": proved.person_id,
            "method": proved.method,
            "last_seen_at": now,
            "expires_at": now + SESSION_LIFE,
            "address": origin.address,
            "agent": (origin.agent or "")[:300] or None,
            "device_id": None if device is None else device.id,
            "new_device": device is not None and device.new and standing.signed_in_before,
        }
        await (await unit.session()).execute(sa.insert(Session), [row])
        await self._audit.write(
            unit,
            "auth.login",
            f"person:{proved.person_id}",
            actor=origin.actor(proved.person_id),
            after={"session": str(session_id), "method": proved.method},
        )
        return session_id, now

    async def _arrived(self, unit: Unit, proved: Proved, standing: Standing, now: datetime) -> None:
        """Notes the sign-in, unless password or state changed since they were looked at."""
        renewed = {"password_hash": proved.renewed} if proved.renewed else {}
        changed = await (await unit.session()).execute(
            sa.update(Person)
            .where(
                col(Person.id) == proved.person_id,
                col(Person.password_hash).is_not_distinct_from(standing.password_hash),
                col(Person.state) == "active",
            )
            .values(last_sign_in_at=now, **renewed)
            .returning(col(Person.id))
        )
        if changed.one_or_none() is None:
            raise InvalidCredentials

    async def _reused(
        self, unit: Unit, presented: RefreshSecret, outcome: Outcome, origin: Origin
    ) -> None:
        if not outcome.live:
            return
        await self._mark_ended(unit, presented.session_id, "reused")
        await self._audit.write(
            unit,
            "auth.token_reused",
            f"person:{outcome.person_id}",
            actor=origin.actor(outcome.person_id),
            after={"session": str(presented.session_id)},
        )

    async def _mark_ended(self, unit: Unit, session_id: UUID, reason: str) -> None:
        session = await unit.session()
        await session.execute(
            sa.update(Session)
            .where(col(Session.id) == session_id)
            .values(ended_at=self._now(), end_reason=reason)
        )
        await self._signals.send(unit, "session", str(session_id), unit.scope.tenant)

        async def obey() -> None:
            self._ended.add(session_id)

        unit.on_commit(obey)

    async def _renew(self, caller: Caller) -> BrowserSession:
        """One renewal per session at a time, however many tabs ask."""
        task = self._renewals.get(caller.session_id)
        if task is None:
            task = asyncio.create_task(self._renewed(caller))
            self._renewals[caller.session_id] = task
            task.add_done_callback(lambda _: self._renewals.pop(caller.session_id, None))
        return await asyncio.shield(task)

    async def _renewed(self, caller: Caller) -> BrowserSession:
        now = self._now()
        async with committing(self._database.unit(Scope(caller.tenant_id))) as unit:
            session = await unit.session()
            family = await family_of(session, caller.session_id)
            await check_alive(session, family, now)
            await _seen(session, caller.session_id, now)
        return self._browser(caller, min(now + REFRESH_LIFE, family.expires_at))


async def _seen(session: AsyncSession, session_id: UUID, now: datetime) -> None:
    await session.execute(
        sa.update(Session).where(col(Session.id) == session_id).values(last_seen_at=now)
    )


def _presented(tenant_id: UUID, token: str) -> RefreshSecret:
    presented = RefreshSecret.parse(token)
    if presented.tenant_id != tenant_id:
        raise TenantMismatch
    return presented
