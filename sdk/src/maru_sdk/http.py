"""Calls to other machines, a plugin's only way out: `ctx.http`. Import it where you need it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from maru_sdk._errors import InvalidInput, SystemFault, Temporary

__all__ = [
    "AddressRefused",
    "AnswerTooLarge",
    "Http",
    "HttpAnswer",
    "HttpRefused",
    "OutsideInTransaction",
    "Unreachable",
]


class AddressRefused(InvalidInput):
    """422: the address isn't one that may be called: private, malformed, or not http.

    Neither the addresses that a name has nor which of them is refused is ever said, so that nobody
    maps a network by asking.
    """

    code = "ADDRESS_REFUSED"
    message = "This address may not be called"


class AnswerTooLarge(InvalidInput):
    """422: the other side answers with more than the caller takes; asking again won't help."""

    code = "ANSWER_TOO_LARGE"
    message = "The other side's answer is larger than {limit} bytes"


class HttpRefused(InvalidInput):
    """422: the other side refuses the request (3xx without an end, 4xx); raised by
    `raise_for_status`."""

    code = "OUTSIDE_REFUSED"
    message = "The other side refuses with status {status}"


class Unreachable(Temporary):
    """503: the other side can't be reached, is late, fails (5xx), or has failed so often of late
    that it is left in peace for a while."""

    code = "OUTSIDE_UNREACHABLE"
    message = "The other side can't be reached at the moment"


class OutsideInTransaction(SystemFault):
    """500, a bug: an outside call while the unit of work's transaction is open.

    A connection held while somebody else's server thinks is what breaks first under load. Call
    before the first use of `ctx.db`, or from a job, and write the answer afterwards.
    """

    code = "OUTSIDE_IN_TRANSACTION"
    message = (
        "an outside call while this unit of work's transaction is open would hold a connection:"
        " call before the first use of ctx.db, or from a job"
    )


@dataclass(frozen=True)
class HttpAnswer:
    """What the other side answered: any status but 429 and 5xx, which are raised.

    The names of `headers` are in lower case; of several headers of one name, the values are joined
    by commas.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, in the character set that it says, else UTF-8; never fails."""
        _, _, charset = self.headers.get("content-type", "").partition("charset=")
        try:
            return self.body.decode(charset.split(";")[0].strip("\"' ") or "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; raises Unreachable where it is none, as a failing proxy's page."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Unreachable("The other side's answer is no JSON", status=self.status) from None

    def raise_for_status(self) -> Self:
        """The answer itself where its status is below 300, else raises HttpRefused."""
        if self.status >= 300:
            raise HttpRefused(status=self.status)
        return self


class Http(Protocol):
    """Calls to other machines.

    Addresses inside the house (loopback, private, link-local and the like) are refused, also behind
    a name, a redirect or a name that changes its mind, unless `MARU_OUTSIDE_ALLOW` opens them:
    AddressRefused. `timeout` is for the whole call, redirects and the last byte included, and never
    beyond the deadline of the work at hand. At most five redirects are followed; to another origin
    nothing that could be a secret goes along, and none leads from https to http. Cookies aren't
    kept. `limit` is the most bytes that an answer may have, unpacked.

    Raises Unreachable (Temporary) where the other side can't be reached, is late or answers 5xx,
    RateLimited for 429 with the seconds of its `Retry-After`, AnswerTooLarge, AddressRefused, and
    OutsideInTransaction while a transaction of this unit of work is open. Other statuses are
    answers; see `HttpAnswer.raise_for_status`.
    """

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: str = "10s",  # noqa: ASYNC109 (of the whole call, not of a wait)
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        """GET."""
        ...

    async def post(
        self,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: str = "10s",  # noqa: ASYNC109
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        """POST one of: `json`, a form's fields as `data`, or bytes as `content`."""
        ...

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        timeout: str = "10s",  # noqa: ASYNC109
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        """Any other method."""
        ...
