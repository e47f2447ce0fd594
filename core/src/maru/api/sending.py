"""Sends an answer: compressed where it pays, with the headers that every answer carries."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

import brotli

from maru.api.envelope import matches
from maru.api.errors import ClientLeft
from maru.api.exchange import Answer, Exchange, Header, Receive, Scope, Send
from maru.api.headers import (
    NO_STORE,
    REVALIDATE,
    SECURITY,
    STRICT_TRANSPORT,
    VARY,
    accepts,
)
from maru.api.packing import BROTLI_QUALITY, GZIP_LEVEL, Packer

SMALLEST: Final = 1_000
LARGE: Final = 200_000
_GZIP_WINDOW: Final = 31
_TEXTUAL: Final = (b"text/", b"application/json", b"application/javascript", b"image/svg")
_PLAIN: Final = [*SECURITY, VARY]
_SECURE: Final = [*_PLAIN, STRICT_TRANSPORT]
_PLAIN_LINES: Final = b"".join([b"%s: %s\r\n" % header for header in _PLAIN])
_SECURE_LINES: Final = b"".join([b"%s: %s\r\n" % header for header in _SECURE])


def standing(exchange: Exchange) -> list[Header]:
    """The headers of every answer to this request."""
    return _SECURE if exchange.secure else _PLAIN


async def send_answer(
    exchange: Exchange, answer: Answer, send: Send, packer: Packer | None = None
) -> int:
    """Sends a whole answer; gives the status that went out."""
    status, body = answer.status, answer.body
    if answer.etag is not None and _unchanged(exchange, answer.etag):
        status, body = 304, b""
    headers = [*answer.headers, *exchange.headers_out]
    headers.append((b"x-request-id", exchange.id.encode()))
    headers.append(_caching(answer))
    if answer.etag is not None:
        headers.append((b"etag", answer.etag))
    if body or status == 200:
        headers.append((b"content-type", answer.kind))
        if len(body) >= SMALLEST and b"accept-encoding" in exchange.heads:
            body = await _compressed(exchange, answer, headers, packer)
    if status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(body)))
    exchange.begun = True
    await _sent(exchange, send, status, headers, b"" if exchange.method == "HEAD" else body)
    return status


async def _sent(
    exchange: Exchange, send: Send, status: int, headers: list[Header], body: bytes
) -> None:
    lines = _SECURE_LINES if exchange.secure else _PLAIN_LINES
    whole = exchange.send_whole
    if whole is not None and whole(status, headers, lines, body):
        return
    headers += standing(exchange)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def send_stream(
    exchange: Exchange, answer: Answer, parts: AsyncIterator[bytes], send: Send
) -> int:
    """Sends an answer whose parts are made while it goes out, for as long as somebody listens.
    Raises ClientLeft."""
    headers = [*answer.headers, *exchange.headers_out, *standing(exchange)]
    headers += [
        (b"content-type", answer.kind),
        (b"x-request-id", exchange.id.encode()),
        _caching(answer),
    ]
    exchange.begun = True
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await _pass_on(parts, exchange.receive, send)
    await send({"type": "http.response.body", "body": b""})
    return answer.status


async def _pass_on(parts: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """A server takes what is sent to nobody, so that a file would be read to its end."""
    leaving = asyncio.ensure_future(_left(receive))
    try:
        async for part in parts:
            if leaving.done():
                raise ClientLeft
            await send({"type": "http.response.body", "body": part, "more_body": True})
    finally:
        leaving.cancel()
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()


async def _left(receive: Receive) -> None:
    """Returns when the client has left. What is left of the body goes by, and the loop gets its
    turn; a server that says twice that the body is over has nothing more to tell."""
    over = False
    while (message := await receive())["type"] != "http.disconnect":
        if over:
            await asyncio.Event().wait()
        over = not message.get("more_body", False)
        await asyncio.sleep(0)


class Dressed:
    """Lets another ASGI application answer, with our headers on what it sends."""

    def __init__(self, exchange: Exchange, send: Send) -> None:
        self._exchange, self._send = exchange, send
        self.status = 500

    async def __call__(self, message: Scope) -> None:
        """Passes a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            told = [header for header in message["headers"] if header[0] not in _OURS]
            extra = [*standing(self._exchange), (b"x-request-id", self._exchange.id.encode())]
            if not any(name == b"cache-control" for name, _ in told):
                extra.append(NO_STORE)
            message = {**message, "headers": [*told, *extra]}
        await self._send(message)


_OURS: Final = frozenset(name for name, _ in (*SECURITY, STRICT_TRANSPORT))


def _caching(answer: Answer) -> Header:
    return REVALIDATE if answer.etag is not None else NO_STORE


def _unchanged(exchange: Exchange, etag: bytes) -> bool:
    known = exchange.heads.get(b"if-none-match")
    return known is not None and matches(etag, known)


async def _compressed(
    exchange: Exchange, answer: Answer, headers: list[Header], packer: Packer | None
) -> bytes:
    body = answer.body
    if not answer.kind.startswith(_TEXTUAL):
        return body
    header = exchange.heads[b"accept-encoding"]
    coding = next((name for name in (b"br", b"gzip") if accepts(header, name)), None)
    if coding is None:
        return body
    headers.append((b"content-encoding", coding))
    if packer is not None and answer.etag is not None and answer.end:
        return packer.pack(coding, answer.etag, body, answer.end)
    press = _brotli if coding == b"br" else _gzip
    if len(body) > LARGE:
        return await asyncio.to_thread(press, body)
    return press(body)


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY))


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, GZIP_LEVEL, _GZIP_WINDOW)
