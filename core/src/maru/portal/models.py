"""What a tenant, a role or a person has changed on the portal page."""

from typing import Any, Literal
from uuid import UUID

from maru_sdk.db import Field, TenantModel, unique


class Layout(TenantModel, table=True):
    """The differences of one layer; `owner_id` is the tenant's, the role's or the person's id."""

    __tablename__ = "portal_layout"
    __table_args__ = (unique("owner_kind", "owner_id"),)

    owner_kind: Literal["tenant", "role", "person"]
    owner_id: UUID
    version: int = 1
    differences: dict[str, Any] = Field(default_factory=dict)
