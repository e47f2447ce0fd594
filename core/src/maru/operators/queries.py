"""Every statement about operators, their tasks and the tenants that they look after."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.operators.models import OperatorLine, OperatorTask
from maru.operators.schemas import TaskLine, TenantLine, TrailLine
from maru.tenancy.models import Tenant, TenantUsage
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col

_id = sa.bindparam("id", type_=sa.Uuid)


def _json(**fields: Any) -> Any:
    pairs = [part for name, found in fields.items() for part in (sa.text(f"'{name}'"), found)]
    return sa.func.json_build_object(*pairs)


_tenant = Tenant.__table__  # type: ignore[attr-defined]
_usage = TenantUsage.__table__  # type: ignore[attr-defined]
_measured: Final = _json(
    people=_usage.c.people,
    storage=_usage.c.storage,
    jobs=_usage.c.jobs,
    measured_at=sa.func.maru.utc(_usage.c.measured_at),
)
_LINE: Final = (
    _tenant.c.id,
    _tenant.c.slug,
    _tenant.c.name,
    _tenant.c.domain,
    _tenant.c.locale,
    _tenant.c.timezone,
    _tenant.c.state,
    _tenant.c.state_note,
    _tenant.c.delete_after,
    _tenant.c.created_at,
    _json(
        people=_tenant.c.quota_people,
        storage=_tenant.c.quota_storage,
        jobs=_tenant.c.quota_jobs,
    ).label("quotas"),
    sa.case((_usage.c.id.is_not(None), _measured)).label("usage"),
)
_with_usage = _tenant.outerjoin(_usage, _usage.c.tenant == _tenant.c.id)

TENANT_LINES: Final = Query(
    sa.select(*_LINE).select_from(_with_usage),
    TenantLine,
    order=(_tenant.c.slug, _tenant.c.id),
    sorts={
        "slug": _tenant.c.slug,
        "name": _tenant.c.name,
        "state": _tenant.c.state,
        "created_at": _tenant.c.created_at,
    },
    count=sa.select(_tenant.c.id),
)
ALL_TENANTS: Final = Query(
    sa.select(*_LINE).select_from(_with_usage).order_by(_tenant.c.slug), TenantLine
)
TENANT_LINE: Final = Query(
    sa.select(*_LINE)
    .select_from(_with_usage)
    .where(_tenant.c.id == bindparam("id", type_=sa.Uuid())),
    TenantLine,
)
TENANT_ROW: Final = sa.text(
    """
    SELECT id, slug, name, domain, locale, timezone, state, state_note, delete_after, quota_people,
           quota_storage, quota_jobs
      FROM maru.tenant WHERE id = :id FOR UPDATE
    """
).bindparams(_id)

_TASK: Final = (
    col(OperatorTask.id),
    col(OperatorTask.kind),
    col(OperatorTask.tenant),
    col(OperatorTask.slug),
    col(OperatorTask.operator),
    col(OperatorTask.state),
    col(OperatorTask.progress),
    col(OperatorTask.result),
    col(OperatorTask.error),
    col(OperatorTask.created_at),
    col(OperatorTask.finished_at),
)
TASKS: Final = Query(
    sa.select(*_TASK),
    TaskLine,
    order=(col(OperatorTask.id).desc(),),
)
TASKS_OF: Final = Query(
    sa.select(*_TASK)
    .where(col(OperatorTask.tenant) == bindparam("tenant", type_=sa.Uuid()))
    .order_by(col(OperatorTask.id).desc())
    .limit(10),
    TaskLine,
)
LAYOUT_TASKS: Final = Query(
    sa.select(*_TASK)
    .where(col(OperatorTask.kind) == "layout")
    .order_by(col(OperatorTask.id).desc())
    .limit(50),
    TaskLine,
)
TASK: Final = Query(
    sa.select(*_TASK).where(col(OperatorTask.id) == bindparam("id", type_=sa.Uuid())), TaskLine
)


class Ended(Model):
    """How a task ended, as who waits for it hears it."""

    state: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None


ENDED: Final = Query(
    sa.select(col(OperatorTask.state), col(OperatorTask.result), col(OperatorTask.error)).where(
        col(OperatorTask.id) == bindparam("id", type_=sa.Uuid())
    ),
    Ended,
)
TRAIL: Final = Query(
    sa.select(
        col(OperatorLine.id),
        col(OperatorLine.created_at),
        col(OperatorLine.operator),
        col(OperatorLine.action),
        col(OperatorLine.target),
        col(OperatorLine.tenant),
        col(OperatorLine.address),
        col(OperatorLine.before),
        col(OperatorLine.after),
    ),
    TrailLine,
    order=(col(OperatorLine.created_at).desc(), col(OperatorLine.id).desc()),
)


class Credentials(Model):
    """What an operator's sign-in is checked against."""

    id: UUID
    username: str
    name: str
    password_hash: str
    state: str


CREDENTIALS: Final = Query(
    "SELECT id, username, name, password_hash, state FROM maru.operator WHERE username_key = :key",
    Credentials,
    params={"key": str},
)


CREDENTIALS_OF: Final = Query(
    "SELECT id, username, name, password_hash, state FROM maru.operator WHERE id = :id",
    Credentials,
    params={"id": UUID},
)


class Attempt(Model):
    """One sign-in tried under this name from some address."""

    succeeded: bool
    moment: float


ATTEMPTS: Final = Query(
    """
    SELECT action = 'operator.login' AS succeeded,
           CAST(extract(epoch FROM created_at) AS double precision) AS moment
      FROM maru.operator_audit
     WHERE target = :target AND created_at > :since AND address = :address
       AND action IN ('operator.login', 'operator.login_failed')
     ORDER BY created_at DESC
     LIMIT 20
    """,
    Attempt,
    params={"target": str, "address": str, "since": datetime},
)


class Signed(Model):
    """The operator whom a token stands for."""

    session_id: UUID
    operator_id: UUID
    username: str
    name: str
    last_seen_at: datetime


SIGNED: Final = Query(
    """
    SELECT s.id AS session_id, o.id AS operator_id, o.username, o.name, s.last_seen_at
      FROM maru.operator_session s JOIN maru.operator o ON o.id = s.operator_id
     WHERE s.token_hash = :token_hash AND s.kind = :kind AND s.ended_at IS NULL
       AND s.expires_at > now() AND o.state = 'active'
    """,
    Signed,
    params={"token_hash": str, "kind": str},
)


class OperatorRow(Model):
    """An operator as the command line lists one."""

    id: UUID
    username: str
    name: str
    state: str
    last_sign_in_at: datetime | None


OPERATORS: Final = Query(
    "SELECT id, username, name, state, last_sign_in_at FROM maru.operator ORDER BY username_key",
    OperatorRow,
)

# The scheduler's: one task at a time for one tenant, the oldest first. What a killed scheduler
# held is free when its lease is over; what has failed three times that way is given up.
CLAIM_TASK: Final = sa.text(
    """
    UPDATE maru.operator_task
       SET state = 'running', lease_by = :run, lease_until = now() + make_interval(secs => :lease),
           started_at = now(), tries = tries + 1, updated_at = now()
     WHERE id = (
       SELECT t.id FROM maru.operator_task t
        WHERE (t.state = 'waiting' OR (t.state = 'running' AND t.lease_until <= now()))
          AND NOT EXISTS (
            SELECT 1 FROM maru.operator_task o
             WHERE o.tenant = t.tenant AND o.id <> t.id AND o.state IN ('waiting', 'running')
               AND ((o.state = 'running' AND o.lease_until > now()) OR o.id < t.id))
        ORDER BY t.id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, kind, tenant, slug, ask, operator, address, trace, tries
    """
)
RENEW_TASK: Final = sa.text(
    """
    UPDATE maru.operator_task
       SET lease_until = now() + make_interval(secs => :lease), progress = :progress
     WHERE id = :id AND state = 'running' AND lease_by = :run
    RETURNING id
    """
).bindparams(_id, sa.bindparam("progress", type_=JSONB))
END_TASK: Final = sa.text(
    """
    UPDATE maru.operator_task
       SET state = :state, result = :result, error = :error, ask = '{}', lease_by = NULL,
           lease_until = NULL, finished_at = now(), updated_at = now()
     WHERE id = :id AND state = 'running' AND lease_by = :run
    """
).bindparams(
    _id, sa.bindparam("result", type_=JSONB), sa.bindparam("error", type_=JSONB(none_as_null=True))
)
DUE_TO_ERASE: Final = sa.text(
    """
    INSERT INTO maru.operator_task (id, kind, tenant, slug)
    SELECT gen_random_uuid(), 'erase', t.id, t.slug FROM maru.tenant t
     WHERE (t.state = 'erasing' OR (t.state = 'deleting' AND t.delete_after <= now()))
       AND NOT EXISTS (SELECT 1 FROM maru.operator_task o
                        WHERE o.tenant = t.id AND o.kind = 'erase'
                          AND (o.state IN ('waiting', 'running')
                               OR o.finished_at > now() - interval '1 minute'))
    """
)
BEGIN_ERASING: Final = sa.text(
    """
    UPDATE maru.tenant SET state = 'erasing', updated_at = now()
     WHERE id = :id AND (state = 'erasing' OR (state = 'deleting' AND delete_after <= now()))
    RETURNING slug
    """
).bindparams(_id)
DELETE_TENANT: Final = sa.text("DELETE FROM maru.tenant WHERE id = :id").bindparams(_id)
FORGET_USAGE: Final = sa.text("DELETE FROM maru.tenant_usage WHERE tenant = :id").bindparams(_id)
