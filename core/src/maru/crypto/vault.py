"""The vault: texts sealed under a data key per tenant, which is itself sealed under the
installation's secret key. Data keys are kept in process until a signal says that they changed."""

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa

from maru.crypto.keys import Keys
from maru.crypto.models import TenantKey
from maru.crypto.queries import DESTROY, FIRST_KEY, KEYS, RETIRE, SEALED_ANEW, KeyRow
from maru.crypto.sealing import (
    KEY,
    NoSuchKey,
    Ring,
    SecretUnreadable,
    decoded,
    decrypt,
    encoded,
    encrypt,
)
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit, committing
from maru_sdk.db import uuid7

SIGNAL = "tenant_key"
PURPOSE = "tenant-key"

Tell = Callable[[Unit, UUID], Awaitable[object]]


class Vault:
    """Seals and opens texts of tenants. `about` names the place a text is for, such as
    `sign_in_provider:<id>:client_secret`; it opens for that place alone."""

    def __init__(
        self, database: Database, keys: Keys, old: Keys | None = None, *, tell: Tell | None = None
    ) -> None:
        """`tell` says to every process, in a unit, that a tenant's keys have changed."""
        self._database = database
        self._wrapping = Wrapping(keys, old)
        self._tell = tell
        self._rings: dict[UUID, Ring] = {}
        self._changes = 0

    async def seal(self, tenant_id: UUID, text: str, about: str) -> str:
        """The text to store in place of `text`; the tenant's first one makes its key."""
        return (await self.ring(tenant_id)).seal(text, about)

    async def open(self, tenant_id: UUID, sealed: str, about: str) -> str:
        """The text that was sealed; SecretUnreadable where tenant, place or text differ."""
        ring = await self.ring(tenant_id)
        try:
            return ring.open(sealed, about)
        except NoSuchKey:  # perhaps one made elsewhere a moment ago
            return (await self._load(tenant_id)).open(sealed, about)

    async def ring(self, tenant_id: UUID) -> Ring:
        """The tenant's data keys, for sealing and opening without waiting."""
        kept = self._rings.get(tenant_id)
        return kept if kept is not None else await self._load(tenant_id)

    async def rotate(self, unit: Unit, tenant_id: UUID) -> None:
        """Gives the unit's tenant a new data key; what is sealed under older ones still opens."""
        await unit.db.execute(RETIRE)
        await unit.db.execute(FIRST_KEY, [self._wrapping.draw(tenant_id)])
        await self._told(unit, tenant_id)

    async def destroy(
        self, unit: Unit, tenant_id: UUID, before: datetime, used: Iterable[UUID]
    ) -> int:
        """Forgets for good the keys that were retired before then, but those that are used; how
        many."""
        gone = await unit.db.execute(DESTROY, {"before": before, "used": list(used)})
        count = len(gone.scalars().all())
        if count:
            await self._told(unit, tenant_id)
        return count

    async def rewrap(self, unit: Unit, tenant_id: UUID) -> int:
        """Seals the unit's tenant's data keys under today's secret key; how many were not."""
        rows = [row for row in await self._rows(tenant_id) if self._wrapping.is_old(row)]
        for row in rows:
            again = self._wrapping.again(tenant_id, row)
            asked = {"key": row.id, "before": row.sealed_by}
            await unit.db.execute(
                SEALED_ANEW, asked | {"again": again["sealed"], "by": again["sealed_by"]}
            )
        return len(rows)

    async def packed(self, tenant_id: UUID, key: bytes) -> list[dict[str, str]]:
        """The tenant's data keys for an archive, sealed under a key of the archive's (32 bytes)."""
        return [
            {
                "id": str(row.id),
                "state": row.state,
                "sealed": self._wrapping.pack(tenant_id, row, key),
            }
            for row in await self._rows(tenant_id)
            if row.sealed is not None
        ]

    async def unpack(
        self, unit: Unit, tenant_id: UUID, packed: Iterable[Mapping[str, str]], key: bytes
    ) -> None:
        """Takes the data keys of an archive over, into the unit of a tenant with the same id that
        has none; SecretUnreadable where the archive's key is another."""
        rows = [self._wrapping.unpack(tenant_id, one, key) for one in packed]
        if rows:
            await unit.db.execute(sa.insert(TenantKey), rows)
            await self._told(unit, tenant_id)

    async def _told(self, unit: Unit, tenant_id: UUID) -> None:
        if self._tell is not None:
            await self._tell(unit, tenant_id)
        unit.on_commit(lambda: self.changed(tenant_id, ""))

    async def changed(self, tenant_id: UUID | None, key: str) -> None:
        """Forgets a tenant's keys, or everyone's: what the signal `tenant_key` calls."""
        self._changes += 1
        if tenant_id is None:
            self._rings.clear()
        else:
            self._rings.pop(tenant_id, None)

    def forget(self) -> None:
        """Forgets all keys."""
        self._changes += 1
        self._rings.clear()

    async def _load(self, tenant_id: UUID) -> Ring:
        changes = self._changes
        rows = await self._rows(tenant_id)
        if not any(row.state == "active" for row in rows):
            await self._begin(tenant_id)
            rows = await self._rows(tenant_id)
        ring = self._wrapping.ring(tenant_id, rows)
        if changes == self._changes:
            self._rings[tenant_id] = ring
        return ring

    async def _rows(self, tenant_id: UUID) -> Iterable[KeyRow]:
        return list(await self._database.unit(Scope(tenant_id), readonly=True).read(KEYS))

    async def _begin(self, tenant_id: UUID) -> None:
        async with committing(self._database.unit(Scope(tenant_id))) as unit:
            await unit.db.execute(FIRST_KEY, [self._wrapping.draw(tenant_id)])


class Wrapping:
    """Data keys under the installation's secret key, or still under the one before it."""

    def __init__(self, keys: Keys, old: Keys | None = None) -> None:
        self.name = keys.name(PURPOSE)
        self._by_name = {one.name(PURPOSE): one.derive(PURPOSE) for one in (old, keys) if one}

    def draw(self, tenant_id: UUID) -> dict[str, object]:
        """The row of a new data key."""
        key_id = uuid7()
        return {"id": key_id, "state": "active", **self._sealed(tenant_id, key_id, os.urandom(KEY))}

    def is_old(self, row: KeyRow) -> bool:
        """Whether the secret key before this one seals it."""
        return row.sealed is not None and row.sealed_by != self.name

    def again(self, tenant_id: UUID, row: KeyRow) -> dict[str, object]:
        """The same data key, sealed under today's secret key."""
        return self._sealed(tenant_id, row.id, self.open(tenant_id, row))

    def pack(self, tenant_id: UUID, row: KeyRow, key: bytes) -> str:
        """The data key of a row, sealed under another key than the secret key."""
        return encoded(encrypt(key, self.open(tenant_id, row), _bound(tenant_id, row.id)))

    def unpack(self, tenant_id: UUID, packed: Mapping[str, str], key: bytes) -> dict[str, object]:
        """The row of a data key that was packed."""
        key_id = UUID(packed["id"])
        plain = decrypt(key, decoded(packed["sealed"]), _bound(tenant_id, key_id))
        state = packed["state"]
        retired = None if state == "active" else datetime.now(UTC)
        row = {"id": key_id, "state": state, "retired_at": retired}
        return row | self._sealed(tenant_id, key_id, plain)

    def open(self, tenant_id: UUID, row: KeyRow) -> bytes:
        """The data key of a row."""
        wrapping = self._by_name.get(row.sealed_by)
        if wrapping is None or row.sealed is None:
            problem = "the tenant's key is sealed under another MARU_SECRET_KEY"
            raise SecretUnreadable(problem=problem)
        return decrypt(wrapping, decoded(row.sealed), _bound(tenant_id, row.id))

    def ring(self, tenant_id: UUID, rows: Iterable[KeyRow]) -> Ring:
        """The tenant's keys that there still are, opened."""
        rows = [row for row in rows if row.sealed is not None]
        active = next(row.id for row in rows if row.state == "active")
        return Ring(tenant_id, active, {row.id: self.open(tenant_id, row) for row in rows})

    def _sealed(self, tenant_id: UUID, key_id: UUID, key: bytes) -> dict[str, object]:
        body = encrypt(self._by_name[self.name], key, _bound(tenant_id, key_id))
        return {"sealed": encoded(body), "sealed_by": self.name}


def _bound(tenant_id: UUID, key_id: UUID) -> bytes:
    return b"maru/tenant-key/1\0" + tenant_id.bytes + key_id.bytes
