"""What is asked about a person's notifications."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from maru.notifications.models import Notice, Notification
from maru.notifications.schemas import Line
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, desc, select

COUNTED: Final = 99
"""Beyond, nobody counts: 99+."""

_MINE: Final = (
    select(
        col(Notification.notice_id).label("id"),
        col(Notification.kind),
        col(Notice.value),
        col(Notification.count),
        col(Notification.read_at).is_not(None).label("read"),
        col(Notice.resource),
        col(Notice.department_id),
        col(Notification.created_at),
    )
    .join(
        Notice,
        sa.and_(
            col(Notice.tenant_id) == col(Notification.tenant_id),
            col(Notice.id) == col(Notification.notice_id),
        ),
    )
    .where(
        col(Notification.person_id) == bindparam("person", type_=sa.Uuid()),
        ~col(Notification.folded),
        col(Notification.kind) == sa.any_(bindparam("kinds", type_=sa.ARRAY(sa.Text()))),
    )
)


def _list(statement: Any) -> Query[Line]:
    return Query(statement, Line, order=[desc(Notification.notice_id)], count=False)


ALL: Final = _list(_MINE)
UNREAD: Final = _list(_MINE.where(col(Notification.read_at).is_(None)))


ONE: Final = Query(
    _MINE.where(col(Notification.notice_id) == bindparam("notice", type_=sa.Uuid())), Line
)


class Count(Model):
    """A number."""

    count: int


UNREAD_COUNT: Final = Query(
    f"""
    SELECT count(*)::integer AS count FROM (
      SELECT FROM maru.notification
       WHERE person_id = :person AND read_at IS NULL AND NOT folded AND kind = ANY (:kinds)
       LIMIT {COUNTED + 1}) AS counted
    """,  # noqa: S608  # a constant
    Count,
    params={"person": UUID, "kinds": list[str]},
)

READ_ONE: Final = sa.text(
    """
    UPDATE maru.notification SET read_at = now(), updated_at = now()
     WHERE notice_id = :notice AND person_id = :person AND read_at IS NULL
    """
).bindparams(sa.bindparam("notice", type_=sa.Uuid()), sa.bindparam("person", type_=sa.Uuid()))

IS_MINE: Final = sa.text(
    "SELECT true FROM maru.notification WHERE notice_id = :notice AND person_id = :person"
).bindparams(sa.bindparam("notice", type_=sa.Uuid()), sa.bindparam("person", type_=sa.Uuid()))

READ_ALL: Final = sa.text(
    """
    UPDATE maru.notification SET read_at = now(), updated_at = now()
     WHERE person_id = :person AND read_at IS NULL AND NOT folded AND kind = ANY (:kinds)
       AND notice_id <= :until
    """
).bindparams(
    sa.bindparam("person", type_=sa.Uuid()),
    sa.bindparam("kinds", type_=sa.ARRAY(sa.Text())),
    sa.bindparam("until", type_=sa.Uuid()),
)
