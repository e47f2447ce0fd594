"""What is asked about hooks and their deliveries."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk import Model
from maru_sdk.db import Query

LISTENING: Final = sa.text("SELECT id, kinds FROM maru.notification_hook")

ADD: Final = sa.text(
    """
    INSERT INTO maru.notification_hook (id, name, style, url, secret, host, kinds)
    VALUES (:id, :name, :style, :url, :secret, :host, :kinds)
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid()), sa.bindparam("kinds", type_=JSONB()))

REMOVE: Final = sa.text(
    "DELETE FROM maru.notification_hook WHERE id = :id RETURNING name"
).bindparams(sa.bindparam("id", type_=sa.Uuid()))

PUT: Final = sa.text(
    """
    INSERT INTO maru.notification_delivery (id, hook_id, notice_id)
    SELECT asked.id, asked.hook, :notice FROM unnest(:ids, :hooks) AS asked(id, hook)
    """
).bindparams(
    sa.bindparam("notice", type_=sa.Uuid()),
    sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid())),
    sa.bindparam("hooks", type_=sa.ARRAY(sa.Uuid())),
)

ONE: Final = sa.text(
    """
    SELECT d.id, d.hook_id, d.state, h.style, h.url, h.secret, n.kind, n.value, n.created_at
      FROM maru.notification_delivery d
      JOIN maru.notification_hook h ON h.tenant_id = d.tenant_id AND h.id = d.hook_id
      JOIN maru.notice n ON n.tenant_id = d.tenant_id AND n.id = d.notice_id
     WHERE d.id = :id
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid()))

SENT: Final = sa.text(
    """
    UPDATE maru.notification_delivery
       SET state = 'sent', error = NULL, tries = tries + 1, sent_at = now(), updated_at = now()
     WHERE id = :id
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid()))

FAILED: Final = sa.text(
    """
    UPDATE maru.notification_delivery
       SET state = :state, error = :error, tries = tries + 1, updated_at = now()
     WHERE id = :id
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid()))


class HookRow(Model):
    """A hook as the page lists it."""

    id: UUID
    name: str
    style: str
    host: str
    kinds: list[Any]


HOOKS: Final = Query(
    "SELECT id, name, style, host, kinds FROM maru.notification_hook ORDER BY id", HookRow
)


class SealedRow(Model):
    """The sealed texts of a hook."""

    id: UUID
    secret: str


SECRETS: Final = Query("SELECT id, secret FROM maru.notification_hook ORDER BY id", SealedRow)


class DeliveryRow(Model):
    """A delivery as the page lists it."""

    id: UUID
    hook: str
    kind: str
    state: str
    error: str | None
    tries: int
    created_at: datetime


DELIVERIES: Final = Query(
    """
    SELECT d.id, h.name AS hook, n.kind, d.state, d.error, d.tries,
           maru.utc(d.created_at) AS created_at
      FROM maru.notification_delivery d
      JOIN maru.notification_hook h ON h.tenant_id = d.tenant_id AND h.id = d.hook_id
      JOIN maru.notice n ON n.tenant_id = d.tenant_id AND n.id = d.notice_id
     ORDER BY d.id DESC LIMIT 50
    """,
    DeliveryRow,
)
