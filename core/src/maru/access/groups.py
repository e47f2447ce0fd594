"""Groups of people: made by admins, or by a sign-in provider that says who belongs to what."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final
from unicodedata import category, normalize
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.access.models import GroupMember, PersonGroup
from maru.audit.trail import NOBODY, Actor, AuditTrail
from maru.db.unit import Unit
from maru_sdk.db import col, uuid7

LONGEST: Final = 200
MANY: Final = 500
Told = Callable[[Unit, UUID | None], Awaitable[None]]


class Groups:
    """Changes groups in the unit of work of its caller; every process obeys."""

    def __init__(self, audit: AuditTrail, changed: Told) -> None:
        self._audit = audit
        self._changed = changed

    async def set_from(
        self,
        unit: Unit,
        person_id: UUID,
        source: str,
        names: Iterable[str],
        *,
        actor: Actor = NOBODY,
    ) -> None:
        """Makes the person a member of exactly these groups of `source`, which are made where they
        are missing.

        Groups of other sources and those that admins made stay as they are, also where the names
        are the same: a provider can't put anybody into an admin's group. An admin puts a
        provider's group into one of their own instead. Names that no group can have are left out,
        as are those beyond the five hundredth.
        """
        wanted = await self._made(unit, source, _keys(names))
        before = await self._groups_of(unit, person_id, source)
        if wanted.keys() == before.keys():
            return
        gone = [before[key] for key in before.keys() - wanted.keys()]
        await unit.db.execute(
            sa.delete(GroupMember).where(
                col(GroupMember.person_id) == person_id, col(GroupMember.group_id).in_(gone)
            )
        )
        fresh = [wanted[key] for key in wanted.keys() - before.keys()]
        await _join(unit, person_id, fresh)
        said = {"source": source}
        await self._audit.write(
            unit,
            "group.memberships_set",
            f"person:{person_id}",
            actor=actor,
            before=said | {"groups": sorted(before)},
            after=said | {"groups": sorted(wanted)},
        )
        await self._changed(unit, person_id)

    async def _made(self, unit: Unit, source: str, names: dict[str, str]) -> dict[str, UUID]:
        """The ids of these groups of a source, by their keys."""
        if not names:
            return {}
        rows = [
            {"id": uuid7(), "name": name, "name_key": key, "source": source}
            for key, name in sorted(names.items())
        ]
        await unit.db.execute(insert(PersonGroup).on_conflict_do_nothing(), rows)
        found = await unit.db.execute(
            sa.select(col(PersonGroup.name_key), col(PersonGroup.id)).where(
                col(PersonGroup.source) == source, col(PersonGroup.name_key).in_(names)
            )
        )
        return {key: UUID(str(id_)) for key, id_ in found}

    async def _groups_of(self, unit: Unit, person_id: UUID, source: str) -> dict[str, UUID]:
        found = await unit.db.execute(
            sa.select(col(PersonGroup.name_key), col(PersonGroup.id))
            .join(GroupMember, col(GroupMember.group_id) == col(PersonGroup.id))
            .where(col(GroupMember.person_id) == person_id, col(PersonGroup.source) == source)
        )
        return {key: UUID(str(id_)) for key, id_ in found}


async def _join(unit: Unit, person_id: UUID, groups: Iterable[UUID]) -> None:
    rows = [{"id": uuid7(), "group_id": one, "person_id": person_id} for one in groups]
    if rows:
        await unit.db.execute(insert(GroupMember).on_conflict_do_nothing(), rows)


def named(text: str) -> str:
    """A group's name as people meant it: joined syllables, one blank between words."""
    return " ".join(normalize("NFC", text).split())


def key_of(name: str) -> str:
    """What two names of one group have in common: case and width don't count."""
    return normalize("NFKC", named(name)).casefold()


def is_name(text: str) -> bool:
    """Whether a group can have this name."""
    return 0 < len(text) <= LONGEST and not any(category(sign) == "Cc" for sign in text)


def _keys(names: Iterable[str]) -> dict[str, str]:
    clean = [name for name in map(named, names) if is_name(name)]
    return {key_of(name): name for name in clean[:MANY]}
