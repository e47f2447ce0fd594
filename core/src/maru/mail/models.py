"""What a mail says, kept apart from the jobs that send it: their payloads may not be so large."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maru.db.shared import shared_index
from maru_sdk.db import Field, TenantModel


class Mail(TenantModel, table=True):
    """One mail to any number of recipients; `message` is gone once `waiting` is none of them.

    What an isolated plugin writes is a `letter`, of which the message is made when it is sent.
    """

    __tablename__ = "mail"
    __table_args__ = (shared_index("created_at"),)

    plugin: str
    subject: str
    recipients: int
    waiting: int
    sender: str
    message: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    letter: dict[str, Any] | None = None
    sent_at: datetime | None = None
