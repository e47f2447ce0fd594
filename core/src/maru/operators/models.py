"""Operators, their sessions, what they have asked for, and what they have done."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from maru.db.shared import Shared, shared_index, shared_unique
from maru_sdk.db import Field


class Operator(Shared, table=True):
    """Somebody who runs the installation; no person of any tenant."""

    __table_args__ = (shared_unique("username_key"),)

    username: str
    username_key: str
    name: str
    password_hash: str = Field(repr=False)
    state: Literal["active", "disabled"] = "active"
    last_sign_in_at: datetime | None = None


class OperatorSession(Shared, table=True):
    """One sign-in of an operator; its token is known by its hash alone, and is good for a browser's
    cookie or for a program, never for both."""

    __table_args__ = (shared_unique("token_hash"), shared_index("operator_id"))

    operator_id: UUID
    token_hash: str
    kind: Literal["browser", "client"]
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    address: str | None = None
    agent: str | None = None


class OperatorLine(Shared, table=True):
    """The trail of the installation: what operators did, which tenant it was about, and refused
    sign-ins. It outlives the tenants that it tells of."""

    __tablename__ = "operator_audit"
    __table_args__ = (shared_index("created_at", "id"), shared_index("target", "created_at"))

    operator: str | None = None
    action: str
    target: str
    tenant: UUID | None = None
    address: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    trace: str | None = None


class OperatorTask(Shared, table=True):
    """Something an operator wants done to a tenant, done by the scheduler as the system role: the
    web may change no tenant."""

    __table_args__ = (
        shared_index("tenant", "id"),
        shared_index("state", "id", where="state IN ('waiting', 'running')"),
    )

    kind: str
    tenant: UUID
    slug: str
    ask: dict[str, Any] = Field(default_factory=dict)
    operator: str | None = None
    address: str | None = None
    trace: str | None = None
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    tries: int = 0
    lease_by: str | None = None
    lease_until: datetime | None = None
    progress: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
