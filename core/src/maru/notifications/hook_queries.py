"""What is asked about hooks and their deliveries."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk import Model
from maru_sdk.db import Query

_CHANNEL: Final = "h.channel, 'core.' || h.style"
"""Of a hook; what processes of the version before have added has a style alone."""

LISTENING: Final = sa.text("SELECT id, kinds FROM maru.notification_hook")

ADD: Final = sa.text(
    """
    INSERT INTO maru.notification_hook (id, name, channel, style, url, secret, host, kinds)
    VALUES (:id, :name, :channel, CASE :channel WHEN 'core.slack' THEN 'slack' ELSE 'webhook' END,
            :url, :secret, :host, :kinds)
    """
).bindparams(
    sa.bindparam("id", type_=sa.Uuid()),
    sa.bindparam("channel", type_=sa.Text()),
    sa.bindparam("kinds", type_=JSONB()),
)

REMOVE: Final = sa.text(
    "DELETE FROM maru.notification_hook WHERE id = :id RETURNING name"
).bindparams(sa.bindparam("id", type_=sa.Uuid()))

PUT: Final = sa.text(
    f"""
    INSERT INTO maru.notification_delivery (id, channel, hook_id, notice_id)
    SELECT asked.id, coalesce({_CHANNEL}), asked.hook, :notice
      FROM unnest(:ids, :hooks) AS asked(id, hook)
      JOIN maru.notification_hook h ON h.id = asked.hook
    """  # noqa: S608 - no part of it is anybody's
).bindparams(
    sa.bindparam("notice", type_=sa.Uuid()),
    sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid())),
    sa.bindparam("hooks", type_=sa.ARRAY(sa.Uuid())),
)

ONE: Final = sa.text(
    f"""
    SELECT d.id, coalesce(d.channel, {_CHANNEL}) AS channel, d.hook_id, d.person_id,
           d.notice_id, d.state, h.url, h.secret, n.kind, n.value, n.resource,
           n.department_id, n.created_at,
           coalesce(t.count, 1) AS count, p.state = 'active' AS present,
           a.id AS address_id, a.address,
           q.quiet_from, q.quiet_until
      FROM maru.notification_delivery d
      JOIN maru.notice n ON n.tenant_id = d.tenant_id AND n.id = d.notice_id
      LEFT JOIN maru.notification_hook h ON h.tenant_id = d.tenant_id AND h.id = d.hook_id
      LEFT JOIN maru.person p ON p.tenant_id = d.tenant_id AND p.id = d.person_id
      LEFT JOIN maru.notification t ON t.tenant_id = d.tenant_id AND t.notice_id = d.notice_id
       AND t.person_id = d.person_id
      LEFT JOIN maru.notification_address a ON a.tenant_id = d.tenant_id
       AND a.person_id = d.person_id AND a.channel = d.channel
      LEFT JOIN maru.notification_hours q ON q.tenant_id = d.tenant_id
       AND q.person_id = d.person_id
     WHERE d.id = :id
    """  # noqa: S608 - no part of it is anybody's
).bindparams(sa.bindparam("id", type_=sa.Uuid()))

SENT: Final = sa.text(
    """
    UPDATE maru.notification_delivery
       SET state = 'sent', error = NULL, fault = NULL, tries = tries + 1, sent_at = now(),
           updated_at = now()
     WHERE id = :id
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid()))

_COUNTS: Final = "(:counts OR created_at < now() - interval '1 day')"
FAILED: Final = sa.text(
    f"""
    UPDATE maru.notification_delivery
       SET state = CASE WHEN :final OR ({_COUNTS} AND tries + 1 >= :most)
                        THEN 'dead' ELSE 'waiting' END,
           error = :error, fault = :fault, tries = tries + CAST({_COUNTS} AS int),
           updated_at = now()
     WHERE id = :id
    RETURNING state = 'dead'
    """  # noqa: S608 - no part of it is anybody's
).bindparams(
    sa.bindparam("id", type_=sa.Uuid()),
    sa.bindparam("final", type_=sa.Boolean()),
    sa.bindparam("counts", type_=sa.Boolean()),
    sa.bindparam("fault", type_=JSONB()),
)
"""What doesn't count costs no try for a day, as in the queue."""

FORGET: Final = sa.text(
    "DELETE FROM maru.notification_delivery WHERE id = :id AND state <> 'sent'"
).bindparams(sa.bindparam("id", type_=sa.Uuid()))
"""What nobody is to have any more."""


class HookRow(Model):
    """A hook as the page lists it."""

    id: UUID
    name: str
    channel: str
    host: str
    kinds: list[Any]


HOOKS: Final = Query(
    f"SELECT h.id, h.name, coalesce({_CHANNEL}) AS channel, h.host, h.kinds"  # noqa: S608
    " FROM maru.notification_hook h ORDER BY h.id",
    HookRow,
)


class SealedRow(Model):
    """The sealed texts of a hook."""

    id: UUID
    secret: str


SECRETS: Final = Query("SELECT id, secret FROM maru.notification_hook ORDER BY id", SealedRow)


class Fault(Model):
    """Why something wasn't delivered: what says it in any language."""

    code: str
    text: str
    details: dict[str, str]


class DeliveryRow(Model):
    """A delivery as the page lists it."""

    id: UUID
    channel: str
    to: str
    kind: str
    state: str
    error: Fault | None
    tries: int
    created_at: datetime


DELIVERIES: Final = Query(
    f"""
    SELECT d.id, coalesce(d.channel, {_CHANNEL}) AS channel, coalesce(h.name, p.name) AS to,
           n.kind, d.state, d.tries, maru.utc(d.created_at) AS created_at,
           CASE WHEN d.error IS NOT NULL THEN coalesce(d.fault, jsonb_build_object(
             'code', '', 'text', d.error, 'details', jsonb_build_object())) END AS error
      FROM maru.notification_delivery d
      LEFT JOIN maru.notification_hook h ON h.tenant_id = d.tenant_id AND h.id = d.hook_id
      LEFT JOIN maru.person p ON p.tenant_id = d.tenant_id AND p.id = d.person_id
      JOIN maru.notice n ON n.tenant_id = d.tenant_id AND n.id = d.notice_id
     ORDER BY d.id DESC LIMIT 50
    """,  # noqa: S608 - no part of it is anybody's
    DeliveryRow,
)
