"""Rights on single things, as the plugin whose things they are has them shown and changed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from maru.access import group_queries, queries
from maru.access.giver import Giver, Place
from maru.access.grant_desk import GrantDesk, GrantNotFound
from maru.access.grant_queries import ON_RESOURCE, ONE, GrantOut
from maru.access.privacy import Privacy
from maru.access.queries import RoleOut
from maru.access.role_desk import one_role
from maru.access.roles import Roles, Subject
from maru.audit.trail import Actor
from maru.db.unit import Unit
from maru_sdk import Page, PageParams, Role


class ThingDesk:
    """What `ctx.access` asks for, in the unit of work of its caller: the grants are those of the
    admins' desk, and so are the rules of who gives what."""

    def __init__(self, roles: Roles, desk: GrantDesk, privacy: Privacy) -> None:
        self._roles, self._desk, self._privacy = roles, desk, privacy

    async def given(self, unit: Unit, resource: str, page: PageParams) -> Page[GrantOut]:
        """Who was given a role on this one thing."""
        return await unit.page(ON_RESOURCE, page, resource=resource)

    async def roles(self, unit: Unit) -> Sequence[RoleOut]:
        """The tenant's roles with what they permit."""
        return await unit.read(queries.ROLES_SHOWN)

    async def groups(self, unit: Unit) -> Mapping[UUID, str]:
        """The tenant's groups."""
        return {one.id: one.name for one in await unit.read(group_queries.ALL)}

    async def give(
        self,
        unit: Unit,
        actor: Actor,
        role: Role,
        kind: Subject,
        subject: UUID,
        resource: str,
        scope: frozenset[str] | None = None,
    ) -> None:
        """Gives a plugin's own role, which is made where the tenant has none yet. Raises what
        `GrantDesk.give` does; a `scope` limits the giver. It ends when what the giver holds
        there does."""
        role_id = await self._roles.own(unit, role, actor=actor)
        giver = await Giver.of(unit, actor, scope)
        place = Place(resource=resource)
        until = giver.until(await one_role(unit, role_id), place)
        await self._desk.give(unit, giver, role_id, kind, subject, place, until)

    async def take(
        self,
        unit: Unit,
        actor: Actor,
        grant: UUID,
        resource: str,
        scope: frozenset[str] | None = None,
    ) -> None:
        """Takes back what was given on this one thing. Raises what `GrantDesk.take` does; a
        `scope` limits the taker."""
        found: Any = await unit.read(ONE, id=grant)
        if not found or found[0].resource != resource:
            raise GrantNotFound
        await self._desk.take(unit, await Giver.of(unit, actor, scope), grant)

    async def clear(self, unit: Unit, actor: Actor, resource: str) -> None:
        """Forgets what was given on a thing that is gone, and that it was private."""
        await self._roles.clear(unit, resource, actor=actor)
        await self._privacy.open(unit, resource, actor=actor)
