"""A user name and a password become a person, or a refusal that tells nothing."""

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from maru.audit.trail import Actor, AuditTrail
from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity import queries
from maru.identity.devices import Devices
from maru.identity.errors import InvalidCredentials
from maru.identity.queries import Credentials
from maru.identity.steps import Proved
from maru.identity.throttle import WINDOW, Recorded, Spot, Throttle, since_success

PASSWORD: Final = "password"  # noqa: S105 (a method's name)
KNOWN_FOR: Final = timedelta(days=30)
_NO_PERSON: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; `device` is what its browser shows as its own (`Devices`)."""

    address: str | None = None
    agent: str | None = None
    trace: str | None = None
    device: str | None = None

    def actor(self, person_id: UUID | None, plugin: str = "auth") -> Actor:
        """The origin as the audit trail names it."""
        return Actor(person_id, plugin, self.address, self.trace)


class SignIn:
    """Checks passwords, slows down guessing, and writes what failed to the audit trail."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        audit: AuditTrail,
        clock: Callable[[], float],
        devices: Devices,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._audit = audit
        self._clock = clock
        self._devices = devices
        self._throttle = Throttle(clock)

    async def by_name(
        self, tenant_id: UUID, username: str, password: str, origin: Origin
    ) -> Proved:
        """The person of this user name; raises InvalidCredentials or TooManyAttempts."""
        key = fold(username)
        unit = self._database.unit(Scope(tenant_id))
        found = next(iter(await unit.read(queries.CREDENTIALS, key=key)), None)
        return await self._check(tenant_id, key, found, password, origin)

    async def by_id(
        self, tenant_id: UUID, person_id: UUID, password: str, origin: Origin
    ) -> Proved:
        """The same for somebody who is signed in and proves it once more."""
        unit = self._database.unit(Scope(tenant_id))
        found = next(iter(await unit.read(queries.CREDENTIALS_OF, id=person_id)), None)
        key = fold(found.username) if found else str(person_id)
        return await self._check(tenant_id, key, found, password, origin)

    async def _check(
        self,
        tenant_id: UUID,
        key: str,
        found: Credentials | None,
        password: str,
        origin: Origin,
    ) -> Proved:
        spot = (tenant_id, key, origin.address or "")
        target = target_of(found, key)
        self._throttle.begin(spot)
        try:
            signed_in = await self._prove(spot, target, found, password, origin)
        except InvalidCredentials:
            raise
        except BaseException:  # nobody's fault, so nobody waits for it
            self._throttle.withdraw(spot)
            raise
        self._throttle.forget(spot)
        return signed_in

    async def _prove(
        self, spot: Spot, target: str, found: Credentials | None, password: str, origin: Origin
    ) -> Proved:
        """What the database remembers counts too: other processes, and this one before a
        restart."""
        self._throttle.check(spot, await self._recorded(spot, target, found, origin))
        stored = found.password_hash if found and found.state == "active" else None
        verdict = await self._passwords.verify(stored, password)
        if not verdict.right or found is None or stored is None:
            await self._failed(spot[0], target, origin)
            raise InvalidCredentials
        renewed = await self._passwords.hash(password) if verdict.outdated else None
        return Proved(spot[0], found.id, PASSWORD, checked=stored, renewed=renewed)

    async def _recorded(
        self, spot: Spot, target: str, found: Credentials | None, origin: Origin
    ) -> Recorded:
        tenant_id, _, address = spot
        now = datetime.fromtimestamp(self._clock(), UTC)
        since = now - timedelta(seconds=WINDOW)
        unit = self._database.unit(Scope(tenant_id))
        lines = await unit.read(queries.ATTEMPTS, target=target, address=address, since=since)
        (record,) = await unit.read(
            queries.ADDRESS,
            address=address,
            target=target,
            since=since,
            person=found.id if found else _NO_PERSON,
            known_since=now - KNOWN_FOR,
        )
        failures = since_success((line.succeeded, line.moment) for line in lines)
        known = record.known or self._owns(tenant_id, found, origin)
        return Recorded(failures, record.failures, record.last, known, record.account)

    def _owns(self, tenant_id: UUID, found: Credentials | None, origin: Origin) -> bool:
        """Whether this is a browser in which this person has signed in before."""
        if found is None or origin.device is None:
            return False
        return self._devices.read(tenant_id, found.id, origin.device) is not None

    async def _failed(self, tenant_id: UUID, target: str, origin: Origin) -> None:
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            await self._audit.write(unit, "auth.login_failed", target, actor=origin.actor(None))


def fold(username: str) -> str:
    """The form in which user names are compared; what no text column holds becomes a mark."""
    storable = username.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFKC", storable).casefold().strip()


def target_of(found: Credentials | None, key: str) -> str:
    """How the trail names an account. An unknown name isn't kept: it may be a mistyped
    password."""
    if found is not None:
        return f"person:{found.id}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"account:{digest}"
