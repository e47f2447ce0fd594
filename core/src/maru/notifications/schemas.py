"""What the API and the pages show of a person's notifications."""

from datetime import datetime
from typing import Any
from uuid import UUID

from maru_sdk import Model


class Line(Model):
    """A notification as it is kept; `id` is its notice's, the same for all who are told."""

    id: UUID
    kind: str
    value: dict[str, Any]
    count: int
    read: bool
    resource: str | None
    department_id: UUID | None
    created_at: datetime


class NotificationOut(Model):
    """A notification in the reader's language. `count` is how many are bundled into it."""

    id: UUID
    kind: str
    icon: str
    title: str
    body: str
    url: str
    count: int
    read: bool
    created_at: datetime


class Unread(Model):
    """How many are unread; `more` says that there are more than were counted."""

    count: int
    more: bool = False


class KindOut(Model):
    """A kind by its name and title."""

    name: str
    title: str
    icon: str
