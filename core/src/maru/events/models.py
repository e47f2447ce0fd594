"""The log of events, and how far each listener has read it."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from maru.db.shared import shared_index
from maru_sdk.db import Field, TenantModel, index, person_id, unique

# Readers stop below `pg_snapshot_xmin(…)`: numbers are given before their transaction commits.
TRANSACTION = sa.text("(pg_current_xact_id()::text)::bigint")


class Event(TenantModel, table=True):
    __table_args__ = (index("xid", "number"), shared_index("xid"), shared_index("created_at"))

    number: int = Field(
        default=None, sa_column_args=(sa.Identity(always=True),), sa_type=sa.BigInteger
    )
    xid: int = Field(
        default=None, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": TRANSACTION}
    )
    name: str
    version: int = Field(default=1, sa_type=sa.SmallInteger)
    key: str = ""
    body: dict[str, Any] = Field(default_factory=dict)
    actor_id: UUID | None = person_id(default=None, index=False)
    trace: str | None = None


class EventPosition(TenantModel, table=True):
    """The last event of which a listener has a job in this tenant."""

    __table_args__ = (unique("listener"),)

    listener: str
    xid: int = 0
    number: int = 0
