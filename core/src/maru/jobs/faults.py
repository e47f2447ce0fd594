"""What kind of fault an exception is, whoever raised it, so that authors needn't translate errors.

Libraries are known by what their errors carry (a status, a code, a state of SQL), not by importing
them: a job pays for none that it doesn't use.
"""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

import asyncpg
from pydantic import ValidationError
from redis import exceptions as redis
from sqlalchemy import exc as sql

from maru_sdk import Conflict, InvalidInput, RateLimited, SystemFault, Temporary

_OUTSIDE = frozenset({"httpx2", "httpcore2", "httpx", "httpcore", "aiosmtplib"})
_TRANSPORT = frozenset({"TransportError", "TimeoutException", "NetworkError"})
_MISUSED = frozenset({"UnsupportedProtocol", "LocalProtocolError"})
_BUSY = frozenset({408, 425, 429})
LONGEST_AFTER = 86_400.0

# Classes and single states of SQL that pass: no connection, out of resources, an operator at work,
# rolled back for the sake of others, a lock or a time-out.
_CLASSES = ("08", "53", "57P")
_STATES = frozenset({"40001", "40P01", "55P03", "57014", "25P03", "25P04"})


class Kind(Enum):
    """What becomes of a job whose run failed."""

    PASSING = "tried again, as often as the job allows"
    LIMITED = "tried again when somebody else allows"
    FINAL = "dead at once"
    UNKNOWN = "tried again a few times"


@dataclass(frozen=True)
class Fault:
    """The kind of an error; `after` in seconds where somebody said when to come again."""

    kind: Kind
    after: float = 0.0


def fault_of(error: BaseException) -> Fault:
    """The kind of an error, of its cause where it says nothing itself."""
    seen = set[int]()
    present: BaseException | None = error
    while present is not None and id(present) not in seen:
        seen.add(id(present))
        found = _own(present)
        if found is not None:
            return found
        present = present.__cause__
    return Fault(Kind.UNKNOWN)


def _own(error: BaseException) -> Fault | None:
    if isinstance(error, BaseExceptionGroup):
        return _of_group(error)
    for look in _LOOKS:
        found = look(error)
        if found is not None:
            return found
    return None


def _of_group(group: BaseExceptionGroup[Any]) -> Fault:
    """As bad as the worst of them."""
    found = [fault_of(one) for one in group.exceptions]
    for kind in (Kind.FINAL, Kind.UNKNOWN, Kind.LIMITED):
        same = [one for one in found if one.kind is kind]
        if same:
            return max(same, key=lambda one: one.after)
    return Fault(Kind.PASSING)


def _said(error: BaseException) -> Fault | None:
    if isinstance(error, RateLimited):
        return Fault(Kind.LIMITED, max(0.0, error.after))
    if isinstance(error, (InvalidInput, SystemFault, ValidationError)):
        return Fault(Kind.FINAL)
    return Fault(Kind.PASSING) if isinstance(error, (Temporary, Conflict)) else None


def _answered(error: BaseException) -> Fault | None:
    """An HTTP answer: 429 and 503 may say when to come again."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if not isinstance(status, int):
        return None
    after = _retry_after(getattr(response, "headers", {})) if status in (429, 503) else None
    if status == 429 or (status == 503 and after is not None):
        return Fault(Kind.LIMITED, 60.0 if after is None else after)
    return Fault(Kind.PASSING) if status in _BUSY or status >= 500 else None


def _retry_after(headers: Any) -> float | None:
    """Seconds or a date; None where it says neither."""
    text = str(headers.get("retry-after") or headers.get("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max((aware - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_AFTER)


def _transported(error: BaseException) -> Fault | None:
    """A library that goes out, where it isn't one of Python's own connection errors."""
    if not any(base.__module__.partition(".")[0] in _OUTSIDE for base in type(error).__mro__):
        return None
    names = _names(error)
    return Fault(Kind.PASSING) if names & _TRANSPORT and not names & _MISUSED else None


def _mailed(error: BaseException) -> Fault | None:
    """SMTP: 4xx passes, 5xx doesn't; smtplib says `smtp_code`, aiosmtplib `code`."""
    if not any("smtp" in base.__module__ for base in type(error).__mro__):
        return None
    codes = list(_smtp_codes(error))
    if not codes:
        return Fault(Kind.PASSING) if _NAMES_LOST & _names(error) else None
    passing = all(400 <= code < 500 or code < 0 for code in codes)
    return Fault(Kind.PASSING if passing else Kind.FINAL)


_NAMES_LOST = frozenset({"SMTPServerDisconnected", "SMTPConnectError", "SMTPTimeoutError"})


def _names(error: BaseException) -> frozenset[str]:
    return frozenset(base.__name__ for base in type(error).__mro__)


def _smtp_codes(error: BaseException) -> Iterator[int]:
    code = getattr(error, "smtp_code", getattr(error, "code", None))
    if isinstance(code, int):
        yield code
    refused = getattr(error, "recipients", None)
    if isinstance(refused, dict):  # smtplib: {address: (code, words)}
        yield from (int(one[0]) for one in refused.values())
    elif isinstance(refused, list):  # aiosmtplib: an error for each
        for one in refused:
            yield from _smtp_codes(one)


def _stored(error: BaseException) -> Fault | None:
    """A database that is away, busy, or rolled this one back for another."""
    if isinstance(error, sql.TimeoutError) or getattr(error, "connection_invalidated", False):
        return Fault(Kind.PASSING)
    state = _sqlstate(error)
    if state is not None:
        return Fault(Kind.PASSING) if state.startswith(_CLASSES) or state in _STATES else None
    if isinstance(error, (sql.InterfaceError, asyncpg.InterfaceError)):
        return Fault(Kind.PASSING)
    return None


def _sqlstate(error: BaseException) -> str | None:
    for one in (error, getattr(error, "orig", None)):
        state = getattr(one, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None


_LOST = (ConnectionError, TimeoutError, socket.gaierror, socket.herror, EOFError)
_REDIS = (redis.ConnectionError, redis.TimeoutError, redis.TryAgainError, redis.ReadOnlyError)


def _lost(error: BaseException) -> Fault | None:
    return Fault(Kind.PASSING) if isinstance(error, (*_LOST, *_REDIS)) else None


_LOOKS: tuple[Callable[[BaseException], Fault | None], ...] = (
    _said,
    _answered,
    _mailed,
    _stored,
    _transported,
    _lost,
)
