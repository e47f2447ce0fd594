"""Makes one set of rights of the grants that a person has."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from maru.access.granted import Granted
from maru.access.permissions import ADMIN
from maru.access.queries import Below, Grant


def compile_rights(
    grants: Sequence[Grant], tree: Iterable[Below], private: Iterable[str] = ()
) -> Granted:
    """What these grants amount to: everywhere, in a department and those below it, or on a
    resource; of the private resources, what is granted on them by name. Nothing is hidden from
    administrators."""
    everywhere = {one.permission for one in grants if one.permission and _is_wide(one)}
    narrow = [one for one in grants if one.permission and one.permission not in everywhere]
    hidden = frozenset() if any(map(is_administrators, grants)) else frozenset(private)
    named = [one for one in grants if one.resource in hidden] if hidden else []
    return Granted(
        frozenset(everywhere),
        _departments(narrow, _below(tree)),
        _resources([*narrow, *named]),
        roles=tuple(dict.fromkeys(grant.role for grant in grants)),
        held=frozenset(one.role for one in grants if _is_wide(one) or one.kind == "manager"),
        hidden=hidden,
        until=min((one.until.timestamp() for one in grants if one.until), default=None),
    )


def is_administrators(grant: Grant) -> bool:
    """Whether this is the role of administrators, everywhere."""
    return grant.role == ADMIN and _is_wide(grant)


def _is_wide(grant: Grant) -> bool:
    return grant.scope_id is None and grant.resource is None


def _departments(
    grants: Iterable[Grant], below: Mapping[UUID, list[UUID]]
) -> Mapping[str, frozenset[UUID]]:
    found: dict[str, set[UUID]] = {}
    for grant in grants:
        if grant.permission and grant.scope_id:
            found.setdefault(grant.permission, set()).update(_all_below(grant.scope_id, below))
    return {permission: frozenset(ids) for permission, ids in found.items()}


def _resources(grants: Iterable[Grant]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for grant in grants:
        if grant.permission and grant.resource is not None:
            found.setdefault(grant.permission, set()).add(grant.resource)
    return {permission: frozenset(names) for permission, names in found.items()}


def _below(tree: Iterable[Below]) -> Mapping[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for department in tree:
        if department.parent_id is not None:
            found.setdefault(department.parent_id, []).append(department.id)
    return found


def _all_below(top: UUID, below: Mapping[UUID, list[UUID]]) -> set[UUID]:
    found: set[UUID] = set()
    waiting = [top]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += below.get(one, [])
    return found
