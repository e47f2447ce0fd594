"""Tenants, the plugins that each has switched on, and what its admins have set."""

from typing import Any, Literal
from uuid import UUID

from maru.db.shared import Shared, shared_unique
from maru_sdk.db import Field, TenantModel, person_id, unique


class Tenant(Shared, table=True):
    __table_args__ = (shared_unique("slug"), shared_unique("domain"))

    slug: str = Field(max_length=63)
    name: str
    domain: str | None = None
    state: Literal["active", "suspended", "frozen"] = "active"
    locale: str = "ko"
    timezone: str = "Asia/Seoul"


class PluginState(TenantModel, table=True):
    """Whether a plugin is on; `generation` counts the changes."""

    __table_args__ = (unique("key"),)

    key: str
    enabled: bool
    generation: int = 1
    changed_by: UUID | None = person_id(default=None, index=False)


class Setting(TenantModel, table=True):
    """What a tenant has set for one plugin (or `core`), as its settings model dumps it."""

    __table_args__ = (unique("plugin"),)

    plugin: str
    content: dict[str, Any] = Field(default_factory=dict)
    version: int = 1
