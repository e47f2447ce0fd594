"""What web does for open pages: answers what push asks, and passes sockets on to it where no
gateway stands in front."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from maru.api.body import read_body
from maru.api.envelope import failure_body
from maru.api.errors import BadRequest, Failure, MethodNotAllowed
from maru.api.exchange import Answer, Exchange, Receive, Scope, Send
from maru.push.trust import ASK, EVENTS, HEADER, SOCKET, Trust
from maru_sdk import ContextSeed, Model, NotFound, Temporary

log = logging.getLogger(__name__)

LIMIT: Final = 80_000
PATIENCE: Final = 5.0
ABNORMAL: Final = 1011
RESTART: Final = 1012
_PASSED: Final = frozenset(
    {b"cookie", b"origin", b"authorization", b"user-agent", b"accept-language", b"last-event-id"}
    | {b"sec-fetch-site", b"sec-fetch-mode", b"x-maru-tenant", b"traceparent"}
)
_UNTOLD: Final = (1005, 1006, 1015)
_AWAY: Final = Failure(503, Temporary.code, Temporary.message, headers=((b"retry-after", b"1"),))


class Channels(Protocol):
    """The channels of all plugins (`maru.plugins.channels.Channels`)."""

    async def enter(self, seed: ContextSeed, room: str) -> bool: ...
    async def say(self, seed: ContextSeed, room: str, data: Any) -> Model | None: ...


class Answering:
    """`POST /realtime/ask`: for push alone, which proves itself."""

    def __init__(self, channels: Channels, trust: Trust) -> None:
        self._channels, self._trust = channels, trust

    async def __call__(self, exchange: Exchange) -> Answer:
        """Whether somebody may enter a room, or what is answered to a message."""
        if exchange.path != ASK or not self._trust.holds(exchange.heads.get(HEADER)):
            raise NotFound
        if exchange.method != "POST":
            raise MethodNotAllowed(allow="POST")
        asked = orjson.loads(await read_body(exchange, LIMIT))
        exchange.locale = asked["locale"]
        seed = ContextSeed(
            tenant=UUID(asked["tenant"]),
            plugin=str(asked["room"]).partition(".")[0],
            actor=UUID(asked["person"]),
            locale=asked["locale"],
            trace=exchange.trace,
        )
        match asked["op"]:
            case "enter":
                presence = await self._channels.enter(seed, asked["room"])
                return Answer(200, orjson.dumps({"presence": presence}))
            case "say":
                said = await self._channels.say(seed, asked["room"], asked["data"])
                answer = None if said is None else said.model_dump(mode="json")
                return Answer(200, orjson.dumps({"answer": answer}))
        raise BadRequest


class Relay:
    """Passes sockets and event streams on to push."""

    def __init__(self, url: str, trust: Trust) -> None:
        parts = urlsplit(url)
        self._url = url
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._scheme = "wss" if parts.scheme == "https" else "ws"
        self._word = trust.word
        # Each stream holds a connection for as long as its page is open; push bounds how many.
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx2.AsyncClient(timeout=PATIENCE, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Close the connections to push."""
        await self._client.aclose()

    def takes(self, scope: Scope) -> bool:
        """Whether this request is push's."""
        path: str = scope["path"]
        if scope["type"] == "websocket":
            return path == SOCKET
        return path == EVENTS and scope["method"] == "GET"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one socket or stream on; 503 while push is away."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._events(scope, receive, send)

    def _headers(self, scope: Scope) -> list[tuple[str, str]]:
        """What push judges by, and where it came from."""
        passed = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in scope["headers"]
            if name in _PASSED
        ]
        client = scope.get("client")
        scheme = "https" if scope.get("scheme") in ("https", "wss") else "http"
        return [
            *passed,
            (HEADER.decode(), self._word),
            ("x-forwarded-for", client[0] if client else ""),
            ("x-forwarded-proto", scheme),
        ]

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        host = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
        try:
            upstream = await connect(
                f"{self._scheme}://{host}{SOCKET}",
                host=self._host,
                port=self._port,
                additional_headers=self._headers(scope),
                subprotocols=[Subprotocol(one) for one in scope.get("subprotocols", [])] or None,
                compression=None,
                max_size=None,
                ping_interval=None,
                open_timeout=PATIENCE,
                user_agent_header=None,
                proxy=None,
            )
        except InvalidStatus as refusal:
            await _refuse(send, refusal.response.status_code, bytes(refusal.response.body or b""))
            return
        except (OSError, TimeoutError, WebSocketException, ValueError):
            await _refuse(send, _AWAY.status, failure_body(_AWAY))
            return
        async with upstream:
            await _accept(upstream, send)
            await _pump(upstream, receive, send)

    async def _events(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        host = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
        headers = [*self._headers(scope), ("host", host)]
        gone = asyncio.ensure_future(_until_gone(receive))
        work = asyncio.ensure_future(self._stream(f"{self._url}{EVENTS}?{query}", headers, send))
        try:
            await asyncio.wait({gone, work}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
        finally:
            gone.cancel()
            work.cancel()
            await asyncio.wait({gone, work})

    async def _stream(self, url: str, headers: list[tuple[str, str]], send: Send) -> None:
        begun = False
        timeout = httpx2.Timeout(PATIENCE, read=60.0)
        try:
            async with self._client.stream("GET", url, headers=headers, timeout=timeout) as answer:
                told = [
                    (name.lower(), value)
                    for name, value in answer.headers.raw
                    if name.lower() not in (b"connection", b"transfer-encoding", b"date")
                ]
                start = {"status": answer.status_code, "headers": told}
                await send({"type": "http.response.start", **start})
                begun = True
                async for part in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        except httpx2.HTTPError:
            if not begun:
                await _unavailable(send)
                return
        await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _unavailable(send: Send) -> None:
    body = failure_body(_AWAY)
    headers = [(b"content-type", b"application/json"), *_AWAY.headers]
    await send({"type": "http.response.start", "status": _AWAY.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json")]
    start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": body})


async def _accept(upstream: ClientConnection, send: Send) -> None:
    assert upstream.response is not None
    cookies = upstream.response.headers.get_all("set-cookie")
    accept: dict[str, Any] = {
        "type": "websocket.accept",
        "headers": [(b"set-cookie", cookie.encode("latin-1")) for cookie in cookies],
    }
    if upstream.subprotocol is not None:
        accept["subprotocol"] = str(upstream.subprotocol)
    await send(accept)


async def _pump(upstream: ClientConnection, receive: Receive, send: Send) -> None:
    """Both ways, until one end is gone; how it went is passed on."""
    there = asyncio.ensure_future(_up(upstream, receive))
    back = asyncio.ensure_future(_down(upstream, send))
    try:
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        if there.done():
            await upstream.close()
            return
        code = upstream.close_code or ABNORMAL
        close = {"code": RESTART if code in _UNTOLD else code, "reason": upstream.close_reason}
        with suppress(OSError):
            await send({"type": "websocket.close", **close})
    finally:
        there.cancel()
        back.cancel()
        await asyncio.wait({there, back})


async def _up(upstream: ClientConnection, receive: Receive) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        data: Mapping[str, Any] = message
        with suppress(ConnectionClosed):
            await upstream.send(data["bytes"] if data.get("text") is None else data["text"])


async def _down(upstream: ClientConnection, send: Send) -> None:
    with suppress(OSError):  # the browser has left; the other direction says so
        async for message in upstream:
            kind = "text" if isinstance(message, str) else "bytes"
            await send({"type": "websocket.send", kind: message})
