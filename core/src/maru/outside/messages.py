"""What goes out and what comes back: headers and bodies, checked and bounded."""

import json
import re
import zlib
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self
from urllib.parse import urlencode

from maru_sdk import InvalidInput
from maru_sdk.http import AnswerTooLarge, Unreachable

_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_OURS: Final = frozenset(
    {
        *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te"),
        *("trailer", "upgrade", "expect", "accept-encoding", "traceparent"),
        *("proxy-authorization", "proxy-connection"),
    }
)
# Whatever else a caller sends may be a secret, under whatever name, and stays with its origin.
_FOR_EVERYONE: Final = frozenset(
    {"accept", "accept-language", "content-type", "user-agent", "traceparent"}
)
_UNPACK: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Malformed(InvalidInput):
    """A method, header or body that can't be sent."""

    code = "REQUEST_MALFORMED"
    message = "This request can't be sent: {reason}"


@dataclass(frozen=True)
class Message:
    """A request without its address."""

    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def of(
        cls,
        method: str,
        headers: Mapping[str, str],
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
    ) -> Self:
        """Checked: raises InvalidInput for what could be read as more than one request."""
        if not _METHOD.fullmatch(method) or method == "CONNECT":
            raise Malformed(reason="the method")
        given = {name.lower(): value for name, value in headers.items()}
        for name, value in given.items():
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name in _OURS:
                raise Malformed(reason=f"the header {name!r}")
        content_type, body = _body(json, data, content)
        return cls(method, {**content_type, **given}, body)

    def led(self, status: int, *, same_origin: bool) -> "Message":
        """What is sent where a redirect leads to."""
        headers = {
            name: value
            for name, value in self.headers.items()
            if same_origin or name in _FOR_EVERYONE
        }
        if status in (307, 308) or self.method in ("GET", "HEAD"):
            return replace(self, headers=headers)
        headers.pop("content-type", None)
        return Message("GET", headers)

    def lines(self, authority: str) -> list[tuple[bytes, bytes]]:
        """The headers as they are sent."""
        own = {"host": authority, "accept-encoding": "gzip, deflate"}
        if self.body or self.method in ("POST", "PUT", "PATCH"):
            own["content-length"] = str(len(self.body))
        return [(name.encode(), value.encode()) for name, value in {**own, **self.headers}.items()]


def _body(
    document: Any, data: Mapping[str, Any] | None, content: bytes | None
) -> tuple[dict[str, str], bytes]:
    if sum(part is not None for part in (document, data, content)) > 1:
        raise Malformed(reason="it has more than one body")
    if document is not None:
        packed = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        return {"content-type": "application/json"}, packed.encode("utf-8", "replace")
    if data is not None:
        form = "application/x-www-form-urlencoded"
        return {"content-type": form}, urlencode(data, doseq=True, errors="replace").encode()
    return {}, content or b""


def shown(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers of an answer, their names in lower case."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


async def taken(stream: AsyncIterable[bytes], headers: Mapping[str, str], limit: int) -> bytes:
    """The body, unpacked, as far as `limit` bytes; raises AnswerTooLarge beyond."""
    said = headers.get("content-length", "")
    if said.isdecimal() and int(said) > limit:
        raise AnswerTooLarge(limit=limit)
    unpack = _unpacking(headers.get("content-encoding", "").strip().lower())
    body = bytearray()
    async for chunk in stream:
        # A packed chunk of 64 KB may hold 64 MB: never more is unpacked than is still taken.
        body += chunk if unpack is None else _unpacked(unpack, chunk, limit - len(body) + 1)
        if len(body) > limit:
            raise AnswerTooLarge(limit=limit)
    if unpack is not None and not unpack.eof and body:
        raise Unreachable("The other side's answer ended too early")
    return bytes(body)


def _unpacking(encoding: str) -> Any:
    if encoding in ("", "identity"):
        return None
    if encoding not in _UNPACK:
        raise Unreachable(f"The other side answers in {encoding[:20]!r}, which nobody asked for")
    return zlib.decompressobj(_UNPACK[encoding])


def _unpacked(unpack: Any, chunk: bytes, most: int) -> bytes:
    try:
        unpacked: bytes = unpack.decompress(chunk, most)
    except zlib.error:
        raise Unreachable("The other side's answer can't be unpacked") from None
    return unpacked
