"""What contexts are made of in an isolated process: the plugin's own database role, and what was
handed over with the call. There is no Redis here, no key, and nobody else's tables."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.access.granted import Granted
from maru.audit.trail import NOBODY, Actor
from maru.cache import Slot
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.identity.people_queries import DepartmentRow
from maru.isolated.bounds import SaidTooMuch, through
from maru.isolated.ticketed import WORK
from maru.plugins.secret_settings import about, sealed_in
from maru.plugins.settings import read_settings
from maru_sdk import Event, Settings, SystemFault, User
from maru_sdk.db import uuid7

KEPT: Final = 1_000


_PUBLISH = sa.text("SELECT maru.isolated_publish(:row)").bindparams(
    sa.bindparam("row", type_=JSONB)
)
_AUDIT = sa.text("SELECT maru.isolated_audit(:row)").bindparams(sa.bindparam("row", type_=JSONB))
_SETTINGS = sa.text("SELECT maru.isolated_settings()")
_PEOPLE = sa.text(
    "SELECT id, username, name, coalesce(locale, 'ko') AS locale, department_id,"
    " coalesce(timezone, 'Asia/Seoul') AS timezone FROM maru.person WHERE id = ANY(:ids)"
).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
_SOME = sa.text(
    "SELECT id, username, name, coalesce(locale, 'ko') AS locale, department_id,"
    " coalesce(timezone, 'Asia/Seoul') AS timezone FROM maru.person WHERE state = 'active'"
    " ORDER BY username_key LIMIT :count"
)


class Events:
    """Events of the plugin's own, in the name of the ticket."""

    async def publish(
        self, unit: Unit, event: Event, *, tenant_id: UUID, actor: UUID | None, trace: str
    ) -> None:
        """See `maru.events.log`."""
        row = {
            "id": str(uuid7()),
            "name": event.name,
            "version": event.version,
            "key": event.key(),
            "body": event.model_dump(mode="json"),
            "trace": trace,
        }
        await through(unit, _PUBLISH, {"row": row}, SaidTooMuch)
        WORK.get().nudges.add("event")


class Trail:
    """Audit lines: who and through which plugin are the ticket's."""

    async def write(
        self,
        unit: Unit,
        action: str,
        target: str,
        *,
        actor: Actor = NOBODY,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """See `maru.audit.trail`."""
        row = {
            "id": str(uuid7()),
            "action": action,
            "target": target,
            "before": None if before is None else dict(before),
            "after": None if after is None else dict(after),
            "trace": actor.trace,
        }
        await through(unit, _AUDIT, {"row": row}, SaidTooMuch)


class People:
    """Names and languages of the tenant's people: no addresses, no passwords."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def user(self, tenant_id: UUID, person_id: UUID) -> User | None:
        """See `maru.identity.people`."""
        found = await self._read(tenant_id, _PEOPLE, {"ids": [person_id]})
        return found[0] if found else None

    async def names(self, tenant_id: UUID, people: Sequence[UUID]) -> Mapping[UUID, str]:
        """See `maru.identity.people`."""
        found = await self._read(tenant_id, _PEOPLE, {"ids": list(set(people))})
        return {one.id: one.name for one in found}

    async def departments(self, tenant_id: UUID) -> Sequence[DepartmentRow]:
        """Its role may read no departments."""
        raise SystemFault("departments aren't read in a process apart")

    async def some(self, unit: Unit, count: int) -> Sequence[User]:
        """See `maru.identity.people`."""
        rows = (await unit.db.execute(_SOME, {"count": count})).mappings()
        return [User.model_validate(dict(row)) for row in rows]

    async def _read(
        self, tenant_id: UUID, statement: sa.TextClause, values: dict[str, Any]
    ) -> list[User]:
        async with self._database.unit(Scope(tenant_id), readonly=True) as unit:
            rows = (await unit.db.execute(statement, values)).mappings().all()
        return [User.model_validate(dict(row)) for row in rows]


class Rights:
    """The rights that came with the call."""

    async def granted(self, tenant_id: UUID, person_id: UUID) -> Granted:
        """Those of the person at work, nobody else's."""
        work = WORK.get()
        known = work.user is not None and work.user.id == person_id
        return work.granted if known else Granted.NOBODY

    def withheld(self, tenant_id: UUID) -> frozenset[str]:
        """What came with the call is without it already."""
        return frozenset()

    async def grant_defaults(self, *_: Any) -> None:
        """Never asked for here."""
        raise SystemFault("an isolated plugin grants nothing")

    @property
    def things(self) -> Any:
        """Never: who was given what is no business of a process apart."""
        raise SystemFault("an isolated plugin sees and changes no grants")

    async def set_private(self, *_: Any) -> None:
        """Never: the table of what is private isn't one that a ticket opens."""
        raise SystemFault("an isolated plugin makes nothing private")

    async def is_private(self, unit: Unit, resource: str) -> bool:
        """As far as the person at work can tell."""
        return resource in WORK.get().granted.hidden


class SettingsHere:
    """The plugin's own settings."""

    def __init__(self, database: Database, vault: "VaultHere") -> None:
        self._database, self._vault = database, vault

    async def get(self, tenant_id: UUID, key: str, model: type[Settings]) -> Settings:
        """See `maru.plugins.settings`."""
        async with self._database.unit(Scope(tenant_id), readonly=True) as unit:
            stored = (await unit.db.execute(_SETTINGS)).scalar_one() or {}
        opened = {
            name: await self._vault.open(tenant_id, sealed, about(key, name))
            for name, sealed in sealed_in(stored)
        }
        return read_settings(key, model, stored | opened)


class VaultHere:
    """Seals and opens texts by way of whoever called: the keys never come here."""

    async def seal(self, tenant_id: UUID, text: str, about: str) -> str:
        """See `maru.crypto.vault`; for the plugin's own columns, in the tenant of the call."""
        return await _asked("seal", text, about)

    async def open(self, tenant_id: UUID, sealed: str, about: str) -> str:
        """See `maru.crypto.vault`; from the plugin's own columns and settings."""
        return await _asked("unseal", sealed, about)


async def _asked(wish: str, text: str, about: str) -> str:
    answer = await WORK.get().door.wish(wish, {"text": text, "about": about})
    return str(answer["text"])


class CacheHere:
    """What this process keeps; other processes hear of drops from whoever called."""

    def __init__(self) -> None:
        self._kept: dict[Slot, tuple[float, bytes, frozenset[str]]] = {}

    async def get_or(
        self,
        slot: Slot,
        ttl: timedelta,
        make: Callable[[], Awaitable[bytes]],
        tags: Sequence[str] = (),
        shared: bool = False,
        again: Callable[[], Awaitable[bytes]] | None = None,
    ) -> bytes:
        """See `maru.cache`; what was dropped waits here for who asks."""
        if (kept := self.peek(slot)) is not None:
            return kept
        value = await make()
        while len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[slot] = (time.monotonic() + ttl.total_seconds(), value, frozenset(tags))
        return value

    def peek(self, slot: Slot) -> bytes | None:
        """What is kept there and not too old."""
        kept = self._kept.get(slot)
        return kept[1] if kept is not None and kept[0] > time.monotonic() else None

    def dropped_in(self, unit: Unit, tags: Iterable[str]) -> bool:
        """Whether this call has dropped one of them."""
        return not frozenset(WORK.get().dropped).isdisjoint(tags)

    async def drop(self, unit: Unit, tenant_id: UUID | None, tags: Iterable[str]) -> None:
        """After the commit, here; the caller drops them everywhere else."""
        gone = frozenset(tags)

        async def forget() -> None:
            self._kept = {
                slot: kept
                for slot, kept in self._kept.items()
                if slot.tenant_id != tenant_id or not gone & kept[2]
            }

        unit.on_commit(forget)
        WORK.get().dropped.extend(gone)


class AlwaysOn:
    """Whoever asks has seen to it that the plugin is on."""

    def on(self, tenant_id: UUID, key: str) -> bool:
        """See `maru.plugins.gate`."""
        return True
