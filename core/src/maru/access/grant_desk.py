"""What admins do with grants: give a role to somebody, somewhere, and take it again."""

from datetime import UTC, datetime
from uuid import UUID

from maru.access import grant_queries
from maru.access.administrators import keep_one, take_turns
from maru.access.giver import EVERYWHERE, Giver, Place
from maru.access.grant_queries import GrantOut
from maru.access.permissions import ADMIN
from maru.access.resources import check_resource
from maru.access.role_desk import one_role
from maru.access.roles import Roles, Subject
from maru.db.unit import Unit
from maru_sdk import InvalidInput, NotFound


class GrantNotFound(NotFound):
    """404: the tenant has no such grant; it may have been taken meanwhile."""

    code = "GRANT_NOT_FOUND"
    message = "There is no such grant"


class SubjectNotFound(NotFound):
    """404: the tenant has nobody and nothing of this kind with this id."""

    code = "SUBJECT_NOT_FOUND"
    message = "There is no such person, department or group"


class PlacesMixed(InvalidInput):
    """422: a grant holds for a department or for a resource, not for both."""

    code = "GRANT_PLACES_MIXED"
    message = "A grant holds for a department or for a resource, not for both"


class GrantEnded(InvalidInput):
    """422: a grant that ends before it begins."""

    code = "GRANT_ENDED"
    message = "The end must be still to come"


class GrantOutlasts(InvalidInput):
    """422: somebody would give for longer than they have rights themselves."""

    code = "GRANT_OUTLASTS"
    message = "Your own rights end earlier; what you give can't last longer than they do"


class GrantDesk:
    """Gives and takes in the unit of work of its caller; nobody gives or takes what they lack."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    async def give(
        self,
        unit: Unit,
        giver: Giver,
        role_id: UUID,
        kind: Subject,
        subject_id: UUID,
        place: Place = EVERYWHERE,
        until: datetime | None = None,
    ) -> GrantOut:
        """Gives a role, until then where an end is given; twice is once, with the end given last.
        Raises RoleNotFound, SubjectNotFound, BeyondOwn, LastAdministrator, and what is wrong with
        the place or the end."""
        await take_turns(unit)
        role = await one_role(unit, role_id)
        await _check_place(unit, place)
        await check_there(unit, kind, subject_id)
        giver.check_role(role.key)
        giver.check(role.permissions, place)
        _check_end(until, giver.until(role, place))
        where = {"scope_id": place.scope_id, "resource": place.resource}
        await self._roles.grant(
            unit, role.key, kind, subject_id, actor=giver.actor, scope_id=place.scope_id,
            resource=place.resource, until=until,
        )  # fmt: skip
        if role.key == ADMIN and kind == "person" and until is not None:
            await keep_one(unit)
        found = await unit.read(
            grant_queries.SAME, role=role_id, kind=kind, subject=subject_id, **where
        )
        return found[0]

    async def take(self, unit: Unit, giver: Giver, grant_id: UUID) -> GrantOut:
        """Takes a grant back and tells what it was. Raises GrantNotFound, BeyondOwn and
        LastAdministrator."""
        await take_turns(unit)
        found = await unit.read(grant_queries.ONE, id=grant_id)
        if not found:
            raise GrantNotFound
        grant = found[0]
        role = await one_role(unit, grant.role_id)
        giver.check_role(role.key)
        giver.check(role.permissions, Place(grant.scope_id, grant.resource))
        await self._roles.revoke(
            unit, role.key, grant.subject_kind, grant.subject_id, actor=giver.actor,
            scope_id=grant.scope_id, resource=grant.resource,
        )  # fmt: skip
        if role.key == ADMIN and grant.subject_kind == "person":
            await keep_one(unit)
        return grant


def _check_end(until: datetime | None, own: datetime | None) -> None:
    if until is not None and until <= datetime.now(UTC):
        raise GrantEnded
    if own is not None and (until is None or until > own):
        raise GrantOutlasts


async def _check_place(unit: Unit, place: Place) -> None:
    if place.scope_id is not None and place.resource is not None:
        raise PlacesMixed
    if place.scope_id is not None:
        await check_there(unit, "department", place.scope_id)
    if place.resource is not None:
        check_resource(place.resource)


async def check_there(unit: Unit, kind: Subject, subject_id: UUID) -> None:
    """Raises SubjectNotFound unless the tenant has this person, department or group."""
    if await unit.db.scalar(grant_queries.THERE[kind], {"id": subject_id}) is None:
        raise SubjectNotFound
