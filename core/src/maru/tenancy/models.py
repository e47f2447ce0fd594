"""Tenants, the plugins that each has switched on, and what its admins have set."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.db.shared import Shared, shared_unique
from maru_sdk.db import Field, TenantModel, person_id, unique

State = Literal["active", "suspended", "frozen", "deleting", "erasing"]
"""Only an active tenant is served. One that is deleting can be resumed until `delete_after`; of
one that is erasing, rows may be gone already."""


class Tenant(Shared, table=True):
    __table_args__ = (shared_unique("slug"), shared_unique("domain"))

    slug: str = Field(max_length=63)
    name: str
    domain: str | None = None
    state: State = "active"
    locale: str = "ko"
    timezone: str = "Asia/Seoul"
    state_note: str | None = None
    delete_after: datetime | None = None
    quota_people: int | None = None
    quota_storage: int | None = None
    quota_jobs: int | None = None


class TenantUsage(Shared, table=True):
    """What a tenant used when the scheduler last measured it: active people, bytes of its rows
    and files (`files` of them are the files'), jobs that aren't over."""

    __table_args__ = (shared_unique("tenant"),)

    tenant: UUID
    people: int = Field(default=0, sa_type=sa.BigInteger)
    storage: int = Field(default=0, sa_type=sa.BigInteger)
    files: int = Field(default=0, sa_type=sa.BigInteger)
    jobs: int = Field(default=0, sa_type=sa.BigInteger)
    measured_at: datetime


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
