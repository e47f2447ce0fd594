"""Who gives and takes rights, and what of them: nobody what they lack."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from maru.access import queries
from maru.access.compiling import compile_rights, is_administrators
from maru.access.granted import Granted
from maru.access.permissions import ADMIN
from maru.access.resources import private_resources
from maru.audit.trail import Actor
from maru.db.unit import Unit
from maru_sdk import PermissionDenied


class BeyondOwn(PermissionDenied):
    """403: rights would change hands that the one who changes them doesn't hold."""

    code = "RIGHTS_BEYOND_OWN"
    message = "You can't give or take what you don't hold yourself: {permissions}"


class AdministratorsOnly(PermissionDenied):
    """403: the role of administrators is theirs to give and to change."""

    code = "RIGHTS_ADMINISTRATORS_ONLY"
    message = "Only an administrator can give, take or change this role"


@dataclass(frozen=True)
class Place:
    """Where a role holds: everywhere, in a department and those below it, or on a resource."""

    scope_id: UUID | None = None
    resource: str | None = None

    @property
    def department_id(self) -> UUID | None:
        """The department, as `Granted.can` asks for it."""
        return self.scope_id


EVERYWHERE = Place()


@dataclass(frozen=True)
class Giver:
    """Somebody who changes roles, grants and groups, with the rights they hold just now.

    Whoever holds the role of administrators everywhere may give whatever there is, else nobody
    could give what a new plugin brings; everybody else gives and takes what they hold themselves.
    """

    actor: Actor
    rights: Granted
    is_administrator: bool = False
    scope: frozenset[str] | None = None

    @classmethod
    async def of(cls, unit: Unit, actor: Actor, scope: frozenset[str] | None = None) -> Self:
        """The actor as this unit of work sees them, a plugin that is off counting as on; within
        `scope` where a personal access token limits them to it."""
        grants = await unit.read(queries.GRANTS, person=actor.person_id)
        administers = any(map(is_administrators, grants))
        tree, private = await unit.read(queries.TREE), await private_resources(unit)
        return cls(actor, compile_rights(grants, tree, private), administers, scope)

    def check(self, permissions: Iterable[str], place: Place = EVERYWHERE) -> None:
        """Raises BeyondOwn unless these are the giver's to give there."""
        if lacking := sorted(name for name in permissions if not self._may(name, place)):
            raise BeyondOwn(permissions=", ".join(lacking))

    def _may(self, name: str, place: Place) -> bool:
        if self.scope is not None and name not in self.scope:
            return False
        return self.is_administrator or self.rights.can(name, place)

    def check_role(self, key: str) -> None:
        """Raises AdministratorsOnly where the role is that of administrators and the giver is
        none: it is worth more than its permissions."""
        if key == ADMIN and not self.is_administrator:
            raise AdministratorsOnly
