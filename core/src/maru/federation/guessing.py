"""Slows guessing at directories down as it is slowed down here: counted by name and address, so
that nobody locks anybody out."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from maru.audit.trail import AuditTrail
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity import queries
from maru.identity.errors import InvalidCredentials
from maru.identity.sign_in import KNOWN_FOR, Origin, fold
from maru.identity.throttle import WINDOW, Recorded, Throttle, since_success

_NO_PERSON = UUID(int=0)


class Guessing:
    """What was tried at the directories of all tenants."""

    def __init__(self, database: Database, audit: AuditTrail, clock: Callable[[], float]) -> None:
        self._database, self._audit, self._clock = database, audit, clock
        self._throttle = Throttle(clock)

    @asynccontextmanager
    async def attempt(
        self, tenant_id: UUID, key: str, username: str, origin: Origin
    ) -> AsyncIterator[None]:
        """Around a question: InvalidCredentials counts as a guess, anything else as nothing.
        Raises TooManyAttempts."""
        name = f"ldap:{key}:{fold(username)}"
        target = f"account:{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        spot = (tenant_id, name, origin.address or "")
        self._throttle.begin(spot)
        try:
            recorded = await self._recorded(tenant_id, target, spot[2], username)
            self._throttle.check(recorded, spot[:2])
            yield
        except InvalidCredentials:
            await self._failed(tenant_id, target, origin, key)
            raise
        except BaseException:
            self._throttle.withdraw(spot)
            raise
        self._throttle.forget(spot)

    async def _recorded(
        self, tenant_id: UUID, target: str, address: str, username: str
    ) -> Recorded:
        """What the database remembers; who has this user name here is known where they have
        signed in before."""
        since = datetime.fromtimestamp(self._clock(), UTC) - timedelta(seconds=WINDOW)
        unit = self._database.unit(Scope(tenant_id))
        lines = await unit.read(queries.ATTEMPTS, target=target, address=address, since=since)
        found = next(iter(await unit.read(queries.CREDENTIALS, key=fold(username))), None)
        (record,) = await unit.read(
            queries.ADDRESS,
            address=address,
            since=since,
            person=found.id if found else _NO_PERSON,
            known_since=since - KNOWN_FOR,
        )
        failures = since_success((line.succeeded, line.moment) for line in lines)
        (guesses,) = await unit.read(queries.GUESSES, target=target, since=since)
        known = record.known
        return Recorded(failures, record.failures, record.last, known, guesses.number)

    async def _failed(self, tenant_id: UUID, target: str, origin: Origin, key: str) -> None:
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            actor, after = origin.actor(None), {"method": f"ldap:{key}"}
            await self._audit.write(unit, "auth.login_failed", target, actor=actor, after=after)
