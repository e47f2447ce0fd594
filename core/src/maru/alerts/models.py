"""The state of each rule, where every process can show it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maru.db.shared import Shared, shared_unique
from maru_sdk.db import Field


class Alert(Shared, table=True):
    """One rule of the installation, as whoever watches found it last."""

    __table_args__ = (shared_unique("name"),)

    name: str
    rule: dict[str, Any] = Field(default_factory=dict)
    state: str = "unknown"
    value: float | None = Field(default=None, sa_type=sa.Double)
    since: datetime | None = None
    told_at: datetime | None = None
    fault: str | None = None
