"""The statements of the page of data keys."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from maru.crypto.models import TenantKey
from maru.jobs.models import Job
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, desc, select_as


class DataKeyOut(Model):
    """A data key, of which nothing is shown but when it was used."""

    id: UUID
    state: Literal["active", "retired", "destroyed"]
    created_at: datetime
    retired_at: datetime | None


class Resealing(Model):
    """A run that seals everything anew."""

    id: UUID
    state: str
    due_at: datetime
    finished_at: datetime | None
    progress: dict[str, Any] | None
    result: dict[str, Any] | None


DATA_KEYS = Query(
    select_as(DataKeyOut, TenantKey).order_by(desc(col(TenantKey.created_at))).limit(100),
    DataKeyOut,
)
RESEALINGS = Query(
    select_as(Resealing, Job)
    .where(col(Job.kind) == bindparam("kind"))
    .order_by(desc(col(Job.id)))
    .limit(5),
    Resealing,
)
