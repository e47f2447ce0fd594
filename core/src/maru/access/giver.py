"""Who gives and takes rights, and what of them: nobody what they lack."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from maru.access import queries
from maru.access.compiling import compile_rights, is_administrators
from maru.access.granted import Granted
from maru.access.permissions import ADMIN
from maru.access.queries import Below, Grant, RoleOut
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
class Span:
    """What somebody holds until a time at least; None is without an end."""

    until: datetime | None
    rights: Granted
    is_administrator: bool


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
    spans: Sequence[Span] = ()
    """What of the rights lasts how long, the longest first."""

    @classmethod
    async def of(cls, unit: Unit, actor: Actor, scope: frozenset[str] | None = None) -> Self:
        """The actor as this unit of work sees them, a plugin that is off counting as on; within
        `scope` where a personal access token limits them to it."""
        grants = await unit.read(queries.GRANTS, person=actor.person_id)
        tree, private = await unit.read(queries.TREE), await private_resources(unit)
        spans = list(_spans(grants, tree, private))
        return cls(actor, spans[-1].rights, spans[-1].is_administrator, scope, spans)

    def check(self, permissions: Iterable[str], place: Place = EVERYWHERE) -> None:
        """Raises BeyondOwn unless these are the giver's to give there."""
        if lacking := sorted(name for name in permissions if not self._may(name, place)):
            raise BeyondOwn(permissions=", ".join(lacking))

    def _may(self, name: str, place: Place) -> bool:
        if self.scope is not None and name not in self.scope:
            return False
        return self.is_administrator or self.rights.can(name, place)

    def until(self, role: RoleOut, place: Place) -> datetime | None:
        """Until when the giver holds what this role is worth there; None where that has no end."""
        for span in self.spans:
            if span.is_administrator:
                return span.until
            held = all(span.rights.can(name, place) for name in role.permissions)
            if held and role.key != ADMIN:
                return span.until
        return self.spans[-1].until if self.spans else None

    def check_role(self, key: str) -> None:
        """Raises AdministratorsOnly where the role is that of administrators and the giver is
        none: it is worth more than its permissions."""
        if key == ADMIN and not self.is_administrator:
            raise AdministratorsOnly


def _spans(
    grants: Sequence[Grant], tree: Sequence[Below], private: Iterable[str]
) -> Iterator[Span]:
    ends = sorted({one.until for one in grants if one.until}, reverse=True)
    hidden = frozenset(private)
    for end in (None, *ends):
        lasting = [one for one in grants if one.until is None or (end and one.until >= end)]
        administers = any(map(is_administrators, lasting))
        yield Span(end, compile_rights(lasting, tree, hidden), administers)
