"""The envelope of every answer, joined around bytes that are JSON already."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from time import time_ns
from typing import Any, Final, Generic, Literal, TypeVar

import orjson
from pydantic import BaseModel, Field

from maru.api.errors import Failure

T = TypeVar("T")

_OPEN: Final = b'{"success":true,"data":'
_PAGINATION: Final = b',"pagination":'
_TAIL: Final = b',"message":null,"timestamp":"'
_CLOSE: Final = b'"}'


class Envelope(BaseModel, Generic[T]):
    """The answer of a route, as the API's description shows it."""

    success: Literal[True] = True
    data: T
    message: str | None = None
    timestamp: datetime


class Pagination(BaseModel):
    """Where a list's page stands; which fields there are depends on the list."""

    limit: int
    page: int | None = None
    total: int | None = None
    total_pages: int | None = Field(default=None, alias="totalPages")
    total_exact: bool | None = Field(default=None, alias="totalExact")
    next: str | None = None
    prev: str | None = None


class PagedEnvelope(Envelope[T], Generic[T]):
    """The answer of a route that gives a list page by page."""

    pagination: Pagination


class ErrorBody(BaseModel):
    """What went wrong: `code` is part of the contract, `message` is for people."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorEnvelope(BaseModel):
    """The answer of a route that refuses or fails."""

    success: Literal[False] = False
    error: ErrorBody
    timestamp: datetime


def stamp() -> bytes:
    """The present time as answers carry it."""
    micros = time_ns() // 1000
    return b"%s.%06dZ" % (_second(micros // 1_000_000), micros % 1_000_000)


@lru_cache(maxsize=2)
def _second(seconds: int) -> bytes:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def head_of(data: bytes, pagination: Mapping[str, Any] | None) -> bytes:
    """An answer up to its timestamp: what can be kept, and what its ETag is made of."""
    if pagination is None:
        return b"".join((_OPEN, data, _TAIL))
    return b"".join((_OPEN, data, _PAGINATION, orjson.dumps(pagination), _TAIL))


def closed(head: bytes) -> bytes:
    """The whole answer."""
    return b"".join((head, stamp(), _CLOSE))


def etag_of(head: bytes) -> bytes:
    """The ETag of an answer: weak, since the timestamp and the encoding differ each time."""
    return b'W/"%s"' % blake2b(head, digest_size=12).hexdigest().encode()


def matches(etag: bytes, header: bytes) -> bool:
    """Whether `If-None-Match` names this ETag."""
    if header.strip() == b"*":
        return True
    bare = etag.removeprefix(b"W/")
    return any(part.strip().removeprefix(b"W/") == bare for part in header.split(b","))


def failure_body(failure: Failure) -> bytes:
    """A failure in its envelope."""
    return orjson.dumps(
        {
            "success": False,
            "error": {
                "code": failure.code,
                "message": failure.text,
                "details": dict(failure.details),
            },
            "timestamp": datetime.now(UTC),
        },
        default=str,
        option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS,
    )
