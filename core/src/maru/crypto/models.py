"""Data keys, sealed under the installation's secret key, and what shows that this is still the
same."""

from datetime import datetime
from typing import Literal

from maru.db.shared import Shared, shared_unique
from maru_sdk.db import Field, TenantModel, unique


class TenantKey(TenantModel, table=True):
    """A data key of a tenant. New texts are sealed under the active one; retired ones open what is
    older; of destroyed ones the key itself is gone."""

    __table_args__ = (unique("state", where="state = 'active'", name="tenant_key_active_key"),)

    sealed: str | None = Field(repr=False)
    sealed_by: str
    state: Literal["active", "retired", "destroyed"] = "active"
    retired_at: datetime | None = None


class SecretCheck(Shared, table=True):
    """The name of the secret key that the data keys are sealed under; says nothing about it."""

    __table_args__ = (shared_unique("purpose"),)

    purpose: str
    name: str
