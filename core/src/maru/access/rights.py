"""Who may do what: compiled once per person, kept until the signal `rights` or `person` comes."""

import time
from collections.abc import Callable, Iterable
from uuid import UUID

from maru.access import queries
from maru.access.compiling import compile_rights
from maru.access.grant_desk import GrantDesk
from maru.access.granted import Granted
from maru.access.group_desk import GroupDesk
from maru.access.groups import Groups
from maru.access.privacy import Privacy
from maru.access.resources import private_resources
from maru.access.role_desk import RoleDesk
from maru.access.roles import Roles
from maru.access.things import ThingDesk
from maru.audit.trail import NOBODY, Actor, AuditTrail
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.identity.known import Known, as_id
from maru.signals import Signals
from maru_sdk import Role


class Rights:
    """The rights of every tenant's people."""

    def __init__(
        self,
        database: Database,
        signals: Signals,
        audit: AuditTrail | None = None,
        *,
        withheld: Callable[[UUID], frozenset[str]] = lambda tenant_id: frozenset(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`withheld` are the permissions that nobody of a tenant has, whatever their roles say."""
        self._database = database
        self._withheld, self._clock = withheld, clock
        self._known: Known[Granted] = Known(self._compile)
        self._signals = signals
        trail = audit or AuditTrail()
        self.roles = Roles(trail, self.changed)
        self.groups = Groups(trail, self.changed)
        self.role_desk = RoleDesk(trail, self.changed)
        self.grant_desk = GrantDesk(self.roles)
        self.group_desk = GroupDesk(trail, self.changed)
        self.privacy = Privacy(trail, self.changed)
        self.things = ThingDesk(self.roles, self.grant_desk, self.privacy)
        for kind in ("rights", "person"):
            signals.on(kind, self._heard)
        signals.on_gap(self._known.forget)

    def withheld(self, tenant_id: UUID) -> frozenset[str]:
        """What nobody of this tenant has, whatever their roles say."""
        return self._withheld(tenant_id)

    def cached(self, tenant_id: UUID, person_id: UUID) -> Granted | None:
        """The person's rights if this process has compiled them, without waiting."""
        found = self._known.peek(tenant_id, person_id)
        if found is not None and found.until is not None and found.until <= self._clock():
            self._known.forget(tenant_id, person_id)
            return None
        return found

    async def granted(self, tenant_id: UUID, person_id: UUID) -> Granted:
        """The person's rights; those of nobody for an inactive or unknown person."""
        found = self.cached(tenant_id, person_id)
        return found or await self._known.get(tenant_id, person_id) or Granted.NOBODY

    async def grant_defaults(self, unit: Unit, tenant_id: UUID, roles: Iterable[Role]) -> None:
        """Adds what a plugin's roles hold from the start; see `Roles.grant_defaults`."""
        assert unit.scope.tenant == tenant_id
        await self.roles.grant_defaults(unit, roles)

    async def set_private(
        self, unit: Unit, resource: str, private: bool, actor: Actor = NOBODY
    ) -> None:
        """Makes a thing private, or open again; see `Privacy`."""
        act = self.privacy.close if private else self.privacy.open
        await act(unit, resource, actor=actor)

    async def is_private(self, unit: Unit, resource: str) -> bool:
        """Whether a thing is private."""
        return await self.privacy.is_private(unit, resource)

    async def changed(self, unit: Unit, person_id: UUID | None = None) -> None:
        """Says that a person's rights, or those of the unit's whole tenant, were changed in this
        unit: every process compiles them anew."""
        key = "*" if person_id is None else str(person_id)
        await self._signals.send(unit, "rights", key, unit.scope.tenant)

        async def forget() -> None:
            self._known.forget(unit.scope.tenant)

        unit.on_commit(forget)

    async def _compile(self, tenant_id: UUID, person_id: UUID) -> Granted:
        unit = self._database.unit(Scope(tenant_id), readonly=True)
        grants = await unit.read(queries.GRANTS, person=person_id)
        limited = any(grant.scope_id for grant in grants)
        tree = await unit.read(queries.TREE) if limited else ()
        counting = _without(grants, self._withheld(tenant_id))
        return compile_rights(counting, tree, await private_resources(unit))

    async def _heard(self, tenant_id: UUID | None, key: str) -> None:
        self._known.forget(tenant_id, as_id(key))


def _without(grants: Iterable[queries.Grant], withheld: frozenset[str]) -> list[queries.Grant]:
    """The grants without what is withheld of them: whoever holds a role holds it nevertheless."""
    nothing = {"permission": None}
    return [one.model_copy(update=nothing) if one.permission in withheld else one for one in grants]
