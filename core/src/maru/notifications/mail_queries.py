"""What is still to be mailed, and to whom."""

from typing import Final
from uuid import UUID

import sqlalchemy as sa

WAITING: Final = sa.text(
    """
    SELECT n.person_id, CASE WHEN p.state = 'active' THEN p.email END AS email,
           h.quiet_from, h.quiet_until
      FROM maru.notification n
      JOIN maru.person p ON p.tenant_id = n.tenant_id AND p.id = n.person_id
      LEFT JOIN maru.notification_hours h
        ON h.tenant_id = n.tenant_id AND h.person_id = n.person_id
     WHERE n.notice_id = :notice AND n.person_id > :after AND n.mail = 'now'
       AND n.mail_due IS NULL
     ORDER BY n.person_id LIMIT :most
       FOR UPDATE OF n SKIP LOCKED
    """
).bindparams(sa.bindparam("notice", type_=sa.Uuid()), sa.bindparam("after", type_=sa.Uuid()))
"""Who is to be mailed of one notice at once."""

PEOPLE: Final = sa.text(
    """
    SELECT DISTINCT n.person_id
      FROM maru.notification n
     WHERE n.mail = :how AND n.person_id > :after
       AND (n.mail <> 'now' OR n.mail_due <= :now)
     ORDER BY n.person_id LIMIT :most
    """
).bindparams(
    sa.bindparam("after", type_=sa.Uuid()), sa.bindparam("now", type_=sa.DateTime(timezone=True))
)
"""For whom something has waited: until their quiet hours were over, or for a digest."""

PERSON: Final = sa.text(
    """
    SELECT p.email, p.state, h.quiet_from, h.quiet_until, coalesce(h.digest_hour, 8) AS digest_hour,
           h.daily_on, h.weekly_on
      FROM maru.person p
      LEFT JOIN maru.notification_hours h ON h.tenant_id = p.tenant_id AND h.person_id = p.id
     WHERE p.id = :person
    """
).bindparams(sa.bindparam("person", type_=sa.Uuid()))

LINES: Final = sa.text(
    """
    WITH taken AS (
        SELECT n.id FROM maru.notification n
         WHERE n.person_id = :person AND n.mail = :how
           AND (n.mail <> 'now' OR n.mail_due <= :now OR n.notice_id = :notice)
         ORDER BY n.notice_id DESC LIMIT 500
           FOR UPDATE SKIP LOCKED
    ), sent AS (
        UPDATE maru.notification n SET mail = NULL, mail_due = NULL, updated_at = now()
          FROM taken WHERE n.id = taken.id
        RETURNING n.notice_id, n.kind, n.count, n.folded, n.read_at
    )
    SELECT s.notice_id AS id, s.kind, e.value, s.count, s.read_at IS NOT NULL AS read,
           e.resource, e.department_id, e.created_at, s.folded
      FROM sent s JOIN maru.notice e ON e.tenant_id = maru.tenant() AND e.id = s.notice_id
     ORDER BY s.notice_id
    """
).bindparams(
    sa.bindparam("person", type_=sa.Uuid()),
    sa.bindparam("how", type_=sa.Text()),
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("notice", type_=sa.Uuid()),
)
"""Takes what one person is mailed now: nobody else takes it, and it isn't taken again."""

LATER: Final = sa.text(
    """
    UPDATE maru.notification SET mail_due = :due, updated_at = now()
     WHERE person_id = :person AND notice_id = :notice AND mail = 'now'
    """
).bindparams(
    sa.bindparam("person", type_=sa.Uuid()),
    sa.bindparam("notice", type_=sa.Uuid()),
    sa.bindparam("due", type_=sa.DateTime(timezone=True)),
)

HAD: Final = sa.text(
    """
    INSERT INTO maru.notification_hours (id, person_id, daily_on, weekly_on)
    VALUES (:id, :person, :daily, :weekly)
    ON CONFLICT (tenant_id, person_id)
    DO UPDATE SET daily_on = coalesce(excluded.daily_on, notification_hours.daily_on),
                  weekly_on = coalesce(excluded.weekly_on, notification_hours.weekly_on)
    """
).bindparams(
    sa.bindparam("id", type_=sa.Uuid()),
    sa.bindparam("person", type_=sa.Uuid()),
    sa.bindparam("daily", type_=sa.Date()),
    sa.bindparam("weekly", type_=sa.Date()),
)

FIRST: Final = UUID(int=0)

PRUNE: Final = sa.text(
    """
    DELETE FROM maru.notification WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM maru.notification WHERE notice_id < :before LIMIT 5000)
    """
).bindparams(sa.bindparam("before", type_=sa.Uuid()))
PRUNE_NOTICES: Final = sa.text(
    """
    DELETE FROM maru.notice WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM maru.notice WHERE id < :before LIMIT 5000)
    """
).bindparams(sa.bindparam("before", type_=sa.Uuid()))
