"""The log of messages to open pages; minutes old, it is what a page that was away gets again."""

from datetime import datetime

import sqlalchemy as sa

from maru.db.shared import shared_index
from maru_sdk.db import Field, TenantModel

# Read by the transactions that a snapshot sees, never by number: see `maru.push.position`.
TRANSACTION = sa.text("(pg_current_xact_id()::text)::bigint")
CLOCK = sa.text("clock_timestamp()")


class LiveMessage(TenantModel, table=True):
    """One message to a room; `data` is JSON that is passed on as it stands."""

    __table_args__ = (shared_index("xid"), shared_index("sent_at"))

    number: int = Field(
        default=None, sa_column_args=(sa.Identity(always=True),), sa_type=sa.BigInteger
    )
    xid: int = Field(
        default=None, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": TRANSACTION}
    )
    sent_at: datetime = Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": CLOCK, "nullable": False},
    )
    room: str
    event: str
    data: str
