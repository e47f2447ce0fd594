"""Personal access tokens: what people make for programs of theirs, with part of their own rights.

A token names its tenant; the rest is a secret of which the database keeps the hash alone. What was
read of one is believed for some minutes, unless the signal `session` says that it has ended: a warm
request costs no query, and an ended token is refused within two seconds.
"""

import base64
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.audit.trail import Actor, AuditTrail
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru.identity import queries
from maru.identity.errors import (
    TenantMismatch,
    TokenExpired,
    TokenInvalid,
    TokenNotFound,
    TokenOver,
    TooManyTokens,
)
from maru.identity.models import PersonalToken
from maru.identity.tokens import Caller
from maru.identity.verified import EndedSessions
from maru.signals import Signals
from maru_sdk.db import col, uuid7

PREFIX: Final = "maru_pat_"
READ, ALL = "read", "all"
LONGEST: Final = timedelta(days=366)
MOST: Final = 50
_SECRET: Final = 32
_BELIEVED: Final = 300.0
_CAPACITY: Final = 10_000


@dataclass(frozen=True, slots=True, repr=False)
class Made:
    """A new token, which is shown this once."""

    id: UUID
    token: str


class PersonalTokens:
    """Makes, verifies and ends them."""

    def __init__(
        self,
        database: Database,
        signals: Signals,
        ended: EndedSessions,
        audit: AuditTrail,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._signals = signals
        self._ended = ended
        self._audit = audit
        self._clock = clock
        self._known: OrderedDict[str, tuple[Caller, float]] = OrderedDict()

    # At every request

    def peek(self, token: str) -> Caller | None:
        """The caller of a token without waiting; None where it has to be looked at."""
        known = self._known.get(token)
        if known is None or known[1] <= self._clock():
            return None
        return self._checked(known[0])

    async def read(self, tenant_id: UUID, token: str, address: str | None = None) -> Caller:
        """The caller of a token; raises TokenInvalid, TokenExpired or TenantMismatch."""
        if tenant_of(token) != tenant_id:
            raise TenantMismatch
        async with self._database.unit(Scope(tenant_id), readonly=True) as unit:
            found = await unit.read(queries.PERSONAL, hash=_hash(token))
        if not found:
            raise TokenInvalid
        row = found[0]
        caller = Caller(
            tenant_id,
            row.person_id,
            row.id,
            row.expires_at.timestamp(),
            frozenset(row.scopes.split()),
        )
        self._checked(caller)
        await self._used(tenant_id, row.id, address)
        self._known[token] = caller, self._clock() + _BELIEVED
        while len(self._known) > _CAPACITY:
            self._known.popitem(last=False)
        return self._checked(caller)

    async def scopes(self, tenant_id: UUID, token_id: UUID) -> frozenset[str]:
        """What a token permits that work was asked by, though it may have expired since; raises
        TokenOver where it was ended."""
        unit = self._database.unit(Scope(tenant_id), readonly=True)
        for found in await unit.read(queries.PERSONAL_SCOPES, id=token_id):
            if found.ended_at is None:
                return frozenset(found.scopes.split())
        raise TokenOver

    # By people

    async def make(
        self,
        unit: Unit,
        person_id: UUID,
        name: str,
        scopes: Collection[str],
        expires_at: datetime,
        actor: Actor,
    ) -> Made:
        """A new token of the unit's tenant; raises TooManyTokens."""
        tenant_id = unit.scope.tenant
        assert tenant_id is not None
        if len(await self.list(unit, person_id)) >= MOST:
            raise TooManyTokens(most=MOST)
        raw = tenant_id.bytes + secrets.token_bytes(_SECRET)
        token = PREFIX + base64.urlsafe_b64encode(raw).decode()
        token_id = uuid7()
        row = {
            "id": token_id,
            "person_id": person_id,
            "name": name,
            "token_hash": _hash(token),
            "hint": token[-4:],
            "scopes": " ".join(sorted(scopes)),
            "expires_at": expires_at,
        }
        await (await unit.session()).execute(sa.insert(PersonalToken), [row])
        told = {"name": name, "scopes": sorted(scopes), "expires_at": expires_at.isoformat()}
        await self._audit.write(
            unit, "auth.token_made", f"person:{person_id}", actor=actor, after=told
        )
        return Made(token_id, token)

    async def list(self, unit: Unit, person_id: UUID) -> Sequence[queries.PersonalLine]:
        """A person's tokens that haven't ended, the newest first; expired ones among them."""
        return await unit.read(queries.PERSONAL_OF, person=person_id)

    async def end(
        self, unit: Unit, person_id: UUID, token_id: UUID, reason: str, actor: Actor
    ) -> None:
        """Ends one of this person's; raises TokenNotFound."""
        if not await self._mark_ended(unit, person_id, reason, token_id):
            raise TokenNotFound
        told = {"token": str(token_id)}
        await self._audit.write(
            unit, "auth.token_ended", f"person:{person_id}", actor=actor, before=told
        )

    async def end_all(self, unit: Unit, person_id: UUID, reason: str) -> None:
        """Ends all of this person's."""
        await self._mark_ended(unit, person_id, reason)

    # Inside

    async def _mark_ended(
        self, unit: Unit, person_id: UUID, reason: str, token_id: UUID | None = None
    ) -> bool:
        change = (
            sa.update(PersonalToken)
            .where(col(PersonalToken.person_id) == person_id, col(PersonalToken.ended_at).is_(None))
            .values(ended_at=self._now(), end_reason=reason)
            .returning(col(PersonalToken.id))
        )
        if token_id is not None:
            change = change.where(col(PersonalToken.id) == token_id)
        ended = (await (await unit.session()).execute(change)).scalars().all()
        for one in ended:
            await self._signals.send(unit, "session", str(one), unit.scope.tenant)

        async def obey() -> None:
            for one in ended:
                self._ended.add(one)

        unit.on_commit(obey)
        return bool(ended)

    def _checked(self, caller: Caller) -> Caller:
        if caller.expires_at <= self._clock():
            raise TokenExpired
        if caller.session_id in self._ended:
            raise TokenInvalid
        return caller

    async def _used(self, tenant_id: UUID, token_id: UUID, address: str | None) -> None:
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            await (await unit.session()).execute(
                sa.update(PersonalToken)
                .where(col(PersonalToken.id) == token_id)
                .values(last_used_at=self._now(), last_address=address)
            )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def permits_all(scopes: frozenset[str]) -> bool:
    """Whether such a token has all rights of its person; one that reads is held to it by what it
    may ask for."""
    return ALL in scopes or READ in scopes


def tenant_of(token: str) -> UUID:
    """Whose tenant's a token says it is; raises TokenInvalid for what can't be one of ours."""
    try:
        raw = base64.b64decode(token.removeprefix(PREFIX).encode(), b"-_", True)
    except ValueError as error:
        raise TokenInvalid from error
    if not token.startswith(PREFIX) or len(raw) != 16 + _SECRET:
        raise TokenInvalid
    return UUID(bytes=raw[:16])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
