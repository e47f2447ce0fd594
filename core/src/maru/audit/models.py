"""The audit trail: lines that are written once; a sealer links them later."""

from typing import Any
from uuid import UUID

from maru_sdk.db import TenantModel, index, person_id, unique


class AuditLine(TenantModel, table=True):
    """Who did what, when and from where: a person, or by user name an operator of the
    installation. `number` and `seal` are the sealer's, in its chain."""

    __tablename__ = "audit"
    __table_args__ = (
        index("created_at", "id"),
        index("action", "created_at"),
        index("target", "created_at"),
        unique("number"),
    )

    person_id: UUID | None = person_id(default=None)
    plugin: str = "core"
    action: str
    target: str
    address: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    trace: str | None = None
    operator: str | None = None
    number: int | None = None
    seal: str | None = None
