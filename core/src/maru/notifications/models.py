"""What was told, to whom, and how each likes to be told.

What everybody is told is one row; a person's is narrow, so that many can be told by one statement.
"""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from maru.db.encrypted import sealed_text
from maru_sdk.db import Field, TenantModel, index, person_id, reference, unique


class Notice(TenantModel, table=True):
    """What is told: the value of a kind, for words in any language. Its id says when, and orders.

    `key` makes it the same when it is told again; `resource` and `department_id` are of the thing
    on which a reader must hold the kind's permission.
    """

    __table_args__ = (unique("kind", "key"),)

    kind: str
    key: str
    value: dict[str, Any] = Field(default_factory=dict)
    bundle: str | None = None
    actor_id: UUID | None = person_id(default=None, index=False)
    resource: str | None = None
    department_id: UUID | None = None


_UNREAD = "read_at IS NULL AND NOT folded"


class Notification(TenantModel, table=True):
    """That one person is told. `folded` ones aren't shown: a later one of the same bundle counts
    them, or the person wants none of the kind here. `mail` is what is still to be sent of it."""

    __table_args__ = (
        unique("notice_id", "person_id"),
        index("person_id", "notice_id", where="NOT folded", name="notification_shown_idx"),
        index("person_id", "notice_id", where=_UNREAD, name="notification_unread_idx"),
        index(
            *("person_id", "kind", "bundle"),
            where=f"bundle IS NOT NULL AND {_UNREAD}",
            name="notification_bundle_idx",
        ),
        index(
            *("mail", "person_id", "notice_id"),
            where="mail IS NOT NULL",
            name="notification_mail_idx",
        ),
    )

    person_id: UUID = person_id(index=False)
    notice_id: UUID = reference(Notice, index=False)
    kind: str
    bundle: str | None = None
    count: int = 1
    folded: bool = False
    read_at: datetime | None = None
    mail: Literal["now", "daily", "weekly"] | None = None
    mail_due: datetime | None = None


class NotificationChoice(TenantModel, table=True):
    """How a person likes to be told of a kind; without a person, what the company has for those
    who chose nothing."""

    __table_args__ = (unique("person_id", "kind", "channel", nulls_distinct=False),)

    person_id: UUID | None = person_id(default=None, index=False)
    kind: str
    channel: str
    how: Literal["off", "now", "daily", "weekly"]


class NotificationHours(TenantModel, table=True):
    """When a person wants no mail, in minutes of their day, and when they had their digests."""

    __tablename__ = "notification_hours"
    __table_args__ = (unique("person_id"),)

    person_id: UUID = person_id(index=False)
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest_hour: int = 8
    daily_on: date | None = None
    weekly_on: date | None = None


class NotificationAddress(TenantModel, table=True):
    """Where a person is told by a channel of a plugin's."""

    __tablename__ = "notification_address"
    __table_args__ = (unique("person_id", "channel"),)

    person_id: UUID = person_id(index=False)
    channel: str
    address: str = sealed_text()


class NotificationHook(TenantModel, table=True):
    """An address of another program or a chat that is told of some kinds; who knows the address of
    a chat can write there, so it is sealed, and only its host is shown. Processes of before know
    `style` and no `channel`."""

    __tablename__ = "notification_hook"

    name: str
    style: Literal["webhook", "slack"] = "webhook"
    channel: str | None = None
    url: str = sealed_text()
    secret: str = sealed_text()
    host: str
    kinds: list[Any] = Field(default_factory=list)


class NotificationDelivery(TenantModel, table=True):
    """That a hook, or a person by a channel, is told of a notice: its id is the delivery's, however
    often it is tried. Processes of before know `error` and neither `channel` nor `fault`."""

    __tablename__ = "notification_delivery"
    __table_args__ = (
        unique("notice_id", "hook_id"),
        unique("notice_id", "person_id", "channel"),
        index("hook_id", "id"),
    )

    channel: str | None = None
    hook_id: UUID | None = reference(NotificationHook, default=None, index=False)
    person_id: UUID | None = person_id(default=None, index=False)
    notice_id: UUID = reference(Notice, index=False)
    state: Literal["waiting", "sent", "dead"] = "waiting"
    error: str | None = None
    fault: dict[str, Any] | None = None
    tries: int = 0
    sent_at: datetime | None = None
