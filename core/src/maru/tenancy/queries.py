"""Every SELECT of tenancy: the directory, what is switched on, what is set."""

from typing import Any
from uuid import UUID

from maru.tenancy.models import PluginState, Setting
from maru.tenancy.models import State as TenantState
from maru_sdk import Model, Tenant
from maru_sdk.db import Query, bindparam, col, select


class Listed(Tenant):
    """A tenant as the directory reads it."""

    domain: str | None
    state: TenantState
    state_note: str | None = None


class TenantId(Model):
    """A tenant's id alone."""

    id: UUID


class State(Model):
    """What a tenant has said about one plugin; `generation` counts how often."""

    key: str
    enabled: bool
    generation: int


class Stored(Model):
    """What a tenant has set for one plugin."""

    content: dict[str, Any]


TENANTS = Query(
    "SELECT id, slug, name, locale, timezone, domain, state, state_note FROM maru.tenant"
    " ORDER BY slug",
    Listed,
)
TENANT_IDS = Query("SELECT id FROM maru.tenant ORDER BY id", TenantId)
STATES = Query(
    select(col(PluginState.key), col(PluginState.enabled), col(PluginState.generation)), State
)
STORED = Query(
    select(col(Setting.content)).where(col(Setting.plugin) == bindparam("plugin")), Stored
)
