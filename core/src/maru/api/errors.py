"""What goes wrong before a handler is reached, and what any failure looks like to the caller."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar, Final

import sqlalchemy.exc
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from maru.api.exchange import Header
from maru.api.texts import field_message
from maru.tenancy.errors import quota_of
from maru_sdk import (
    Conflict,
    InvalidInput,
    MaruError,
    NotFound,
    PermissionDenied,
    RateLimited,
    Temporary,
)


class BadRequest(MaruError):
    """400: the request itself can't be read."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "BAD_REQUEST"
    message: ClassVar[str] = "The request could not be understood"


class BadHost(BadRequest):
    """The `Host` header isn't a host name."""

    message = "The Host header is not a host name"


class MalformedBody(BadRequest):
    """The body isn't what its content type says."""

    message = "The body is not well-formed"


class AddressRefused(PermissionDenied):
    """403: whoever it is, from this address they may not come here."""

    code = "ADDRESS_REFUSED"
    message = "This may not be used from your address, {address}"


class TenantRequired(BadRequest):
    """Neither host nor header name a tenant."""

    code = "TENANT_REQUIRED"
    message = "Say which tenant: by the host name or by the header X-Maru-Tenant"


class TenantConflict(BadRequest):
    """Host and header name different tenants."""

    code = "TENANT_CONFLICT"
    message = "The header X-Maru-Tenant contradicts the host name"


class TenantNotFound(NotFound):
    """No tenant has this name."""

    code = "TENANT_NOT_FOUND"
    message = "There is no such tenant"


class MethodNotAllowed(MaruError):
    """405: the path knows other methods."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = "This address does not know that method"


class BodyTooLarge(MaruError):
    """413: the body is larger than this route accepts."""

    status = 413
    code = "BODY_TOO_LARGE"
    message = "The body is larger than {limit} bytes"


class BodyTooSlow(MaruError):
    """408: the body didn't arrive in time."""

    status = 408
    code = "REQUEST_TIMEOUT"
    message = "The body did not arrive in time"


class KeyReused(Conflict):
    """An `Idempotency-Key` that was used with another body."""

    code = "IDEMPOTENCY_KEY_REUSED"
    message = "This Idempotency-Key was used with another request"


class ClientLeft(Exception):
    """The caller went away while sending; there's nobody to answer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as the caller is told of it; `fault` marks those that an operator should see."""

    status: int
    code: str
    text: str
    details: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[Header, ...] = ()
    fault: bool = False
    args: Mapping[str, Any] = field(default_factory=dict)


_UNAVAILABLE: Final = Failure(
    503, Temporary.code, Temporary.message, headers=((b"retry-after", b"5"),), fault=True
)
_INTERNAL: Final = Failure(500, MaruError.code, MaruError.message, fault=True)
_CONFLICT: Final = Failure(409, Conflict.code, Conflict.message)
_UNFIT: Final = Failure(422, InvalidInput.code, InvalidInput.message)
_BUSY: Final = Failure(
    503, Temporary.code, Temporary.message, headers=((b"retry-after", b"1"),), fault=True
)


def failure_of(error: BaseException, locale: str) -> Failure:
    """What the caller is told of an exception: nothing of its insides unless it is a MaruError."""
    if isinstance(error, MaruError):
        return _from_ours(error)
    if isinstance(error, RequestValidationError):
        return Failure(
            422,
            InvalidInput.code,
            InvalidInput.message,
            {"fields": list(fields_of(error.errors(), locale))},
        )
    if isinstance(error, HTTPException):
        return _from_framework(error)
    return _from_below(error)


def fields_of(errors: Any, locale: str, *, skip: int = 1) -> Iterator[dict[str, str]]:
    """Pydantic's errors as `{path, code, message}`; `skip` leading words of a place are ours."""
    for error in errors:
        path = ".".join(str(word) for word in error["loc"][skip:])
        yield {"path": path, "code": error["type"], "message": field_message(error, locale)}


def _from_ours(error: MaruError) -> Failure:
    headers: list[Header] = []
    if isinstance(error, RateLimited):
        headers.append((b"retry-after", str(max(1, round(error.after))).encode()))
    elif error.status == 503:
        headers.append((b"retry-after", b"5"))
    elif error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if "allow" in error.details and error.status == 405:
        headers.append((b"allow", str(error.details["allow"]).encode()))
    if "size" in error.details and error.status == 416:
        headers.append((b"content-range", f"bytes */{error.details['size']}".encode()))
    return Failure(
        error.status,
        error.code,
        error.text,
        error.details,
        tuple(headers),
        error.status >= 500,
        error.details,
    )


def _from_framework(error: HTTPException) -> Failure:
    if error.status_code == 400:
        return Failure(400, BadRequest.code, MalformedBody.message)
    phrase = HTTPStatus(error.status_code).phrase
    return Failure(error.status_code, phrase.upper().replace(" ", "_"), phrase)


def _from_below(error: BaseException) -> Failure:
    """The database's faults by their SQLSTATE, lost connections by their type; the rest is ours."""
    if (reached := quota_of(error)) is not None:
        return _from_ours(reached)
    for cause in _causes(error):
        state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
        if isinstance(state, str):
            return _from_state(state)
        if isinstance(cause, sqlalchemy.exc.IntegrityError):
            return _CONFLICT
        if isinstance(cause, sqlalchemy.exc.TimeoutError | TimeoutError | ConnectionError):
            return _UNAVAILABLE
        if type(cause).__module__.startswith(("asyncpg", "redis")):
            return _from_driver(cause)
    return _UNAVAILABLE if isinstance(error, OSError) else _INTERNAL


def _from_driver(cause: BaseException) -> Failure:
    """A value that the driver can't send is the caller's; anything else is a lost connection."""
    return _UNFIT if isinstance(cause, ValueError) else _UNAVAILABLE


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        original = getattr(cause, "orig", None)
        waiting += [cause.__cause__, original if isinstance(original, BaseException) else None]


def _from_state(state: str) -> Failure:
    if state.startswith("23"):
        return _CONFLICT
    if state.startswith("22"):
        return _UNFIT
    if state in ("40001", "40P01", "55P03"):
        return _BUSY
    if state == "57014" or state[:2] in ("08", "53", "57"):
        return _UNAVAILABLE
    return _INTERNAL
