"""What is refused to operators."""

from typing import ClassVar

from maru_sdk import Conflict, InvalidInput, MaruError, NotFound, Temporary


class OperatorUnknown(NotFound):
    """404: there is no such operator."""

    code = "OPERATOR_NOT_FOUND"
    message = "There is no operator {username}"


class OperatorExists(Conflict):
    """409: there is an operator of this user name."""

    code = "OPERATOR_EXISTS"
    message = "There is already an operator {username}"


class TenantExists(Conflict):
    """409: there is a tenant of this slug."""

    code = "TENANT_EXISTS"
    message = "There is already a tenant {slug}"


class TenantUnknown(InvalidInput):
    """422: there are no tenants of these slugs."""

    code: ClassVar[str] = InvalidInput.code
    message = "There are no such tenants: {slugs}"


class DomainTaken(Conflict):
    """409: the domain is another tenant's."""

    code = "TENANT_DOMAIN_TAKEN"
    message = "The domain {domain} is another tenant's"


class TenantStands(Conflict):
    """409: what is asked doesn't fit the state that the tenant is in."""

    code = "TENANT_STATE"
    message = "The tenant {slug} can't be asked that: it is {state}"


class NotConfirmed(InvalidInput):
    """422: what can't be undone wants the slug typed."""

    code: ClassVar[str] = InvalidInput.code
    message = "Type the slug of the tenant to confirm"


class TaskUnknown(NotFound):
    """404: nobody asked for that."""

    code = "TASK_NOT_FOUND"
    message = "There is no such task"


class ArchiveNotThere(NotFound):
    """404: the task has written no archive, or not yet."""

    code = "ARCHIVE_NOT_FOUND"
    message = "There is no archive of this task"


class ArchiveElsewhere(NotFound):
    """404: the archive lies on another machine, or was taken away."""

    code = "ARCHIVE_ELSEWHERE"
    message = "{file} is not in this server's data folder; look in that of the scheduler"


class LinkOver(NotFound):
    """404: a link to an archive is good once, for a minute."""

    code = "ARCHIVE_LINK_OVER"
    message = "This link is over; ask for another one"


class TaskWaits(Temporary):
    """503: the scheduler has not done it yet; it will, and `task` says how it goes."""

    message = "The scheduler has not answered yet; this will be done when it does"


def refused(status: int, code: str, text: str, details: dict[str, object]) -> MaruError:
    """What a task was refused with, to be told to who asked for it."""
    kind = type("TaskRefused", (MaruError,), {"status": status, "code": code})
    made: MaruError = kind(text, **details)
    return made
