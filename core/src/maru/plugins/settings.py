"""What a tenant has set for a plugin: one JSON document, read through a cache that a signal
clears."""

import logging
from collections.abc import Iterator
from typing import Any, TypeVar, get_args
from uuid import UUID

from pydantic import SecretBytes, SecretStr, ValidationError
from sqlalchemy.dialects.postgresql import insert

from maru.cache import Cache, all_of
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import Unit
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

    def __init__(self, database: Database, signals: Signals, cache: Cache) -> None:
        self._database, self._signals, self._cache = database, signals, cache
        self._kept: dict[tuple[UUID, str], Settings] = {}
        self._changes = 0
        signals.on(SIGNAL, self._changed)
        signals.on_gap(self._forget)

    async def get(self, tenant_id: UUID, key: str, model: type[S]) -> S:
        """The plugin's settings in this tenant, defaults where nothing is set."""
        kept = self._kept.get((tenant_id, key))
        if isinstance(kept, model):
            return kept
        changes = self._changes
        unit = self._database.unit(Scope(tenant_id), readonly=True)
        rows = await unit.read(STORED, plugin=key)
        settings = read_settings(key, model, rows[0].content if rows else {})
        if changes == self._changes:
            self._kept[tenant_id, key] = settings
        return settings

    async def put(self, unit: Unit, tenant_id: UUID, key: str, settings: Settings) -> None:
        """Stores them in the unit's transaction; after the commit every process reads them anew,
        and what the plugin kept for this tenant is forgotten."""
        content = settings.model_dump(mode="json", exclude_defaults=True)
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


def faults_of(model: type[Settings]) -> Iterator[str]:
    """What is wrong with a settings class, as sentences."""
    name = f"Settings {model.__name__}"
    for field, info in model.model_fields.items():
        if info.is_required():
            yield f"{name}: the field {field!r} has no default."
        if _is_secret(info.annotation):
            yield f"{name}: the field {field!r} is a secret, which settings can't keep."
    if any(_is_secret(info.annotation) for info in model.model_fields.values()):
        return
    try:
        start = model()
        if model.model_validate_json(start.model_dump_json()) != start:
            yield f"{name}: its defaults don't come back from JSON as they went."
    except ValidationError as fault:
        error = fault.errors()[0]
        if error["type"] != "missing":
            yield f"{name}: its own default of {error['loc'][0]!r} is refused: {error['msg']}."


def _is_secret(annotation: Any) -> bool:
    parts = get_args(annotation) or (annotation,)
    return any(part in (SecretStr, SecretBytes) for part in parts)


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
