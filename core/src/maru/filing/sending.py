"""A file as an answer: whole or in parts, never so that a browser runs what somebody uploaded."""

import secrets
from collections.abc import AsyncIterator, Callable
from typing import Final

from maru.api.envelope import matches
from maru.api.exchange import Answer, Header
from maru.api.incoming import Incoming
from maru.files.names import disposition
from maru.files.queries import Whole
from maru.files.ranges import Span, spans_of
from maru_sdk import Context

Read = Callable[[int, int], AsyncIterator[bytes]]
# Stands beside the policy of every answer; a browser obeys both.
SANDBOX: Final[Header] = (b"content-security-policy", b"default-src 'none'; sandbox")


def sent(file: Whole, read: Read, incoming: Incoming, *, shown: bool = False) -> Answer:
    """The answer to a request for a file; `shown` for a picture of it that depends on what the
    reader takes. Raises RangeNotSatisfiable."""
    etag = f'"{file.sha256}"'
    headers = [
        (b"content-disposition", disposition(file.name)),
        *([(b"vary", b"accept")] if shown else []),
        (b"accept-ranges", b"bytes"),
        (b"etag", etag.encode()),
        SANDBOX,
    ]
    known = incoming.head("if-none-match")
    if known is not None and matches(etag.encode(), known.encode()):
        return Answer(
            304, headers=[one for one in headers if one[0] != b"etag"], etag=etag.encode()
        )
    spans = spans_of(_range(incoming, etag), file.size)
    kind = file.media_type.encode()
    if spans is None:
        return _streamed(200, kind, headers, file.size, _one(read, (0, file.size)), incoming)
    if len(spans) == 1:
        first, end = spans[0]
        headers.append((b"content-range", _part(spans[0], file.size)))
        return _streamed(206, kind, headers, end - first, _one(read, spans[0]), incoming)
    parts = _Parts(spans, kind, file.size)
    return _streamed(206, parts.kind, headers, parts.length, parts.all(read), incoming)


def _range(incoming: Incoming, etag: str) -> str | None:
    """The parts that are asked for, unless of another version of the file."""
    condition = incoming.head("if-range")
    return incoming.head("range") if condition is None or condition == etag else None


def _part(span: Span, size: int) -> bytes:
    return f"bytes {span[0]}-{span[1] - 1}/{size}".encode()


def _streamed(
    status: int,
    kind: bytes,
    headers: list[Header],
    length: int,
    pieces: AsyncIterator[bytes],
    incoming: Incoming,
) -> Answer:
    etag = next(value for name, value in headers if name == b"etag")
    told = [*headers, (b"content-length", str(length).encode())]

    async def out(_: Context) -> AsyncIterator[bytes]:
        if incoming.method != "HEAD":
            async for piece in pieces:
                yield piece

    return Answer(status, kind=kind, headers=told, etag=etag, stream=out)


async def _one(read: Read, span: Span) -> AsyncIterator[bytes]:
    if span[0] < span[1]:
        async for piece in read(*span):
            yield piece


class _Parts:
    """Several parts as `multipart/byteranges`."""

    def __init__(self, spans: list[Span], kind: bytes, size: int) -> None:
        mark = secrets.token_hex(12).encode()
        self.kind = b"multipart/byteranges; boundary=" + mark
        self._parts = [
            (
                span,
                b"\r\n--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n"
                % (mark, kind, _part(span, size)),
            )
            for span in spans
        ]
        self._end = b"\r\n--%s--\r\n" % mark

    @property
    def length(self) -> int:
        """Of the whole body."""
        held = sum(len(lead) + end - first for (first, end), lead in self._parts)
        return held + len(self._end)

    async def all(self, read: Read) -> AsyncIterator[bytes]:
        """The body."""
        for span, lead in self._parts:
            yield lead
            async for piece in read(*span):
                yield piece
        yield self._end
