"""One call to another machine: within its time, its size and what may be called at all."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from time import monotonic, time
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import httpcore2

from maru.observability.trace import traceparent
from maru.outside.addresses import Address, Opened, literal
from maru.outside.messages import Message, shown, taken
from maru.outside.receivers import AT_ONCE, Receivers
from maru.outside.targets import Target, read
from maru.outside.wires import Names, Resolve, Wires, trusting
from maru_sdk import MaruError, RateLimited
from maru_sdk.http import HttpAnswer, HttpRefused, Unreachable

AGENT: Final = "Maru/1"
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_MOST_REDIRECTS: Final = 5
_IDLE: Final = 15.0
_LONGEST_AFTER: Final = 86_400.0
_FAULTS: Final = (
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.TimeoutException,
    ssl.SSLError,
    OSError,
)

Told = Callable[[str, float, str], None]
"""Told of each call: the plugin, its seconds, and the code of its failure or nothing."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked of another machine, for whom and within how many seconds."""

    tenant_id: UUID
    plugin: str
    method: str
    url: str
    seconds: float
    limit: int
    trace: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    data: Mapping[str, Any] | None = None
    content: bytes | None = None
    redirects: int = _MOST_REDIRECTS

    def message(self) -> Message:
        """The request as it is sent; raises InvalidInput."""
        bodies = {"json": self.json, "data": self.data, "content": self.content}
        message = Message.of(self.method, self.headers, **bodies)
        own = {"user-agent": AGENT, "accept": "*/*", **message.headers}
        if parent := traceparent(self.trace):
            own["traceparent"] = parent
        return Message(message.method, own, message.body)


class Outside:
    """The way out of one process."""

    def __init__(
        self,
        opened: Opened | None = None,
        *,
        proxy: str = "",
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        told: Told = lambda plugin, seconds, failure: None,
    ) -> None:
        self._names = Names()
        self._proxy = _proxy(proxy) if proxy else None
        beyond = _beyond(proxy) if proxy else None
        self._opened = opened or Opened()
        self._wires = Wires(self._opened, resolve or self._names, beyond=beyond)
        self._receivers = Receivers()
        self._told = told
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust or trusting(),
            proxy=self._proxy,
            max_connections=AT_ONCE,
            max_keepalive_connections=AT_ONCE // 4,
            keepalive_expiry=_IDLE,
            network_backend=self._wires,
        )

    async def close(self) -> None:
        """Hang up."""
        await self._pool.aclose()
        self._names.close()

    def opens(self, host: str) -> bool:
        """Whether the operator has opened this host, which is named or numbered so."""
        address = literal(host)
        return self._opened.name(host) if address is None else self._opened.address(address)

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """Where a protocol other than HTTP may dial, by number; raises AddressRefused or
        Unreachable."""
        try:
            return await self._wires.checked(host, port)
        except httpcore2.ConnectError:
            raise Unreachable from None

    async def call(self, ask: Ask) -> HttpAnswer:
        """The other side's answer; see `maru_sdk.http.Http` for what it raises."""
        began, failure = monotonic(), ""
        try:
            async with asyncio.timeout(ask.seconds):
                return await self._followed(ask, began + ask.seconds)
        except TimeoutError:
            failure = Unreachable.code
            raise Unreachable(f"The other side took longer than {ask.seconds:g} s") from None
        except MaruError as error:
            failure = error.code
            raise
        finally:
            self._told(ask.plugin, monotonic() - began, failure)

    async def _followed(self, ask: Ask, ends: float) -> HttpAnswer:
        message = ask.message()
        target = read(ask.url).with_query(urlencode(ask.params, doseq=True, errors="replace"))
        for _ in range(ask.redirects + 1):
            answer = await self._guarded(ask, target, message, ends)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return answer
            led = target.led_to(location)
            message = message.led(answer.status, same_origin=led.origin == target.origin)
            target = led
        said = "The other side redirects without end" if ask.redirects else "It leads elsewhere"
        raise HttpRefused(said, status=answer.status)

    async def _guarded(self, ask: Ask, target: Target, message: Message, ends: float) -> HttpAnswer:
        """One request and its answer; what is the receiver's fault goes on its account."""
        if self._proxy is not None:
            await self._look_past_proxy(target)
        async with self._receivers.turn(ask.tenant_id, target.host, target.port) as receiver:
            try:
                answer = await self._exchanged(target, message, ask.limit)
            except _FAULTS as fault:
                receiver.failed()
                raise Unreachable from fault
            except asyncio.CancelledError:
                if monotonic() >= ends:
                    receiver.failed()
                raise
            if answer.status >= 500:
                receiver.failed()
                raise Unreachable(f"The other side fails with status {answer.status}")
            receiver.answered()
        if answer.status == 429:
            raise RateLimited(_after(answer.headers.get("retry-after", "")))
        return answer

    async def _exchanged(self, target: Target, message: Message, limit: int) -> HttpAnswer:
        request = httpcore2.Request(
            message.method,
            httpcore2.URL(
                scheme=target.scheme.encode(),
                host=target.host.encode(),
                port=target.port_if_odd,
                target=target.path.encode(),
            ),
            headers=message.lines(target.authority),
            content=message.body,
        )
        response = await self._pool.handle_async_request(request)
        try:
            headers = shown(response.headers)
            body = await taken(response.aiter_stream(), headers, limit)
        finally:
            await response.aclose()
        return HttpAnswer(response.status, headers, body)

    async def _look_past_proxy(self, target: Target) -> None:
        """The proxy resolves names by itself; what this machine knows of them is looked at."""
        try:
            await self._wires.checked(target.host, target.port)
        except httpcore2.ConnectError:  # names of the world may be unknown here
            return


def _proxy(url: str) -> httpcore2.Proxy:
    parts = urlsplit(url)
    auth = (parts.username, parts.password or "") if parts.username else None
    host, port = _beyond(url)
    return httpcore2.Proxy(f"{parts.scheme}://{host}:{port}", auth=auth)


def _beyond(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme]


def _after(said: str) -> float:
    """The seconds of a `Retry-After`, which may be a date, and nonsense."""
    if said.strip().isdecimal():
        return min(float(said), _LONGEST_AFTER)
    try:
        moment = parsedate_to_datetime(said)
        seconds = moment.timestamp() - time()
    except (ValueError, TypeError, OverflowError):
        return 60.0
    return min(max(seconds, 1.0), _LONGEST_AFTER)
