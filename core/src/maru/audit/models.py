"""The audit trail: lines that are written once; a sealer links them later."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from maru_sdk.db import TenantModel, index, person_id, unique

Kind = Literal["general", "personal", "rights"]
"""What a line tells of, and with it for how long it is kept: one, two or three years."""


class AuditLine(TenantModel, table=True):
    """Who did what, when and from where. `number` and `seal` are the sealer's, in the chain of the
    line's kind. An act is a person's, an operator's (by user name), a plugin's, or nobody's."""

    __tablename__ = "audit"
    __table_args__ = (
        index("action", "created_at"),
        index("created_at", "id"),
        index("kind", "number"),
        index("person_id", "created_at"),
        index("target", "created_at"),
        index(where="number IS NULL", name="audit_shared_idx"),
    )

    person_id: UUID | None = person_id(default=None, index=False)
    operator: str | None = None
    plugin: str = "core"
    kind: Kind = "general"
    action: str
    target: str
    address: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    trace: str | None = None
    number: int | None = None
    seal: str | None = None


class AuditCheckpoint(TenantModel, table=True):
    """How far a tenant's chains reach, signed; one a day, and the newest is renewed with each
    seal. `heads` holds for each kind the last number with its seal, and where the chain begins
    since older lines are gone."""

    __table_args__ = (unique("day"),)

    day: date
    made_at: datetime
    heads: dict[str, Any]
    key: str
    signature: str
