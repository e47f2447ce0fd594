"""Why a tenant isn't served, or gets no more of something."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Final

from maru_sdk import Conflict, MaruError

SQLSTATE: Final = "MQ001"
"""What the database refuses with where a quota is reached; the message names it, the detail how
much it is."""


class TenantSuspended(MaruError):
    """403: the tenant is there and isn't served; `state` says why, `note` what the operator says
    to its people."""

    status: ClassVar[int] = 403
    code: ClassVar[str] = "TENANT_SUSPENDED"
    message: ClassVar[str] = "{name} is suspended at the moment"


class TenantLeaves(TenantSuspended):
    """The same, for one that is going to be deleted."""

    message = "{name} has been closed"


class QuotaReached(Conflict):
    """409: the tenant has as much as its operator allows; what is there stays."""

    code = "QUOTA_REACHED"
    message = "Not more than {limit} people can be active here"


_KINDS: Mapping[str, type[QuotaReached]] = MappingProxyType({"people": QuotaReached})


def quota_of(error: BaseException) -> QuotaReached | None:
    """The quota that made the database refuse; None where it was something else."""
    for cause in _causes(error):
        if getattr(cause, "sqlstate", None) == SQLSTATE and (said := _said(cause)) is not None:
            return said
    return None


def _said(cause: BaseException) -> QuotaReached | None:
    """Only the driver's own exception has the detail."""
    kind, detail = getattr(cause, "message", None), getattr(cause, "detail", None)
    if not isinstance(kind, str) or kind not in _KINDS or detail is None:
        return None
    return _KINDS[kind](quota=kind, limit=int(detail))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        original = getattr(cause, "orig", None)
        cause = original if isinstance(original, BaseException) else cause.__cause__
