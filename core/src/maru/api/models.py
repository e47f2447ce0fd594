"""Answers kept for a day under the key that a caller gave, so that a repeated POST acts once."""

from typing import Any
from uuid import UUID

from maru_sdk.db import Field, TenantModel, index, person_id, unique


class Idempotency(TenantModel, table=True):
    """`status` is None while the first request is still at work."""

    __table_args__ = (
        unique("person_id", "route", "key", nulls_distinct=False),
        index("created_at"),
    )

    person_id: UUID | None = person_id(default=None, index=False)
    route: str
    key: str
    body_hash: str
    status: int | None = None
    headers: dict[str, Any] = Field(default_factory=dict)
    body: bytes | None = None
