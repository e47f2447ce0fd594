"""Errors are mapped for the author: what passes is tried again, what doesn't is dead at once."""

import smtplib
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiosmtplib
import asyncpg
import httpx2
import pytest
from redis import exceptions as redis
from sqlalchemy import exc as sql

from maru.jobs.faults import Fault, Kind, fault_of
from maru.jobs.retries import Backoff, judge
from maru_sdk import Conflict, InvalidInput, NotFound, RateLimited, SystemFault, Temporary

PASSING, FINAL, UNKNOWN = Fault(Kind.PASSING), Fault(Kind.FINAL), Fault(Kind.UNKNOWN)


def answered(status: int, **headers: str) -> Exception:
    request = httpx2.Request("GET", "https://outside.example/")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx2.Response(status, headers=named, request=request)
    return httpx2.HTTPStatusError("no", request=request, response=response)


def stored(error: type[asyncpg.PostgresError]) -> Exception:
    return sql.DBAPIError("SELECT 1", None, error("no"))


class TestKinds:
    @pytest.mark.parametrize(
        ("error", "wanted"),
        [
            (Temporary(), PASSING),
            (Conflict(), PASSING),
            (RateLimited(after=7), Fault(Kind.LIMITED, 7)),
            (RateLimited(after=1e300), Fault(Kind.LIMITED, 86_400)),
            (RateLimited(after=float("inf")), Fault(Kind.LIMITED, 86_400)),
            (RateLimited(after=float("nan")), Fault(Kind.LIMITED, 86_400)),
            (RateLimited(after=-1), Fault(Kind.LIMITED, 0)),
            (InvalidInput(), FINAL),
            (SystemFault(), FINAL),
            (NotFound(), UNKNOWN),
            (KeyError("x"), UNKNOWN),
            (ConnectionResetError(), PASSING),
            (TimeoutError(), PASSING),
            (socket.gaierror(-3, "try again"), PASSING),
            (FileNotFoundError(), UNKNOWN),
        ],
    )
    def test_own_and_pythons(self, error: Exception, wanted: Fault) -> None:
        assert fault_of(error) == wanted

    @pytest.mark.parametrize(
        ("error", "wanted"),
        [
            (answered(429, retry_after="30"), Fault(Kind.LIMITED, 30)),
            (answered(429), Fault(Kind.LIMITED, 60)),
            (answered(429, retry_after="soon"), Fault(Kind.LIMITED, 60)),
            (answered(503, retry_after="9"), Fault(Kind.LIMITED, 9)),
            (answered(500), PASSING),
            (answered(504), PASSING),
            (answered(408), PASSING),
            (answered(404), UNKNOWN),
            (httpx2.ConnectError("no"), PASSING),
            (httpx2.ReadTimeout("no"), PASSING),
            (httpx2.PoolTimeout("no"), PASSING),
            (httpx2.RemoteProtocolError("no"), PASSING),
            (httpx2.UnsupportedProtocol("gopher"), UNKNOWN),
        ],
    )
    def test_http(self, error: Exception, wanted: Fault) -> None:
        assert fault_of(error) == wanted

    def test_a_date_says_when(self) -> None:
        later = datetime.now(UTC) + timedelta(seconds=100)
        found = fault_of(answered(429, retry_after=format_datetime(later, usegmt=True)))
        assert found.kind is Kind.LIMITED
        assert 90 < found.after <= 101
        past = fault_of(answered(429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"))
        assert past == Fault(Kind.LIMITED, 0.0)

    @pytest.mark.parametrize(
        ("error", "wanted"),
        [
            (stored(asyncpg.DeadlockDetectedError), PASSING),
            (stored(asyncpg.SerializationError), PASSING),
            (stored(asyncpg.TooManyConnectionsError), PASSING),
            (stored(asyncpg.AdminShutdownError), PASSING),
            (stored(asyncpg.QueryCanceledError), PASSING),
            (stored(asyncpg.UniqueViolationError), UNKNOWN),
            (asyncpg.ConnectionDoesNotExistError("gone"), PASSING),
            (sql.TimeoutError("no connection is free"), PASSING),
            (redis.ConnectionError("no"), PASSING),
            (redis.BusyLoadingError("no"), PASSING),
            (redis.ResponseError("WRONGTYPE"), UNKNOWN),
        ],
    )
    def test_stores(self, error: Exception, wanted: Fault) -> None:
        assert fault_of(error) == wanted

    @pytest.mark.parametrize(
        ("error", "wanted"),
        [
            (smtplib.SMTPServerDisconnected("no"), PASSING),
            (smtplib.SMTPDataError(451, b"later"), PASSING),
            (smtplib.SMTPDataError(554, b"never"), FINAL),
            (smtplib.SMTPRecipientsRefused({"a@b": (450, b"busy")}), PASSING),
            (smtplib.SMTPRecipientsRefused({"a@b": (450, b""), "c@d": (550, b"")}), FINAL),
            (aiosmtplib.SMTPConnectError("no"), PASSING),
            (aiosmtplib.SMTPReadTimeoutError("no"), PASSING),
            (aiosmtplib.SMTPDataError(421, "later"), PASSING),
            (aiosmtplib.SMTPRecipientRefused(550, "never", "a@b"), FINAL),
        ],
    )
    def test_mail(self, error: Exception, wanted: Fault) -> None:
        assert fault_of(error) == wanted

    def test_a_cause_speaks_where_the_error_says_nothing(self) -> None:
        def wrapped(error: Exception, cause: Exception) -> Exception:
            try:
                raise error from cause
            except Exception as raised:
                return raised

        assert fault_of(wrapped(KeyError(), ConnectionResetError())) == PASSING
        assert fault_of(wrapped(InvalidInput(), ConnectionResetError())) == FINAL

    def test_a_group_is_as_bad_as_its_worst(self) -> None:
        def group(*errors: Exception) -> Any:
            return fault_of(ExceptionGroup("several", errors))

        assert group(Temporary(), ConnectionResetError()) == PASSING
        assert group(Temporary(), RateLimited(after=5)) == Fault(Kind.LIMITED, 5)
        assert group(Temporary(), KeyError()) == UNKNOWN
        assert group(KeyError(), InvalidInput()) == FINAL


def test_a_limit_of_no_time_is_no_reason_to_try_at_once() -> None:
    verdict = judge(RateLimited(after=0), 1, 3, timedelta(), Backoff())
    assert (verdict.again, verdict.counts) == (1.0, False)
