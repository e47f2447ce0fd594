"""`ctx.access`: the rights on one plugin's things, in one piece of work."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from maru.access.granted import plugin_of
from maru.access.permissions import ROLE_TITLES
from maru.audit.trail import Actor
from maru_sdk import Page, PageParams, PermissionDenied, Role, SystemFault
from maru_sdk.access import Given, Permitting, Subject

if TYPE_CHECKING:
    from maru.plugins.context import Call


def role_title(call: "Call", key: str, name: str) -> str:
    """A role as the reader knows it: the names of those that always exist and of plugins' own are
    translated, until an admin has given one another name."""
    if key in ROLE_TITLES:
        return call.ctx("core").t(ROLE_TITLES[key])
    for whose, role in call.services.host.declared("roles"):
        if role.name == key and role.title == name:
            return call.ctx(whose.key).t(name)
    return name


class ScopedAccess:
    """The rights on this plugin's things in this tenant."""

    def __init__(self, call: "Call", key: str, names: str) -> None:
        self._call, self._key, self._names = call, key, names
        self._things = call.services.rights.things

    async def given(self, on: Any, page: PageParams) -> Page[Given]:
        """See `maru_sdk.access` Access."""
        found = await self._things.given(self._call.unit, self._own(on), page)
        permits = {one.id: one.permissions for one in await self._things.roles(self._call.unit)}
        shown = [
            Given(
                role=one.role_key,
                title=role_title(self._call, one.role_key, one.role_name),
                permits=self._ours(permits.get(one.role_id, ())),
                kind=one.subject_kind,
                name=one.subject_name,
                **one.model_dump(include={"id", "subject_id", "until"}),
            )
            for one in found
        ]
        return Page.of(shown, Given, found.pagination)

    async def roles(self) -> Sequence[Permitting]:
        """See `maru_sdk.access` Access."""
        return [
            Permitting(
                role=one.key,
                title=role_title(self._call, one.key, one.name),
                permits=self._ours(one.permissions),
            )
            for one in await self._things.roles(self._call.unit)
            if "." not in one.key
        ]

    def holds(self, role: str) -> bool:
        """See `maru_sdk.access` Access."""
        return role in self._call.granted.held

    async def groups(self) -> Mapping[UUID, str]:
        """See `maru_sdk.access` Access."""
        return await self._things.groups(self._call.unit)

    async def give(self, on: Any, role: Role, kind: Subject, subject: UUID) -> None:
        """See `maru_sdk.access` Access."""
        declared = (one for _, one in self._call.services.host.declared("roles"))
        if not role.title or plugin_of(role.name) != self._names or role not in declared:
            raise SystemFault(f"{role.name} is no role of {self._names}'s own for single things")
        resource, scope = self._own(on), self._call.granted.scope
        await self._things.give(self._call.unit, self._actor, role, kind, subject, resource, scope)

    async def take(self, on: Any, given: UUID) -> None:
        """See `maru_sdk.access` Access."""
        resource, scope = self._own(on), self._call.granted.scope
        await self._things.take(self._call.unit, self._actor, given, resource, scope)

    async def clear(self, on: Any) -> None:
        """See `maru_sdk.access` Access."""
        await self._things.clear(self._call.unit, self._actor, self._own(on))

    @property
    def _actor(self) -> Actor:
        call = self._call
        return Actor(call.actor, self._key, call.address, call.trace)

    def _own(self, on: Any) -> str:
        resource = str(on.resource)
        if plugin_of(resource) != self._names:
            raise PermissionDenied(resource=resource)
        return resource

    def _ours(self, permissions: Iterable[str]) -> list[str]:
        return [one for one in permissions if plugin_of(one) == self._names]
