"""What a tenant has set for a plugin: one JSON document, read through a cache that a signal
clears."""

import logging
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert

from maru.cache import Cache, all_of
from maru.crypto.sealing import SecretUnreadable
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.plugins.secret_settings import SEALED, about, sealed_in, secrets_of, without_secrets
from maru.signals import Signals
from maru.tenancy.models import Setting
from maru.tenancy.queries import STORED
from maru_sdk import Settings
from maru_sdk.db import col, uuid7

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Settings)

SIGNAL = "setting"


class SettingsStore:
    """The settings of all tenants and plugins."""

    def __init__(self, database: Database, signals: Signals, cache: Cache, vault: Vault) -> None:
        self._database, self._signals, self._cache = database, signals, cache
        self._vault = vault
        self._kept: dict[tuple[UUID, str], Settings] = {}
        self._changes = 0
        signals.on(SIGNAL, self._changed)
        signals.on_gap(self._forget)

    async def get(self, tenant_id: UUID, key: str, model: type[S]) -> S:
        """The plugin's settings in this tenant, defaults where nothing is set; SecretUnreadable
        where a secret among them doesn't open."""
        kept = self._kept.get((tenant_id, key))
        if isinstance(kept, model):
            return kept
        changes = self._changes
        stored = await self._opened(tenant_id, key, await self._stored(tenant_id, key))
        settings = read_settings(key, model, stored)
        if changes == self._changes:
            self._kept[tenant_id, key] = settings
        return settings

    async def readable(self, tenant_id: UUID, key: str, model: type[S]) -> S:
        """The same for who mends them: a secret that doesn't open counts as not set."""
        try:
            return await self.get(tenant_id, key, model)
        except SecretUnreadable as fault:
            log.error("a secret setting of %s is not shown: %s", key, fault)
            stored = await self._stored(tenant_id, key)
            return read_settings(key, model, without_secrets(stored))

    async def _stored(self, tenant_id: UUID, key: str) -> dict[str, Any]:
        unit = self._database.unit(Scope(tenant_id), readonly=True)
        rows = await unit.read(STORED, plugin=key)
        return rows[0].content if rows else {}

    async def _opened(self, tenant_id: UUID, key: str, stored: dict[str, Any]) -> dict[str, Any]:
        opened = {
            name: await self._vault.open(tenant_id, sealed, about(key, name))
            for name, sealed in sealed_in(stored)
        }
        return stored | opened

    async def _sealed(self, tenant_id: UUID, key: str, settings: Settings) -> dict[str, Any]:
        return {
            name: {SEALED: await self._vault.seal(tenant_id, text, about(key, name))}
            for name, text in secrets_of(settings)
        }

    async def put(self, unit: Unit, tenant_id: UUID, key: str, settings: Settings) -> None:
        """Stores them in the unit's transaction; after the commit every process reads them anew,
        and what the plugin kept for this tenant is forgotten."""
        content = settings.model_dump(mode="json", exclude_defaults=True)
        content |= await self._sealed(tenant_id, key, settings)
        session = await unit.session()
        row = insert(Setting).values(id=uuid7(), plugin=key, content=content, version=1)
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["tenant_id", "plugin"],
                set_={"content": content, "version": col(Setting.version) + 1},
            )
        )
        await self._signals.send(unit, SIGNAL, key, tenant_id)
        await self._cache.drop(unit, tenant_id, (all_of(key.partition(".")[0]),))
        unit.on_commit(lambda: self._changed(tenant_id, key))

    async def _changed(self, tenant_id: UUID | None, key: str) -> None:
        self._changes += 1
        if tenant_id is None:
            self._kept.clear()
        else:
            self._kept.pop((tenant_id, key), None)

    def _forget(self) -> None:
        self._changes += 1
        self._kept.clear()


def read_settings(key: str, model: type[S], stored: dict[str, Any]) -> S:
    """What is stored, without the values that the plugin's present version refuses."""
    try:
        return model.model_validate(stored)
    except ValidationError as fault:
        refused = {str(error["loc"][0]) for error in fault.errors() if error["loc"]}
        names = ", ".join(sorted(refused))
        log.warning("settings of %s are no longer valid: %s", key, names)
        kept = {name: value for name, value in stored.items() if name not in refused}
        return model.model_validate(kept) if refused else model()
