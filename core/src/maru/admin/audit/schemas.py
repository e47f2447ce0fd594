"""What is shown of the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from maru.audit.models import Kind
from maru_sdk import Model


class AuditOut(Model):
    """One line. Who acted is a person, an operator by name, or else the plugin; `number` is that
    in the chain of its kind, once it is sealed."""

    id: UUID
    created_at: datetime
    person_id: UUID | None
    person_name: str | None
    operator: str | None
    plugin: str
    kind: Kind
    action: str
    target: str
    address: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    trace: str | None
    number: int | None


class Sought(Model):
    """What the trail is searched for, as the form has it."""

    person: str = ""
    action: str = ""
    target: str = ""
    kind: str = ""
    address: str = ""
    since: str = ""
    until: str = ""


class Choice(Model):
    """One action, by its code and in words."""

    code: str
    title: str


class Change(Model):
    """One field before and after; empty where it wasn't there."""

    name: str
    before: str
    after: str


class AuditRow(Model):
    """A line as people read it."""

    line: AuditOut
    title: str
    known: bool
    who: str
    about: str
    changes: list[Change]


class AuditView(Model):
    """The page of the trail."""

    rows: list[AuditRow]
    actions: list[Choice]
    sought: Sought
    unknown_person: bool
    searching: bool
    export: str
    newer: str
    older: str
    sealed_at: datetime | None
    sealing: bool


class LineView(Model):
    """The page of one line."""

    row: AuditRow


class ActionFound(Model):
    """An action that the tenant's trail knows."""

    action: str


class PersonFound(Model):
    """Whom a user name means."""

    id: UUID


class SignedAt(Model):
    """When the newest checkpoint was signed."""

    made_at: datetime
