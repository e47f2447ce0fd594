"""The directory of people: what a process has read of it stays until the signal `person` comes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from maru.cache import Cache
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.identity import people_queries
from maru.identity.known import Known, as_id
from maru.identity.people_queries import DepartmentRow, PersonRow
from maru.signals import Signals
from maru_sdk import User

TAG = "people"


class People:
    """People and departments of every tenant, read through what this process remembers."""

    def __init__(self, database: Database, signals: Signals, cache: Cache | None = None) -> None:
        self._database = database
        self._cache = cache
        self._signals = signals
        self._rows: Known[PersonRow] = Known(self._load)
        self._users: Known[User] = Known(self._load_user)
        self._departments: dict[UUID, list[DepartmentRow]] = {}
        signals.on("person", self._heard)
        signals.on("tenant", self._heard_tenant)
        signals.on_gap(self._forget_all)

    def cached(self, tenant_id: UUID, person_id: UUID) -> User | None:
        """The person if this process knows it already, without waiting."""
        return self._users.peek(tenant_id, person_id)

    async def user(self, tenant_id: UUID, person_id: UUID) -> User | None:
        """A person, active or not, or None."""
        return await self._users.get(tenant_id, person_id)

    async def row(self, tenant_id: UUID, person_id: UUID) -> PersonRow | None:
        """Everything that the directory says of a person, or None."""
        return await self._rows.get(tenant_id, person_id)

    def known(self, tenant_id: UUID, person_id: UUID) -> PersonRow | None:
        """The same if this process knows it already, without waiting."""
        return self._rows.peek(tenant_id, person_id)

    async def names(self, tenant_id: UUID, people: Sequence[UUID]) -> Mapping[UUID, str]:
        """The names of these people; unknown ids are left out."""
        changes = self._rows.changes(tenant_id)
        known = {one: self._rows.peek(tenant_id, one) for one in set(people)}
        missing = [one for one, row in known.items() if row is None]
        found = {one: row for one, row in known.items() if row is not None}
        if missing:
            rows = await self._unit(tenant_id).read(people_queries.PEOPLE_BY_ID, ids=missing)
            fresh = {row.id: row for row in rows}
            self._rows.keep(tenant_id, fresh, changes)
            found |= fresh
        return {one: row.name for one, row in found.items()}

    async def some(self, unit: Unit, count: int) -> Sequence[User]:
        """Up to `count` active people of the unit's tenant, those that it has added among them."""
        return [as_user(row) for row in await unit.read(people_queries.SOME_PEOPLE, count=count)]

    async def departments(self, tenant_id: UUID) -> list[DepartmentRow]:
        """All departments, in their order, with how many people each has."""
        kept = self._departments.get(tenant_id)
        if kept is None:
            changes = self._rows.changes(tenant_id)
            kept = list(await self._unit(tenant_id).read(people_queries.DEPARTMENTS))
            if changes == self._rows.changes(tenant_id):
                self._departments[tenant_id] = kept
        return kept

    async def changed(self, unit: Unit, person_id: UUID | None = None) -> None:
        """Says that a person, or the whole directory, was changed in this unit; what is kept
        under the tag `people` is dropped."""
        key = "*" if person_id is None else str(person_id)
        await self._signals.send(unit, "person", key, unit.scope.tenant)

        if self._cache is not None:
            await self._cache.drop(unit, unit.scope.tenant, (TAG,))

        async def forget() -> None:
            self._forget(unit.scope.tenant, person_id)

        unit.on_commit(forget)

    def _unit(self, tenant_id: UUID) -> Unit:
        return self._database.unit(Scope(tenant_id), readonly=True)

    async def _load(self, tenant_id: UUID, person_id: UUID) -> PersonRow | None:
        rows = await self._unit(tenant_id).read(people_queries.PERSON, id=person_id)
        return next(iter(rows), None)

    async def _load_user(self, tenant_id: UUID, person_id: UUID) -> User | None:
        row = await self._rows.get(tenant_id, person_id)
        return None if row is None else as_user(row)

    async def _heard(self, tenant_id: UUID | None, key: str) -> None:
        self._forget(tenant_id, as_id(key))

    async def _heard_tenant(self, tenant_id: UUID | None, key: str) -> None:
        self._forget(tenant_id or as_id(key), None)

    def _forget(self, tenant_id: UUID | None, person_id: UUID | None) -> None:
        self._rows.forget(tenant_id, person_id)
        self._users.forget(tenant_id, person_id)
        if tenant_id is None:
            self._departments.clear()
        else:
            self._departments.pop(tenant_id, None)

    def _forget_all(self) -> None:
        self._forget(None, None)


def as_user(row: PersonRow) -> User:
    """A row of the directory as plugins see a person."""
    return User(
        id=row.id,
        username=row.username,
        name=row.name,
        locale=row.locale,
        timezone=row.timezone,
        department_id=row.department_id,
    )
