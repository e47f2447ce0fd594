"""The faces of what leads out of the house, scoped to one plugin and one piece of work."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from maru.outside import Ask
from maru_sdk.declarations import duration
from maru_sdk.http import HttpAnswer, OutsideInTransaction, Unreachable

if TYPE_CHECKING:
    from maru.plugins.context import Call


def seconds_left(call: "Call", asked: str) -> float:
    """The seconds of a duration, as far as the work at hand still has them."""
    seconds = duration(asked).total_seconds()
    if call.deadline is None:
        return seconds
    return min(seconds, (call.deadline - datetime.now(UTC)).total_seconds())


class ScopedHttp:
    """Calls of this plugin for this tenant."""

    def __init__(self, call: "Call", key: str) -> None:
        self._call, self._key = call, key

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: str = "10s",  # noqa: ASYNC109
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        """See `maru_sdk.http.Http`, here and below."""
        return await self.request(
            "GET", url, headers=headers, params=params, timeout=timeout, limit=limit
        )

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
        return await self.request(
            "POST",
            url,
            headers=headers,
            json=json,
            data=data,
            content=content,
            timeout=timeout,
            limit=limit,
        )

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
        if self._call.in_transaction:
            raise OutsideInTransaction
        seconds = seconds_left(self._call, timeout)
        if seconds <= 0:
            raise Unreachable("No time is left for an outside call")
        ask = Ask(
            tenant_id=self._call.tenant.id,
            plugin=self._key,
            method=method,
            url=url,
            seconds=seconds,
            limit=limit,
            trace=self._call.trace,
            headers=headers or {},
            params=params or {},
            json=json,
            data=data,
            content=content,
        )
        return await self._call.services.outside.call(ask)
