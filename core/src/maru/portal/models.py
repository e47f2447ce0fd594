"""What a tenant, a role or a person has changed on the portal page, and how it was before."""

from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from maru_sdk.db import Field, TenantModel, person_id, unique

OwnerKind = Literal["tenant", "role", "person"]


class Layout(TenantModel, table=True):
    """The differences of one layer; `owner_id` is the tenant's, the role's or the person's id.
    `draft` is what admins have changed and not published. `origin` is the revision that this is a
    copy of, its own where it is none."""

    __tablename__ = "portal_layout"
    __table_args__ = (unique("owner_kind", "owner_id"),)

    owner_kind: OwnerKind
    owner_id: UUID
    version: int = 1
    origin: int = Field(default=0, sa_type=sa.BigInteger)
    differences: dict[str, Any] = Field(default_factory=dict)
    draft: dict[str, Any] | None = None


class LayoutRevision(TenantModel, table=True):
    """A layer as it was from its version `number` on, and who made it so."""

    __tablename__ = "portal_revision"
    __table_args__ = (unique("owner_kind", "owner_id", "number"),)

    owner_kind: OwnerKind
    owner_id: UUID
    number: int = Field(sa_type=sa.BigInteger)
    origin: int = Field(sa_type=sa.BigInteger)
    differences: dict[str, Any] = Field(default_factory=dict)
    made_by: UUID | None = person_id(default=None)
