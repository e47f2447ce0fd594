"""The second factors of people as a whole: what somebody has, must have, and loses."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from maru.audit.trail import Actor
from maru.crypto.keys import Keys
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.db.unit import Unit
from maru.identity.factors import queries
from maru.identity.factors.apps import Apps
from maru.identity.factors.errors import FactorNeeded, FactorNotFound
from maru.identity.factors.models import Passkey
from maru.identity.factors.requirement import required
from maru.identity.factors.ring import PasskeyRing
from maru.identity.factors.sheet import Sheets

Granted = Callable[[UUID, UUID], Awaitable["Roles"]]
"""The rights of a tenant's person, as `maru.access` compiles them."""


class Roles(Protocol):
    """What is asked of somebody's rights."""

    @property
    def roles(self) -> tuple[str, ...]: ...


class Trail(Protocol):
    """Where changes of factors are written down (`maru.audit.trail.AuditTrail`)."""

    async def write(
        self, unit: Unit, action: str, target: str, *, actor: Actor, after: Mapping[str, Any]
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """What a person has set up: an app, passkeys, and how many codes on paper are left."""

    app: bool
    passkeys: list[Passkey]
    codes: int

    @property
    def any(self) -> bool:
        """Whether a sign-in with a password asks for one of them."""
        return self.app or bool(self.passkeys)


class Factors:
    """Second factors of every tenant's people, or of whose rows these are; changes are audited."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        vault: Vault,
        audit: Trail,
        granted: Granted,
        clock: Callable[[], float] = time.time,
        rows: queries.Statements = queries.PEOPLE,
    ) -> None:
        self.apps = Apps(database, keys, vault, clock, rows)
        self.ring = PasskeyRing(database, keys, clock, rows)
        self.sheets = Sheets(keys, vault, clock, rows)
        self._rows = rows
        self._audit = audit
        self._granted = granted

    async def held(self, unit: Unit, person_id: UUID) -> Held:
        """What the person has."""
        return Held(
            await self.apps.there(unit, person_id),
            await self.ring.of(unit, person_id),
            await self.sheets.left(unit, person_id),
        )

    async def has(self, unit: Unit, person_id: UUID) -> bool:
        """Whether the person has a factor, in one question."""
        session = await unit.session()
        return bool(await session.scalar(self._rows.has_factor, {"person": person_id}))

    async def must(self, unit: Unit, person_id: UUID) -> bool:
        """Whether the tenant asks this person for one."""
        requirement = await required(unit)
        if requirement.who != "roles":
            return requirement.who == "everyone"
        assert unit.scope.tenant is not None
        return requirement.asks((await self._granted(unit.scope.tenant, person_id)).roles)

    async def added(self, unit: Unit, person_id: UUID, what: str, actor: Actor) -> None:
        """Notes that a factor was set up; the first one brings codes on paper."""
        if not await self.sheets.left(unit, person_id):
            await self.sheets.draw(unit, person_id)
        await self._told(unit, "auth.factor_added", person_id, what, actor)

    async def redraw(self, unit: Unit, person_id: UUID, actor: Actor) -> None:
        """New codes on paper in place of the old ones; raises FactorNotFound without a factor."""
        if not await self.has(unit, person_id):
            raise FactorNotFound
        await self.sheets.draw(unit, person_id)
        await self._told(unit, "auth.recovery_codes_drawn", person_id, "recovery", actor)

    async def remove_app(self, unit: Unit, person_id: UUID, actor: Actor) -> None:
        """Takes the app away; raises FactorNotFound, or FactorNeeded for the last one."""
        if not await self.apps.remove(unit, person_id):
            raise FactorNotFound
        await self._lost(unit, person_id, "totp", actor)

    async def remove_passkey(
        self, unit: Unit, person_id: UUID, passkey_id: UUID, actor: Actor
    ) -> None:
        """Takes a passkey away; raises like `remove_app`."""
        name = await self.ring.remove(unit, person_id, passkey_id)
        await self._lost(unit, person_id, f"passkey:{name}", actor)

    async def reset(self, unit: Unit, person_id: UUID, actor: Actor) -> None:
        """Takes all factors of a person away, for an administrator: the phone is lost."""
        await self.apps.remove(unit, person_id)
        await self.ring.clear(unit, person_id)
        await self.sheets.forget(unit, person_id)
        await self._told(unit, "auth.factors_reset", person_id, "all", actor)

    async def _lost(self, unit: Unit, person_id: UUID, what: str, actor: Actor) -> None:
        if not await self.has(unit, person_id):
            if await self.must(unit, person_id):
                raise FactorNeeded
            await self.sheets.forget(unit, person_id)
        await self._told(unit, "auth.factor_removed", person_id, what, actor)

    async def _told(
        self, unit: Unit, action: str, person_id: UUID, what: str, actor: Actor
    ) -> None:
        target = f"person:{person_id}"
        await self._audit.write(unit, action, target, actor=actor, after={"factor": what})
