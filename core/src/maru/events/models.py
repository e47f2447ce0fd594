"""The log of events, and how far each listener has read it."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from maru.db.shared import shared_index
from maru_sdk.db import Field, TenantModel, index, person_id, unique


class Event(TenantModel, table=True):
    __table_args__ = (index("number"), shared_index("number"), shared_index("created_at"))

    number: int = Field(
        default=None, sa_column_args=(sa.Identity(always=True),), sa_type=sa.BigInteger
    )
    name: str
    version: int = Field(default=1, sa_type=sa.SmallInteger)
    key: str = ""
    body: dict[str, Any] = Field(default_factory=dict)
    actor_id: UUID | None = person_id(default=None, index=False)
    trace: str | None = None


class EventPosition(TenantModel, table=True):
    """The last event of which a listener has a job in this tenant.

    Up to `replays_to` it has heard of them before, and hears again because somebody wants it to.
    """

    __table_args__ = (unique("listener"),)

    listener: str
    number: int = 0
    replays_to: int | None = None
