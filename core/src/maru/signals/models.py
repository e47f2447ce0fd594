"""The control log that tells every process what to drop; it holds opaque ids only."""

from uuid import UUID

import sqlalchemy as sa

from maru.db.shared import Shared, shared_index
from maru_sdk.db import Field

TRANSACTION = sa.text("(pg_current_xact_id()::text)::bigint")


class Signal(Shared, table=True):
    """Something changed: `kind` says what, `key` which, `tenant` where (None: everywhere)."""

    __table_args__ = (shared_index("xid"), shared_index("created_at"))

    number: int = Field(
        default=None, sa_column_args=(sa.Identity(always=True),), sa_type=sa.BigInteger
    )
    xid: int = Field(
        default=None, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": TRANSACTION}
    )
    kind: str
    key: str
    tenant: UUID | None = None
